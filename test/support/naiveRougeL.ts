/** The full table of the longest common subsequence, as the reference computes it: the oracle that the index must equal. */
export function naiveCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++) {
    const row = table[i] as number[];
    const above = table[i - 1] as number[];
    for (let j = 1; j <= b.length; j++) {
      row[j] =
        a[i - 1] === b[j - 1] ? (above[j - 1] as number) + 1 : Math.max(above[j] as number, row[j - 1] as number);
    }
  }
  return (table[a.length] as number[])[b.length] as number;
}

/** ROUGE-L F-measure of a target and a prediction, step by step as rouge_score does it. */
export function naiveScore(target: readonly string[], prediction: readonly string[]): number {
  if (target.length === 0 || prediction.length === 0) {
    return 0;
  }
  const common = naiveCommon(target, prediction);
  const precision = common / prediction.length;
  const recall = common / target.length;
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** The highest score against any of the texts, and the first that has it (−1 when none shares a token). */
export function naiveBest(
  texts: readonly (readonly string[] | null)[],
  query: readonly string[],
): { index: number; score: number } {
  let best = { index: -1, score: 0 };
  texts.forEach((text, index) => {
    const score = text ? naiveScore(text, query) : 0;
    if (score > best.score) {
      best = { index, score };
    }
  });
  return best;
}
