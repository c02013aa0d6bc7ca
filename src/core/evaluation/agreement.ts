import { type Estimate, shareWithInterval } from "./curve.ts";

/** What two judgements of the same thing came to: categories, such as `hard` and `easy`. */
export type JudgedTwice = readonly [first: string, second: string];

export interface Agreement {
  readonly count: number;
  readonly agreed: number;
  /** Share of the things on which both judgements are the same; null without any. */
  readonly share: Estimate | null;
  /** Cohen's κ; null where nothing else could have been, because both only ever named one category. */
  readonly kappa: Estimate | null;
}

/**
 * How often two judgements agree, and Cohen's κ = (pₒ − pₑ) / (1 − pₑ): by how much more than two would who know nothing of
 * the thing but name the categories as often (Cohen, Educational and Psychological Measurement 20, 1960). As there, the
 * interval takes pₑ for given, which makes κ linear in pₒ; but its ends come from Wilson's interval for pₒ, so that a few
 * perfect agreements are not taken for certainty.
 */
export function agreementOf(pairs: readonly JudgedTwice[]): Agreement {
  const count = pairs.length;
  const agreed = pairs.filter(([first, second]) => first === second).length;
  const share = shareWithInterval(agreed, count);
  const byChance = chanceOf(pairs);
  if (!share || byChance >= 1) {
    return { count, agreed, share, kappa: null };
  }
  const kappa = (observed: number): number => (observed - byChance) / (1 - byChance);
  return {
    count,
    agreed,
    share,
    kappa: { value: kappa(share.value), low: Math.max(-1, kappa(share.low)), high: kappa(share.high), count },
  };
}

/** pₑ: how often both would name the same category if neither looked. */
function chanceOf(pairs: readonly JudgedTwice[]): number {
  const firsts = new Map<string, number>();
  const seconds = new Map<string, number>();
  for (const [first, second] of pairs) {
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  let chance = 0;
  for (const [category, times] of firsts) {
    chance += (times * (seconds.get(category) ?? 0)) / pairs.length ** 2;
  }
  return chance;
}
