import { Random } from "../random.ts";

/**
 * Some of the ids that an act would be about, for a person to look at before it: uniformly at random, the same ones for
 * the same ids and seed, in the order of the ids.
 */
export function sampleOf(ids: readonly number[], seed: string, count: number): number[] {
  const random = new Random(`bulk/${seed}/${ids.length}`);
  const chosen = new Set(random.shuffle([...ids]).slice(0, count));
  return ids.filter((id) => chosen.has(id));
}
