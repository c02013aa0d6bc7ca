import type { Figure } from "./figures.ts";
import type { Stalls } from "./host/stalls.ts";

const MS = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

/** A Markdown table, so that it can be put into a text as it is. */
export class Table {
  readonly #rows: string[] = [];
  readonly #over: string[] = [];

  /** Each figure's median, 95th percentile and largest value, and where that was. */
  figures(figures: readonly Figure[]): void {
    for (const { what, aim, values } of figures) {
      const sorted = values.toSorted((a, b) => a.wall - b.wall);
      const worst = sorted.at(-1);
      const [median, p95] = [0.5, 0.95].map(
        (share) => sorted[Math.floor(share * (sorted.length - 1) + 0.5)]?.wall ?? 0,
      );
      const cpu = Math.max(...values.map((value) => value.cpu));
      const bound = aim === null ? "" : `${aim}`;
      this.#row(
        [
          what,
          String(values.length),
          MS(median ?? 0),
          MS(p95 ?? 0),
          MS(worst?.wall ?? 0),
          cpu > 0 ? MS(cpu) : "",
          bound,
        ],
        aim !== null && (p95 ?? 0) > aim,
        worst?.at,
      );
    }
  }

  /** Milliseconds that the extension host was held up. */
  stalls(what: string, { count, longest }: Stalls, aim: number): void {
    this.#row(
      [`stalls: ${what}`, `${count} > 50`, "", "", MS(longest.wall), MS(longest.cpu), `${aim}`],
      longest.wall > aim,
    );
  }

  /** One number with its unit. */
  amount(what: string, value: number, unit: string, aim: number | null): void {
    const text = (amount: number): string => `${amount.toLocaleString("en", { maximumFractionDigits: 2 })} ${unit}`;
    this.#row([what, "", "", "", text(value), "", aim === null ? "" : text(aim)], aim !== null && value > aim);
  }

  print(): void {
    console.log(
      "\n| what | n | median | p95 | largest | largest, thread's own | aim |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    );
    console.log(this.#rows.join("\n"));
    console.log(
      this.#over.length === 0 ? "\nEverything within its aim." : `\nOver their aims:\n${this.#over.join("\n")}`,
    );
  }

  get isWithinAims(): boolean {
    return this.#over.length === 0;
  }

  #row(cells: readonly string[], over: boolean, where?: string): void {
    this.#rows.push(`| ${cells.join(" | ")} |`);
    if (over) {
      this.#over.push(`- ${cells[0]}: ${cells[4]}${where === undefined ? "" : ` (${where})`}`);
    }
  }
}
