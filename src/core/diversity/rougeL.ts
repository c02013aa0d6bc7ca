/**
 * Room for rounding in the bounds below. They may let a pair through that misses the threshold (its score is computed
 * and compared as it is), but must never drop one that meets it.
 */
const SLACK = 1e-6;

/**
 * ROUGE-L F-measure of two texts with `m` and `n` tokens whose longest common subsequence has `common` tokens, in the
 * operations and the order of google-research/rouge (rouge_scorer.py, scoring.py). The shorter 2·common/(m+n) differs
 * in the last bit often enough to change decisions at 0.7: (7, 9, 11) scores above it, (21, 23, 37) below.
 */
export function fm(common: number, m: number, n: number): number {
  if (common === 0) {
    return 0;
  }
  const precision = common / n;
  const recall = common / m;
  return (2 * precision * recall) / (precision + recall);
}

/** No two texts with `m` and `n` tokens score `threshold` or more with fewer common tokens than this (not rounded). */
export function need(threshold: number, m: number, n: number): number {
  return (threshold / 2) * (m + n) - SLACK;
}

/**
 * No text scores `threshold` or more against one of `m` tokens with fewer common tokens than this (not rounded):
 * `need` at the shortest partner that can have as many, n = common.
 */
export function needOfAny(threshold: number, m: number): number {
  return (threshold * m) / (2 - threshold) - SLACK;
}
