import { sha256 } from "../hash.ts";
import { Random } from "../random.ts";
import { isHard } from "../referee/verdict.ts";

/** What rating an instruction came to; `none` when there was no teacher's answer to compare with. */
export type Outcome = { readonly gap: number } | "unscored" | "none";

/** How far a draw has come. */
export interface DrawCounts {
  readonly rated: number;
  readonly hard: number;
  readonly easy: number;
  readonly unscored: number;
  /** Positions of the order that have been worked on, rated or not. */
  readonly visited: number;
}

/**
 * The seeded random order in which an iteration looks at its Cache. It depends on the seed, the iteration and each id
 * alone, so that it stays the same when other instructions join.
 */
export function drawOrder(seed: number, iteration: number, ids: readonly number[]): number[] {
  return ids
    .map((id) => ({ id, rank: sha256(`draw/${seed}/${iteration}/${id}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ id }) => id);
}

/**
 * The stop rule of discrimination, over outcomes applied in draw order.
 *
 * Full: every instruction is rated (Lion, arXiv 2305.12870, section 3.2). Lazy: the shortest prefix of the order that
 * holds the wanted numbers of hard and of easy instructions, or `maxRated` instructions. Because the order is uniformly
 * random, the first k hard instructions of a prefix are a uniform sample of all hard ones: the seeds have the same
 * distribution as a draw from the complete sets.
 */
export class Draw {
  readonly #order: readonly number[];
  readonly #limits: { mode: "lazy" | "full"; hard: number; easy: number; maxRated: number; tau: number };
  #visited = 0;
  #hard = 0;
  #easy = 0;
  #unscored = 0;

  constructor(
    order: readonly number[],
    limits: { mode: "lazy" | "full"; hard: number; easy: number; maxRated: number; tau: number },
  ) {
    this.#order = order;
    this.#limits = limits;
  }

  get counts(): DrawCounts {
    return {
      visited: this.#visited,
      hard: this.#hard,
      easy: this.#easy,
      unscored: this.#unscored,
      rated: this.#hard + this.#easy + this.#unscored,
    };
  }

  /** Whether the stop rule is met by what has been applied. */
  get done(): boolean {
    if (this.#visited >= this.#order.length) {
      return true;
    }
    if (this.#limits.mode === "full") {
      return false;
    }
    return (
      (this.#hard >= this.#limits.hard && this.#easy >= this.#limits.easy) || this.counts.rated >= this.#limits.maxRated
    );
  }

  /** The instruction at a position of the order, if there is one. */
  at(position: number): number | undefined {
    return this.#order[position];
  }

  /** Applies the outcome at the next position. */
  apply(outcome: Outcome): void {
    if (this.done) {
      throw new Error("The draw has ended already.");
    }
    this.#visited++;
    if (outcome === "unscored") {
      this.#unscored++;
    } else if (outcome !== "none") {
      if (isHard(outcome.gap, this.#limits.tau)) {
        this.#hard++;
      } else {
        this.#easy++;
      }
    }
  }

  /**
   * How many further instructions will be looked at, as far as can be foreseen: what is missing of the scarcer kind
   * over its share so far (Laplace's rule keeps the share off 0) times `margin`, bounded by `maxRated` and the order's
   * end.
   */
  remaining(margin = 1): number {
    if (this.done) {
      return 0;
    }
    const left = this.#order.length - this.#visited;
    if (this.#limits.mode === "full") {
      return left;
    }
    const wanted = (missing: number, found: number): number =>
      missing <= 0 ? 0 : Math.ceil((margin * missing) / ((found + 1) / (this.#visited + 2)));
    const needed = Math.max(
      wanted(this.#limits.hard - this.#hard, this.#hard),
      wanted(this.#limits.easy - this.#easy, this.#easy),
    );
    return Math.max(1, Math.min(needed, left, this.#limits.maxRated - this.counts.rated));
  }
}

/**
 * The seed for a generator's request: the seeds are used in draw order, then shuffled and used again, as often as it
 * takes. `cycle` counts how often this seed was used before, so that asking it again is a new request.
 */
export function seedAt(
  seeds: readonly number[],
  ordinal: number,
  stream: string,
): { readonly id: number; readonly cycle: number } {
  if (seeds.length === 0) {
    throw new RangeError("There are no seeds to draw from.");
  }
  const cycle = Math.floor(ordinal / seeds.length);
  const order = cycle === 0 ? seeds : new Random(`${stream}/cycle/${cycle}`).shuffle(seeds);
  return { id: order[ordinal % seeds.length] as number, cycle };
}
