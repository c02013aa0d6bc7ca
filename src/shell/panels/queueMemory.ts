import type { Display } from "../../protocol/queue.ts";
import { recordOf } from "../trees/viewOptions.ts";

/** Where the editor keeps things over reloads. */
export interface Keeping {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/** A queue that somebody saved under a name. */
export interface SavedQueue<Query> {
  readonly name: string;
  readonly query: Query;
}

const MOST_POSITIONS = 50;
const PAUSE_MS = 250;

const FIRST_DISPLAY: Display = { plain: false, marks: true, details: false, help: false };

/** What a page's queue remembers of one project: the queue that was open, where in each the person was, and saved ones. */
export class QueueMemory<Query> {
  readonly #keeping: Keeping;
  readonly #key: string;
  readonly #read: (stored: unknown) => Query | null;

  /** Where the person is now, which is not kept yet. */
  #passing: { readonly query: Query; readonly key: string; readonly timer: NodeJS.Timeout } | null = null;

  /** @param read checks what an older version or a stranger has stored. */
  constructor(keeping: Keeping, options: { page: string; folder: string; read: (stored: unknown) => Query | null }) {
    this.#keeping = keeping;
    this.#key = `lion.queue.${options.page}:${options.folder}`;
    this.#read = options.read;
  }

  get query(): Query | null {
    return this.#read(this.#stored().query);
  }

  get blind(): boolean {
    return this.#stored().blind === true;
  }

  get saved(): ReadonlyArray<SavedQueue<Query>> {
    const { saved } = this.#stored();
    return (Array.isArray(saved) ? saved : []).flatMap((one) => {
      const { name, query } = recordOf(one);
      const known = this.#read(query);
      return typeof name === "string" && known ? [{ name, query: known }] : [];
    });
  }

  /** Key of the item that was on screen; null where it was none. */
  positionIn(query: Query): string | null {
    if (this.#passing && JSON.stringify(this.#passing.query) === JSON.stringify(query)) {
      return this.#passing.key;
    }
    const key = recordOf(this.#stored().positions)[JSON.stringify(query)];
    return typeof key === "string" ? key : null;
  }

  /** Keeps it in the next pause: while a person goes from item to item, the window has better to do than to store where. */
  keepPositionSoon(query: Query, key: string): void {
    if (this.positionIn(query) === key) {
      return;
    }
    if (this.#passing && JSON.stringify(this.#passing.query) !== JSON.stringify(query)) {
      void this.keepPosition(this.#passing.query, this.#passing.key);
    }
    this.#forgetPassing();
    const timer = setTimeout(() => void this.keepPosition(query, key), PAUSE_MS);
    this.#passing = { query, key, timer };
  }

  async keepPosition(query: Query, key: string | null): Promise<void> {
    this.#forgetPassing();
    const { [JSON.stringify(query)]: _, ...others } = recordOf(this.#stored().positions);
    const newest = Object.entries(others).slice(1 - MOST_POSITIONS);
    await this.#keep({ positions: { ...Object.fromEntries(newest), [JSON.stringify(query)]: key } });
  }

  /** The queue that is open from now on; where the person was in another one may still be on its way to be kept. */
  async keepQuery(query: Query): Promise<void> {
    await this.#keep({ query });
  }

  async keepBlind(blind: boolean): Promise<void> {
    await this.#keep({ blind });
  }

  /** Saves a queue under a name, in place of one that has it. */
  async save(name: string, query: Query): Promise<void> {
    await this.#keep({ saved: [...this.saved.filter((one) => one.name !== name), { name, query }] });
  }

  async forget(name: string): Promise<void> {
    await this.#keep({ saved: this.saved.filter((one) => one.name !== name) });
  }

  #forgetPassing(): void {
    clearTimeout(this.#passing?.timer);
    this.#passing = null;
  }

  #stored(): Readonly<Record<string, unknown>> {
    return recordOf(this.#keeping.get(this.#key));
  }

  async #keep(change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#keeping.update(this.#key, { ...this.#stored(), ...change });
  }
}

/** How the pages show things, as it was kept; the cheat sheet is closed at first. */
export function readDisplay(stored: unknown): Display {
  const { plain, marks, details } = recordOf(stored);
  const flag = (value: unknown, usual: boolean): boolean => (typeof value === "boolean" ? value : usual);
  return {
    plain: flag(plain, FIRST_DISPLAY.plain),
    marks: flag(marks, FIRST_DISPLAY.marks),
    details: flag(details, FIRST_DISPLAY.details),
    help: false,
  };
}
