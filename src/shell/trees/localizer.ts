import { MILLION } from "../../core/models/prices.ts";

/** Puts a sentence into the user's language; `{0}` and so on stand for the arguments. The editor's own is `vscode.l10n.t`. */
export type Translate = (message: string, ...args: Array<string | number>) => string;

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;

const FORMATS = {
  whole: { maximumFractionDigits: 0 },
  score: { maximumFractionDigits: 2 },
  loss: { minimumFractionDigits: 3, maximumFractionDigits: 3 },
  gap: { maximumFractionDigits: 2, signDisplay: "exceptZero" },
  percent: { style: "percent", maximumFractionDigits: 1 },
  bytes: { maximumFractionDigits: 1 },
} as const satisfies Readonly<Record<string, Intl.NumberFormatOptions>>;

/** Words and numbers as the user reads them. A class of its own so that what the views say can be tested without an editor. */
export class Localizer {
  readonly t: Translate;
  readonly #locale: string;
  readonly #formats = new Map<keyof typeof FORMATS, Intl.NumberFormat>();

  constructor(t: Translate, locale: string) {
    this.t = t;
    this.#locale = locale;
  }

  count(number: number): string {
    return this.#format("whole", number);
  }

  /** A referee's score, 1 to 10, or the mean of some. */
  score(score: number): string {
    return this.#format("score", score);
  }

  /** A cross-entropy in nats a token. */
  loss(loss: number): string {
    return this.#format("loss", loss);
  }

  /** Teacher minus student, with its sign. */
  gap(gap: number): string {
    return this.#format("gap", gap);
  }

  /** A share between 0 and 1. */
  percent(share: number): string {
    return this.#format("percent", share);
  }

  /** A length of time in milliseconds, in the two largest units that say something. */
  duration(milliseconds: number): string {
    if (milliseconds < MINUTES) {
      return this.t("{0} s", this.count(milliseconds / SECONDS));
    }
    if (milliseconds < HOURS) {
      const minutes = Math.floor(milliseconds / MINUTES);
      return this.t("{0} min {1} s", this.count(minutes), this.count((milliseconds % MINUTES) / SECONDS));
    }
    const hours = Math.floor(milliseconds / HOURS);
    return this.t("{0} h {1} min", this.count(hours), this.count((milliseconds % HOURS) / MINUTES));
  }

  /** Millionths of a currency; four digits below one, so that cheap calls do not look free. */
  money(millionths: number, currency: string): string {
    const amount = millionths / MILLION;
    const digits = amount !== 0 && amount < 1 ? 4 : 2;
    const number = new Intl.NumberFormat(this.#locale, { minimumFractionDigits: 2, maximumFractionDigits: digits });
    return `${number.format(amount)} ${currency}`;
  }

  bytes(bytes: number): string {
    const units = ["B", "kB", "MB", "GB", "TB"];
    const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
    return `${this.#format("bytes", bytes / 1000 ** step)} ${units[step]}`;
  }

  /** Formats are made when they are needed: the first one of a process takes ten milliseconds. */
  #format(name: keyof typeof FORMATS, number: number): string {
    let format = this.#formats.get(name);
    if (!format) {
      format = new Intl.NumberFormat(this.#locale, FORMATS[name]);
      this.#formats.set(name, format);
    }
    return format.format(number);
  }
}
