/** What is drawn of a training, one value a step. */
export const CURVE_METRICS = ["loss", "heldOut", "rate", "norm", "speed"] as const;
export type CurveMetric = (typeof CURVE_METRICS)[number];

/** Where a step stands: its number, the tokens trained on up to it, and the seconds that the training took up to it. */
export const CURVE_AXES = ["step", "tokens", "seconds"] as const;
export type CurveAxis = (typeof CURVE_AXES)[number];

/** The trainer's names for them in `metrics.jsonl`. */
const FIELDS: Readonly<Record<CurveMetric, string>> = {
  loss: "loss",
  heldOut: "held_out_loss",
  rate: "lr",
  norm: "grad_norm",
  speed: "tokens_per_s",
};

/** What the newest line says beside the curves; null where it says nothing. */
export interface CurveEnd {
  readonly step: number;
  readonly steps: number | null;
  readonly epoch: number | null;
  readonly secondsLeft: number | null;
  /** Share of the processors' peak. */
  readonly mfu: number | null;
  readonly memoryMb: number | null;
}

/**
 * The steps of one training, from the lines of its attempts' metrics in their order. A line whose step is not above the
 * last one takes back everything from that step on: an attempt that goes on from a saved state repeats what the one before
 * it lost, and what was lost is in no checkpoint.
 */
export class TrainingCurve {
  readonly #columns: Readonly<Record<CurveAxis | CurveMetric, number[]>> = {
    ...{ step: [], tokens: [], seconds: [] },
    ...{ loss: [], heldOut: [], rate: [], norm: [], speed: [] },
  };
  readonly #resumed: number[] = [];
  /** When the attempt's last step ended, in seconds; null before its first. */
  #lastTime: number | null = null;
  /** The next line is an attempt's first. */
  #begins = true;
  #end: CurveEnd | null = null;
  #version = 0;

  get length(): number {
    return this.#columns.step.length;
  }

  /** Changes whenever the curve does. */
  get version(): number {
    return this.#version;
  }

  /** The newest line; null before the first. */
  get end(): CurveEnd | null {
    return this.#end;
  }

  /** The first steps of attempts that went on from a saved state. */
  get resumed(): readonly number[] {
    return this.#resumed;
  }

  /** Values by steps, not a number where a line lacked them. */
  column(name: CurveAxis | CurveMetric): readonly number[] {
    return this.#columns[name];
  }

  /** The first and the last value of a metric; null when there is none. */
  ends(metric: CurveMetric): { readonly first: number; readonly last: number } | null {
    const column = this.#columns[metric];
    const first = column.find((value) => Number.isFinite(value));
    const last = column.findLast((value) => Number.isFinite(value));
    return first === undefined || last === undefined ? null : { first, last };
  }

  /** Says that the lines to come are another attempt's: the time between the two is not the training's. */
  beginAttempt(): void {
    this.#lastTime = null;
    this.#begins = true;
  }

  /** Adds a line of metrics; one that is none changes nothing. */
  add(line: Readonly<Record<string, unknown>>): void {
    const step = finite(line.step);
    if (step === null) {
      return;
    }
    this.#takeBack(step);
    const { tokens, seconds } = this.#columns;
    const length = this.length;
    if (length > 0 && this.#begins) {
      this.#resumed.push(step);
    }
    this.#begins = false;
    tokens.push((tokens[length - 1] ?? 0) + (finite(line.tokens) ?? 0));
    seconds.push((seconds[length - 1] ?? 0) + this.#secondsOf(line));
    this.#columns.step.push(step);
    for (const [metric, field] of Object.entries(FIELDS)) {
      this.#columns[metric as CurveMetric].push(finite(line[field]) ?? Number.NaN);
    }
    this.#end = {
      step,
      steps: finite(line.steps),
      epoch: finite(line.epoch),
      secondsLeft: finite(line.eta_s),
      mfu: finite(line.mfu),
      memoryMb: finite(line.memory_mb),
    };
    this.#version++;
  }

  /** Seconds that a line's step took: by the clock, and for an attempt's first step by its speed. */
  #secondsOf({ time, tokens, tokens_per_s: speed }: Readonly<Record<string, unknown>>): number {
    const now = finite(time);
    const before = this.#lastTime;
    this.#lastTime = now;
    if (now !== null && before !== null && now >= before) {
      return now - before;
    }
    const [many, rate] = [finite(tokens), finite(speed)];
    return many !== null && rate !== null && rate > 0 ? many / rate : 0;
  }

  #takeBack(step: number): void {
    const { step: steps } = this.#columns;
    if (!(step <= (steps.at(-1) ?? Number.NEGATIVE_INFINITY))) {
      return;
    }
    const kept = firstNotBelow(steps, step);
    for (const column of Object.values(this.#columns)) {
      column.length = kept;
    }
    while ((this.#resumed.at(-1) ?? Number.NEGATIVE_INFINITY) >= step) {
      this.#resumed.pop();
    }
    this.beginAttempt();
  }
}

/** Index of the first value that is not below one, in a column that only rises; its length when all are below. */
export function firstNotBelow(column: readonly number[], value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((column[middle] as number) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
