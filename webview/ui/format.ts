/** Numbers as the person's language writes them. */
export class Formats {
  readonly #language: string;
  readonly #whole: Intl.NumberFormat;
  readonly #score: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;
  readonly #tick: Intl.NumberFormat;
  readonly #percentTick: Intl.NumberFormat;
  readonly #moneyTick: Intl.NumberFormat;
  readonly #moment: Intl.DateTimeFormat;

  constructor(language: string) {
    this.#language = knownLanguage(language);
    const of = (options: Intl.NumberFormatOptions): Intl.NumberFormat => new Intl.NumberFormat(this.#language, options);
    this.#whole = of({ maximumFractionDigits: 0 });
    this.#score = of({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" });
    this.#percent = of({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.#tick = of({ notation: "compact", maximumFractionDigits: 2 });
    this.#percentTick = of({ style: "percent", maximumFractionDigits: 1 });
    this.#moneyTick = of({ notation: "compact", maximumSignificantDigits: 3 });
    this.#moment = new Intl.DateTimeFormat(this.#language, { dateStyle: "medium", timeStyle: "short" });
  }

  /** A day and a time, of milliseconds since the epoch. */
  moment(at: number): string {
    return this.#moment.format(at);
  }

  whole(value: number): string {
    return this.#whole.format(value);
  }

  /** A gap, a mean or a correlation. */
  score(value: number): string {
    return this.#score.format(value);
  }

  /** A share from 0 to 1. */
  percent(value: number): string {
    return this.#percent.format(value);
  }

  /** A number on an axis: large ones in thousands or millions. */
  tick(value: number): string {
    return this.#tick.format(value);
  }

  /** A measured value with so many significant digits; very small ones with a power of ten. */
  significant(value: number, digits = 4): string {
    const notation = value !== 0 && Math.abs(value) < 0.001 ? "scientific" : "standard";
    const format = new Intl.NumberFormat(this.#language, { notation, maximumSignificantDigits: digits });
    return format.format(value).replace("E", "e");
  }

  /** A share on an axis. */
  percentTick(value: number): string {
    return this.#percentTick.format(value);
  }

  /** Money as the views write it; four digits below one, so that cheap calls do not look free. */
  money(value: number, currency: string): string {
    const digits = value !== 0 && Math.abs(value) < 1 ? 4 : 2;
    const options = { minimumFractionDigits: 2, maximumFractionDigits: digits };
    return `${new Intl.NumberFormat(this.#language, options).format(value)} ${currency}`;
  }

  /** Money on an axis whose title names the currency. */
  moneyTick(value: number): string {
    return this.#moneyTick.format(value);
  }
}

function knownLanguage(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "en";
  } catch {
    return "en";
  }
}

/** Fills the places {0}, {1} … of a text. */
export function fill(text: string, ...values: readonly string[]): string {
  return text.replaceAll(/\{(\d)\}/g, (place, index: string) => values[Number(index)] ?? place);
}
