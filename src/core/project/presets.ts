/** How large an oracle sandbox project is: its tasks, its loop and its student. */
export interface SandboxSizes {
  /** Task families, the most common first; the easy operator looks for rarer ones of the same domain. */
  readonly families: readonly string[];
  /** Levels 1 to this one. */
  readonly maxLevel: number;
  /** Instructions in the first pools. */
  readonly pool: number;
  /** Evaluation instructions for each family and level. */
  readonly testPerCell: number;
  /** N: approved instructions an iteration. */
  readonly newInstructions: number;
  readonly panel: number;
  readonly maxRated: number;
  readonly iterations: number;
  readonly student: {
    readonly hidden: number;
    readonly layers: number;
    readonly heads: number;
    readonly intermediate: number;
  };
  /** Epochs over the first pool, with the higher learning rate. */
  readonly firstEpochs: number;
  /** Epochs over the N new instructions of each later iteration. */
  readonly epochs: number;
  /** Learning rate of the later iterations; the first one starts from random weights and takes 2e-3. */
  readonly learningRate: number;
  /** Instructions an optimizer step. */
  readonly batchSize: number;
}

/** 0.66 million parameters: learns the tasks in minutes on two CPU cores. */
const SMALL_STUDENT = { hidden: 128, layers: 3, heads: 4, intermediate: 336 } as const;

/**
 * demo learns visibly in minutes; full has the sizes at which directed generation was seen to beat undirected; quick
 * runs an iteration in seconds and learns little.
 */
export const SANDBOX_SIZES = {
  demo: {
    families: ["copy", "reverse", "shift", "dedup", "double", "swap-pairs", "sort", "max", "count-even"],
    maxLevel: 8,
    pool: 10000,
    testPerCell: 10,
    newInstructions: 6000,
    panel: 200,
    maxRated: 3000,
    iterations: 3,
    student: SMALL_STUDENT,
    firstEpochs: 5,
    epochs: 6,
    learningRate: 1e-3,
    batchSize: 128,
  },
  full: {
    families: ["copy", "reverse", "shift", "dedup", "double", "sort", "max", "min", "count-even", "add"],
    maxLevel: 8,
    pool: 16000,
    testPerCell: 30,
    newInstructions: 6000,
    panel: 200,
    maxRated: 3000,
    iterations: 3,
    student: SMALL_STUDENT,
    firstEpochs: 16,
    epochs: 8,
    learningRate: 1e-3,
    batchSize: 128,
  },
  quick: {
    families: ["copy", "reverse", "max"],
    maxLevel: 3,
    pool: 800,
    testPerCell: 10,
    newInstructions: 200,
    panel: 40,
    maxRated: 300,
    iterations: 3,
    student: { hidden: 64, layers: 2, heads: 4, intermediate: 168 },
    firstEpochs: 16,
    epochs: 8,
    learningRate: 5e-4,
    batchSize: 32,
  },
} as const satisfies Record<string, SandboxSizes>;
