import { seedFrom } from "../hash.ts";

/**
 * Which answer is on the left of a comparison whose sides are shuffled. It depends on its arguments alone, so that an item
 * looks the same whenever the person comes back to it.
 *
 * @param seed the project's.
 * @param subject the verdict's, as decisions name it.
 */
export function shownOrder(
  seed: number,
  subject: string,
  actor: string,
): readonly ["teacher", "student"] | readonly ["student", "teacher"] {
  return seedFrom(`sides/${seed}/${subject}/${actor}`) % 2 === 0 ? ["teacher", "student"] : ["student", "teacher"];
}
