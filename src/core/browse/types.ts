import type { Origin } from "../pool/instruction.ts";
import type { CandidateState } from "../review/candidateState.ts";
import type { Half } from "../store/candidates.ts";
import type { PoolName } from "../store/pools.ts";

/** What became of an instruction in an iteration; a person's override counts before the referee's verdict. */
export type RowState = "hard" | "easy" | "unscored" | "not-rated";

export type TrainGrouping = "origin" | "source";
export type CacheGrouping = "verdict" | "origin" | "iteration";

export type Grouping = TrainGrouping | CacheGrouping;

/** gap: the largest first, then what has none. length: the longest first. */
export type RowSort = "gap" | "newest" | "oldest" | "length";

/** Narrows every bucket; what is left out matches all. */
export interface PoolFilter {
  /** Only where the two orders name different winners. */
  readonly contradictory?: boolean;
  /** Only where the student is ahead by at least τ. */
  readonly studentAhead?: boolean;
  readonly origin?: Origin;
  /** The iteration in which the instruction joined the Cache. */
  readonly joined?: number;
  /** Only what holds all these words; the last one may be a beginning. */
  readonly hasText?: string;
}

/** Whose verdicts are shown, and from which gap on an instruction is hard. */
export interface VerdictsShown {
  readonly iteration: number;
  readonly tau: number;
}

/** A group of a pool's instructions. It names all that `page` must know to list them. */
export interface Bucket extends VerdictsShown {
  /** Stable: the same group has it after every change of the data. */
  readonly id: string;
  readonly pool: PoolName;
  readonly grouping: Grouping;
  /** A state, an origin, an iteration's number, or a source's id (0 stands for none). */
  readonly key: string;
  /** The source's name where sources are grouped. */
  readonly name: string | null;
  /** How many match the filter. */
  readonly count: number;
  readonly filter: PoolFilter;
}

/** One instruction of a pool. The text is hostile: data, never markup. */
export interface PoolRow {
  readonly id: number;
  /** The first characters of the last user turn. */
  readonly text: string;
  readonly origin: Origin;
  /** The iteration in which it joined the Cache; null for what is in no pool. */
  readonly iteration: number | null;
  readonly state: RowState;
  /** Whether a person set the state. */
  readonly overridden: boolean;
  readonly gap: number | null;
  readonly contradictory: boolean;
  readonly studentAhead: boolean;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
}

/** Where a page ends. Opaque to callers, but plain data. */
export interface Cursor {
  readonly part: number;
  readonly key: number;
  readonly id: number;
  /** How the rows were read: a later page must be read alike. */
  readonly sorted: boolean;
  /** Rows up to and with this one. */
  readonly seen: number;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; null when this is the last one. */
  readonly next: Cursor | null;
  /** How many rows come behind this page. */
  readonly left: number;
}

export interface PageOptions {
  readonly sort?: RowSort;
  readonly after?: Cursor | null;
  readonly limit: number;
}

/** Where an instruction is listed. */
export interface Place {
  readonly bucketId: string;
  /** How many rows of the bucket are before it. */
  readonly position: number;
  /** The cursor behind which a page of the given limit begins that holds it; null for the first page. */
  readonly before: Cursor | null;
  /** How many rows are before that page. */
  readonly skipped: number;
}

/** How far an iteration's discrimination has looked at its Cache. */
export interface RatedCount {
  readonly rated: number;
  /** The Cache as it stood in the iteration. */
  readonly total: number;
  readonly mode: "lazy" | "full";
  /** Share of hard among the scored, with its 95 % interval; null while nothing is scored. */
  readonly hardShare: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Hard instructions to expect in the whole Cache, by the interval; of a complete rating the number found. */
  readonly projectedHard: { readonly low: number; readonly high: number } | null;
}

export interface CandidateBucket {
  readonly id: string;
  readonly state: CandidateState;
  readonly count: number;
  readonly byHalf: Readonly<Record<Half | "imported", number>>;
}

export interface CandidateFilter {
  readonly iteration?: number;
  readonly half?: Half | "imported";
  readonly hasText?: string;
}

/** nearest: the most similar to something known first. */
export type CandidateSort = "newest" | "oldest" | "length" | "nearest";

/** A candidate as To Review lists it. */
export interface CandidateRow {
  readonly id: number;
  readonly text: string;
  readonly iteration: number;
  readonly state: CandidateState;
  readonly half: Half | null;
  readonly parentId: number | null;
  readonly nearestId: number | null;
  /** ROUGE-L with the nearest known instruction. */
  readonly nearestScore: number | null;
  /** Reason code of the filter that refused it. */
  readonly filter: string | null;
  /** Why it was refused or excluded, by a filter or by a person. */
  readonly reason: string | null;
}
