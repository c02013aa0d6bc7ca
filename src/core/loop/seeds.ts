import { isHard } from "../referee/verdict.ts";
import { type EffectiveState, halfOf, verdictSubject } from "../review/fold.ts";
import type { Half } from "../store/candidates.ts";
import type { Verdict } from "../store/ratings.ts";

/**
 * The seeds of an iteration, in draw order: hard where the gap is at least τ, else easy (Lion, section 3.2). A person's
 * override wins over the referee's verdict; excluded and unscored instructions are no seeds.
 */
export function seedsFrom(
  verdicts: readonly Verdict[],
  tau: number,
  decided: Pick<EffectiveState, "excluded" | "overrides">,
): Record<Half, number[]> {
  const seeds: Record<Half, number[]> = { hard: [], easy: [] };
  for (const verdict of verdicts) {
    if (decided.excluded.has(verdict.instructionId)) {
      continue;
    }
    const override = decided.overrides.get(verdictSubject(verdict.iteration, verdict.instructionId));
    const half = override
      ? halfOf(override, tau)
      : verdict.gap === null
        ? null
        : isHard(verdict.gap, tau)
          ? "hard"
          : "easy";
    if (half) {
      seeds[half].push(verdict.instructionId);
    }
  }
  return seeds;
}
