import type { LoopEvent } from "../../core/loop/events.ts";
import type { EndedRun } from "../../protocol/engine.ts";
import { stageName } from "../status/statusText.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";
import { inEditorWords } from "../wording.ts";

type Progress = Extract<LoopEvent, { event: "progress" }>;

const LONGEST = 400;
const CLEAR_LINE = "\r\x1b[2K";
const NEW_LINE = "\r\n";

const dim = (text: string): string => `\x1b[2m${text}\x1b[0m`;
const bold = (text: string): string => `\x1b[1m${text}\x1b[0m`;
const green = (text: string): string => `\x1b[32m${text}\x1b[0m`;
const yellow = (text: string): string => `\x1b[33m${text}\x1b[0m`;
const red = (text: string): string => `\x1b[31m${text}\x1b[0m`;

/** The exit code of a task, the same as that of `lion run`. */
export function exitCodeOf({ outcome, kind }: Pick<EndedRun, "outcome" | "kind">): number {
  const codes: Readonly<Record<EndedRun["outcome"], number>> = {
    done: 0,
    failed: kind === "input" ? 2 : 1,
    waiting: 3,
    limit: 4,
    paused: 130,
  };
  return codes[outcome];
}

/** What a task's terminal shows of a run: one line for each thing that happens, and one that counts in place. */
export class TaskLines {
  readonly #words: Localizer;
  #counting = false;

  constructor(words: Localizer) {
    this.#words = words;
  }

  /** What to write to the terminal for an event. */
  event(event: LoopEvent): string {
    switch (event.event) {
      case "progress":
        return this.#progress(event);
      case "note":
        return this.line(dim(printable(inEditorWords(event.text))));
      case "stage":
        return this.#stage(event);
    }
  }

  /** A line of its own. `text` may hold colours, so it must be free of control characters from elsewhere already. */
  line(text: string): string {
    const before = this.#counting ? NEW_LINE : "";
    this.#counting = false;
    return `${before}${text}${NEW_LINE}`;
  }

  /** Something that is said to whoever watches. */
  say(sentence: string): string {
    return this.line(dim(printable(sentence)));
  }

  /** The run's end in words. */
  end(end: EndedRun): string {
    const message = printable(inEditorWords(end.message));
    switch (end.outcome) {
      case "done":
        return this.line(green(this.#words.t("Done.")));
      case "waiting":
      case "limit":
      case "paused":
        return this.line(yellow(message));
      case "failed":
        return this.line(red(message));
    }
  }

  /**
   * Lines of a job's log. The marks that Python puts under a line of code are left out: the problem matcher expects the
   * error right behind the code.
   */
  log(lines: readonly string[]): string {
    return lines
      .filter((line) => !/^\s*[~^][~^\s]*$/.test(line))
      .map((line) => this.line(printable(line)))
      .join("");
  }

  #stage({ iteration, stage, state }: Extract<LoopEvent, { event: "stage" }>): string {
    const title = this.#words.t("Iteration {0}: {1}", this.#words.count(iteration), stageName(stage, this.#words));
    switch (state) {
      case "running":
        return this.line(bold(title));
      case "done":
        return this.line(`${title} ${green(this.#words.t("done"))}`);
      default: {
        const word = state === "waiting" ? this.#words.t("waits") : this.#words.t("stopped");
        return this.line(`${title} ${yellow(word)}`);
      }
    }
  }

  #progress({ step, done, total, detail }: Progress): string {
    const counted =
      total === null
        ? this.#words.count(done)
        : this.#words.t("{0} of {1}", this.#words.count(done), this.#words.count(total));
    const text = oneLine([`${step} ${counted}`, detail].filter((part) => part !== "").join(" · "), LONGEST);
    const ended = total !== null && done >= total;
    this.#counting = !ended;
    return `${CLEAR_LINE}  ${text}${ended ? NEW_LINE : ""}`;
  }
}

/** A text from elsewhere without what a terminal would act upon. Indentation stays: tracebacks need it. */
function printable(text: string): string {
  return text.slice(0, 10 * LONGEST).replaceAll(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069]/gu, " ");
}
