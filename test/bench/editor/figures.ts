/** One value of a figure in milliseconds: by the clock, of the processor, and what was measured. */
export interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly at?: string;
}

/** Something measured several times, in milliseconds, beside what is allowed for it. */
export interface Figure {
  readonly what: string;
  /** Null where nothing is promised. */
  readonly aim: number | null;
  readonly values: readonly Sample[];
}
