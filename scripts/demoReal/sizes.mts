/** How large the demo on real text is. */
export const SIZES = {
  seed: 1,
  /** Instructions of the Train pool. */
  train: 160,
  /** Instructions of the Cache that are never trained on: what the student answers before and after. */
  compared: 48,
  /** Prompt and recorded answer together, in the student's tokens. */
  longestTokens: 192,
  answerTokens: 128,
  epochs: 2,
  learningRate: 5e-5,
  batchSize: 8,
  /** One a core. */
  processes: 2,
  newInstructions: 16,
  /** Cache instructions rated to find seeds. */
  maxRated: 64,
  /**
   * The replay's referee gives 1 + 9 × overlap points, and nobody repeats a recorded answer word by word: at the usual
   * τ of 1 nearly everything is hard. 5 points are an overlap of about 0.44.
   */
  tau: 5,
} as const;
