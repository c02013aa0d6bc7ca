/**
 * The upper bound of a share from a random sample (Clopper and Pearson, Biometrika 26, 1934), one-sided: with the given
 * confidence the true share is not above it. Exact for any sample size.
 *
 * @param found how many of the sample have the property.
 * @param sample size of the sample.
 * @param confidence between 0 and 1, for example 0.95.
 */
export function upperBound(found: number, sample: number, confidence: number): number {
  if (sample === 0 || found >= sample) {
    return 1;
  }
  // The bound is the share at which seeing so few would have the probability 1 − confidence; that probability falls
  // steadily with the share, so halving finds it.
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const share = (low + high) / 2;
    if (atMost(found, sample, share) > 1 - confidence) {
      low = share;
    } else {
      high = share;
    }
  }
  return high;
}

/** P(X ≤ found) for X binomial over `sample` trials with the given share. */
function atMost(found: number, sample: number, share: number): number {
  // Summed as logarithms: (1 − share)^sample underflows for large samples.
  let logTerm = sample * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= found; k++) {
    logTerm += Math.log((sample - k + 1) / k) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return sum;
}
