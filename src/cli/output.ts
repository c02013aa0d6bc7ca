import type { LoopEvent } from "../core/loop/events.ts";

type Progress = Extract<LoopEvent, { event: "progress" }>;

/** How far something is, in a stage or outside the loop. */
type Counted = Omit<Progress, "iteration" | "stage"> & Partial<Pick<Progress, "iteration" | "stage">>;

const LIVE_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 10_000;
const JSON_INTERVAL_MS = 500;

/** Milliseconds as `1:05` or `1:02:05`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, position) => (position === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** A whole number with thousands separated. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** A text without the control characters that an endpoint's message or a file's name may bring to a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, " ");
}

/** Where a command's words go: a live line in a terminal, plain lines in a pipe, or one JSON value a line. */
export class Output {
  readonly json: boolean;
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  #liveLine = false;
  #shownAt = 0;
  #step = "";
  #stepStartedAt = 0;
  #stepStartedDone = 0;

  constructor(options: { json: boolean; stdout?: NodeJS.WriteStream; stderr?: NodeJS.WriteStream }) {
    this.json = options.json;
    this.#stdout = options.stdout ?? process.stdout;
    this.#stderr = options.stderr ?? process.stderr;
  }

  /** The command's result: the JSON value with `--json`, else the text. */
  result(value: unknown, text: string): void {
    this.#endLiveLine();
    this.#stdout.write(this.json ? `${JSON.stringify(value)}\n` : `${printable(text)}\n`);
  }

  /** Something worth knowing that is not the result; not printed with `--json`. */
  say(text: string): void {
    if (!this.json) {
      this.#endLiveLine();
      this.#stdout.write(`${printable(text)}\n`);
    }
  }

  /** Why the command did not do what was asked; to standard error, with `--json` too. */
  complain(text: string): void {
    this.#endLiveLine();
    this.#stderr.write(`lion: ${printable(text)}\n`);
  }

  /** One event of a run. */
  event(event: LoopEvent): void {
    if (event.event === "progress") {
      this.#progress(event);
    } else if (this.json) {
      this.#stdout.write(`${JSON.stringify(event)}\n`);
    } else if (event.event === "note") {
      this.say(`  note: ${event.text}`);
    } else if (event.state === "running") {
      this.say(`Iteration ${event.iteration}: ${event.stage}`);
    } else if (event.state !== "done") {
      this.say(`Iteration ${event.iteration}: ${event.stage} ${event.state}.`);
    }
  }

  /** How far something outside the loop is; `total` is null while the end is not known. */
  counted(step: string, done: number, total: number | null): void {
    this.#progress({ event: "progress", step, done, total, detail: "" });
  }

  #progress(event: Counted): void {
    const now = Date.now();
    const step = `${event.iteration}/${event.stage}/${event.step}`;
    if (step !== this.#step) {
      this.#step = step;
      this.#stepStartedAt = now;
      this.#stepStartedDone = event.done;
      this.#shownAt = 0;
    }
    const ended = event.total !== null && event.done >= event.total;
    const interval = this.json ? JSON_INTERVAL_MS : this.#stdout.isTTY ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS;
    if (!ended && now - this.#shownAt < interval) {
      return;
    }
    this.#shownAt = now;
    if (this.json) {
      this.#stdout.write(`${JSON.stringify(event)}\n`);
    } else if (this.#stdout.isTTY) {
      const line = `  ${this.#describe(event, now)}`;
      this.#stdout.write(`\r\x1b[K${line.slice(0, (this.#stdout.columns || 80) - 1)}`);
      this.#liveLine = true;
      if (ended) {
        this.#endLiveLine();
      }
    } else {
      this.#stdout.write(`  ${this.#describe(event, now)}\n`);
    }
  }

  #describe(event: Counted, now: number): string {
    const total = event.total === null ? "" : ` of ${formatCount(event.total)}`;
    const parts = [`${event.step} ${formatCount(event.done)}${total}`];
    if (event.detail !== "") {
      parts.push(event.detail);
    }
    const advanced = event.done - this.#stepStartedDone;
    const elapsed = now - this.#stepStartedAt;
    const told = / left$/.test(event.detail);
    if (!told && event.total !== null && event.total > event.done && advanced > 0 && elapsed > 1000) {
      parts.push(`about ${formatDuration((elapsed * (event.total - event.done)) / advanced)} left`);
    }
    return printable(parts.join(" · "));
  }

  #endLiveLine(): void {
    if (this.#liveLine) {
      this.#stdout.write("\n");
      this.#liveLine = false;
    }
  }
}
