/** An answered evaluation instruction: whether the answer is right, and the instruction's tags. */
export interface ScoredRow {
  readonly correct: boolean;
  readonly tags: Readonly<Record<string, string | number>>;
}

export interface Score {
  readonly total: number;
  readonly correct: number;
  /** Correct over total, from 0 to 1; 0 when there is nothing to score. */
  readonly share: number;
}

export interface LevelScore extends Score {
  /** By the tag `level`, lowest first; rows without a level count in the whole only. */
  readonly levels: ReadonlyArray<Score & { readonly level: number }>;
}

function scoreOf(rows: readonly ScoredRow[]): Score {
  const correct = rows.filter((row) => row.correct).length;
  return { total: rows.length, correct, share: rows.length === 0 ? 0 : correct / rows.length };
}

/** The share of correct answers, over all and by level. */
export function scoreByLevel(rows: readonly ScoredRow[]): LevelScore {
  const byLevel = Map.groupBy(rows, ({ tags }) => (tags.level === undefined ? Number.NaN : Number(tags.level)));
  const levels = [...byLevel]
    .filter(([level]) => Number.isFinite(level))
    .sort(([a], [b]) => a - b)
    .map(([level, members]) => ({ level, ...scoreOf(members) }));
  return { ...scoreOf(rows), levels };
}
