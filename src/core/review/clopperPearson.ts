/** Halvings of the interval: more than a double's 53 binary digits need. */
const HALVINGS = 60;

/**
 * The exact one-sided upper confidence bound of a share, after `hits` of `trials` were seen: the largest share under
 * which so few hits or fewer still have the probability 1 − confidence (Clopper and Pearson, Biometrika 26, 1934). For a
 * sample without replacement it is on the safe side. 1 when nothing was tried.
 *
 * @param confidence between 0 and 1, for example 0.95.
 */
export function upperBound(hits: number, trials: number, confidence: number): number {
  if (hits >= trials) {
    return 1;
  }
  let low = 0;
  let high = 1;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const share = (low + high) / 2;
    if (binomialCdf(hits, trials, share) > 1 - confidence) {
      low = share;
    } else {
      high = share;
    }
  }
  return high;
}

/** Probability of at most `hits` in `trials` (hits < trials); summed through logarithms, since the terms are tiny. */
function binomialCdf(hits: number, trials: number, share: number): number {
  const logOdds = Math.log(share) - Math.log1p(-share);
  let logTerm = trials * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let count = 1; count <= hits; count++) {
    logTerm += Math.log(trials - count + 1) - Math.log(count) + logOdds;
    sum += Math.exp(logTerm);
  }
  return sum;
}
