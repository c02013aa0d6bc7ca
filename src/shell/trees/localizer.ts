import { MILLION } from "../../core/models/prices.ts";

/** Puts a sentence into the user's language; `{0}` and so on stand for the arguments. The editor's own is `vscode.l10n.t`. */
export type Translate = (message: string, ...args: Array<string | number>) => string;

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;

/** Words and numbers as the user reads them. A class of its own so that what the views say can be tested without an editor. */
export class Localizer {
  readonly t: Translate;
  readonly #locale: string;
  readonly #whole: Intl.NumberFormat;
  readonly #score: Intl.NumberFormat;
  readonly #gap: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;
  readonly #bytes: Intl.NumberFormat;

  constructor(t: Translate, locale: string) {
    this.t = t;
    this.#locale = locale;
    this.#whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.#score = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
    this.#gap = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, signDisplay: "exceptZero" });
    this.#percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
    this.#bytes = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  }

  count(number: number): string {
    return this.#whole.format(number);
  }

  /** A referee's score, 1 to 10, or the mean of some. */
  score(score: number): string {
    return this.#score.format(score);
  }

  /** Teacher minus student, with its sign. */
  gap(gap: number): string {
    return this.#gap.format(gap);
  }

  /** A share between 0 and 1. */
  percent(share: number): string {
    return this.#percent.format(share);
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
    return `${this.#bytes.format(bytes / 1000 ** step)} ${units[step]}`;
  }
}
