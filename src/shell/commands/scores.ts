/** Two scores as they are typed: `8 5.5`, `8, 5.5`, `8/5`. Null for anything else. */
export function readScores(text: string): readonly [number, number] | null {
  const match = /^\s*(\d{1,2}(?:\.\d{1,2})?)\s*[\s,;/:]\s*(\d{1,2}(?:\.\d{1,2})?)\s*$/.exec(text);
  const [left, right] = [Number(match?.[1]), Number(match?.[2])];
  const isScore = (score: number): boolean => score >= 1 && score <= 10;
  return match && isScore(left) && isScore(right) ? [left, right] : null;
}
