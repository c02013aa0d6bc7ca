import { CandidateRepository } from "./candidates.ts";
import { ClaimRepository } from "./claims.ts";
import { asStoreError, type Connection, type OpenOptions, openDatabase } from "./database.ts";
import { DecisionRepository } from "./decisions.ts";
import { InstructionRepository } from "./instructions.ts";
import { IterationRepository } from "./iterations.ts";
import { LedgerRepository } from "./ledger.ts";
import { PoolRepository } from "./pools.ts";
import { RatingRepository } from "./ratings.ts";
import { TrainingRepository } from "./training.ts";

/** A project's database with its repositories. */
export class Store {
  readonly file: string;
  readonly connection: Connection;
  readonly instructions: InstructionRepository;
  readonly pools: PoolRepository;
  readonly ledger: LedgerRepository;
  readonly ratings: RatingRepository;
  readonly candidates: CandidateRepository;
  readonly decisions: DecisionRepository;
  readonly claims: ClaimRepository;
  readonly iterations: IterationRepository;
  readonly training: TrainingRepository;

  /** @throws LionError when the file cannot be opened; see `openDatabase`. */
  constructor(file: string, options: OpenOptions = {}) {
    this.file = file;
    this.connection = openDatabase(file, options);
    this.instructions = new InstructionRepository(this.connection);
    this.pools = new PoolRepository(this.connection);
    this.ledger = new LedgerRepository(this.connection);
    this.ratings = new RatingRepository(this.connection);
    this.candidates = new CandidateRepository(this.connection);
    this.decisions = new DecisionRepository(this.connection);
    this.claims = new ClaimRepository(this.connection);
    this.iterations = new IterationRepository(this.connection);
    this.training = new TrainingRepository(this.connection);
  }

  /** Runs `work` in one write transaction: all of it is stored, or nothing. */
  write<T>(work: () => T): T {
    try {
      return this.connection.inTransaction ? work() : this.connection.transaction(work).immediate();
    } catch (error) {
      throw asStoreError(error, this.file);
    }
  }

  /**
   * Like `write`, for what may be gone after a power cut, such as who looks at which item: the commit does not wait for the
   * disk. The next `write` makes it durable too.
   */
  writeLosable<T>(work: () => T): T {
    this.connection.pragma("synchronous = NORMAL");
    try {
      return this.write(work);
    } finally {
      this.connection.pragma("synchronous = FULL");
    }
  }

  close(): void {
    this.connection.close();
  }
}

/**
 * Does some work with a store of its own, which is closed at the end.
 *
 * @throws LionError for what SQLite complains about, and whatever `work` throws.
 */
export async function usingStore<T>(
  file: string,
  options: OpenOptions,
  work: (store: Store) => T | Promise<T>,
): Promise<T> {
  const store = new Store(file, options);
  try {
    return await work(store);
  } catch (error) {
    throw asStoreError(error, store.file);
  } finally {
    store.close();
  }
}
