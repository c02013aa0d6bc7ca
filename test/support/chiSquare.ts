const ITERATIONS = 500;
const PRECISION = 1e-14;

/** Natural logarithm of the gamma function (Lanczos, g = 7, 9 terms; Numerical Recipes, section 6.1). */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const shifted = x - 1;
  const sum = terms.reduce((total, term, i) => total + term / (shifted + i + 1), 0.9999999999998099);
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Upper tail of the chi-square distribution, by the series or the continued fraction (Numerical Recipes, section 6.2). */
function chiSquareTail(statistic: number, degrees: number): number {
  const [a, x] = [degrees / 2, statistic / 2];
  if (x <= 0) {
    return 1;
  }
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < ITERATIONS && Math.abs(term) > Math.abs(sum) * PRECISION; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - sum * front;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < ITERATIONS; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) {
      break;
    }
  }
  return fraction * front;
}

/**
 * Pearson's test of fit: how probable a deviation at least this large is if `drawn` was drawn from `population`. Strata
 * that the population lacks must be empty in the draw, too.
 */
export function fitOf(
  drawn: readonly number[],
  population: readonly number[],
  stratumOf: (id: number) => number,
): { readonly p: number; readonly strata: number; readonly statistic: number } {
  const count = (ids: readonly number[]): Map<number, number> => {
    const counts = new Map<number, number>();
    for (const id of ids) {
      counts.set(stratumOf(id), (counts.get(stratumOf(id)) ?? 0) + 1);
    }
    return counts;
  };
  const [observed, shares] = [count(drawn), count(population)];
  if ([...observed.keys()].some((stratum) => !shares.has(stratum))) {
    return { p: 0, strata: shares.size, statistic: Number.POSITIVE_INFINITY };
  }
  const statistic = [...shares].reduce((sum, [stratum, size]) => {
    const expected = (drawn.length * size) / population.length;
    return sum + ((observed.get(stratum) ?? 0) - expected) ** 2 / expected;
  }, 0);
  return { p: chiSquareTail(statistic, shares.size - 1), strata: shares.size, statistic };
}
