/** Something measured several times, in milliseconds, beside what is allowed for it. */
export interface Figure {
  readonly what: string;
  /** Null where nothing is promised. */
  readonly aim: number | null;
  readonly values: ReadonlyArray<{ readonly wall: number; readonly cpu: number; readonly at?: string }>;
}
