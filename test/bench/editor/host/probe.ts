// Takes the extension's place in its host: loads it, times that, and measures what it does when the bench asks.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { commands, type ExtensionContext } from "vscode";
import type { LionExports } from "../../../../src/extension.ts";
import type { Prompter } from "../../../../src/shell/prompter.ts";
import type { Figure } from "../figures.ts";
import { type Stalls, StallWatch } from "./stalls.ts";
import { Stopwatch, type Taken, timed } from "./stopwatch.ts";
import { ViewTimes } from "./views.ts";
import { WatchedApi } from "./watchedApi.ts";

const OPEN_MS = 300;
const SEARCH_MS = 30;
const ROUNDS = 5;

interface Extension {
  activate(context: ExtensionContext): LionExports;
}

export interface Activation {
  /** Reading the part of the bundle that activation needs. */
  readonly loading: Taken;
  readonly activating: Taken;
  /** Bytes of that part. */
  readonly size: number;
  /** From the end of the activation until the project is open and its views know their buckets. */
  readonly opening: Taken;
  /** The longest that the host answered nobody meanwhile. */
  readonly stalls: Stalls;
}

/** Nobody is there to answer: questions end as with Escape, and notifications stay unread. */
const NOBODY: Prompter = {
  pick: async () => undefined,
  pickMany: async () => undefined,
  text: async () => undefined,
  confirm: async () => true,
  decide: async () => undefined,
  inform: async () => undefined,
  warn: async () => undefined,
  error: async () => undefined,
};

export class Probe {
  readonly #lion: LionExports;
  readonly #api: WatchedApi;
  readonly #activation: Promise<Activation>;
  readonly #stalls = new StallWatch();
  readonly #views: ViewTimes;

  constructor(lion: LionExports, api: WatchedApi, activation: Promise<Activation>) {
    this.#lion = lion;
    this.#api = api;
    this.#activation = activation;
    this.#views = new ViewTimes(lion, api);
    (lion.shell as { prompter: Prompter }).prompter = NOBODY;
  }

  /** What happened when the window was opened. */
  activation(): Promise<Activation> {
    return this.#activation;
  }

  startStalls(): void {
    this.#stalls.start();
  }

  takeStalls(): Stalls {
    return this.#stalls.take();
  }

  /** Until the project is open and its views know their buckets, coming from another project. */
  async open(folder: string, other: string): Promise<Figure[]> {
    const { projects } = this.#lion.shell;
    const values: Taken[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await projects.open(other);
      await pause(300);
      const watch = new Stopwatch();
      await projects.open(folder);
      await this.#api.fillViews();
      values.push(watch.taken());
    }
    return [{ what: "open the project", aim: OPEN_MS, values }];
  }

  expansions(): Promise<Figure[]> {
    return this.#views.expansions();
  }

  deepPages(): Promise<Figure[]> {
    return this.#views.deepPages();
  }

  filters(word: string): Promise<Figure[]> {
    return this.#views.filters(word);
  }

  /** What is found while the texts are typed letter by letter. */
  async searches(texts: readonly string[]): Promise<Figure[]> {
    const { browser } = this.#lion.shell.projects.require();
    const typed = texts.flatMap((text) => [...text].map((_, length) => text.slice(0, length + 1)));
    const values: Array<Taken & { at: string }> = [];
    for (const text of typed) {
      await pause(0);
      values.push({ ...timed(() => browser.search(text, { limit: 50 })), at: text });
    }
    return [{ what: "search, each letter", aim: SEARCH_MS, values }];
  }

  /** Checks the first 100 that wait, approves them, and takes that back. */
  async approvals(): Promise<Figure[]> {
    const { shell, trees } = this.#lion;
    const values: Taken[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { rows } = shell.projects.require().browser.candidates.page("waiting", { limit: 100 });
      trees.review.check(rows.map(({ id }) => id));
      const watch = new Stopwatch();
      await commands.executeCommand("lion.approveChecked");
      values.push(watch.taken());
      await pause(700);
      await commands.executeCommand("lion.undo");
      await pause(700);
    }
    return [{ what: "approve 100 checked", aim: 200, values }];
  }

  /** Runs a command as a person would, and says how long it took. */
  async command(id: string, ...args: readonly unknown[]): Promise<Figure[]> {
    const watch = new Stopwatch();
    await commands.executeCommand(id, ...args);
    return [{ what: id, aim: null, values: [watch.taken()] }];
  }

  /** Runs a stage in the engine for a while, then pauses it. Says how the run ended. */
  async runStage(milliseconds: number): Promise<string> {
    const { engine } = this.#lion.shell.projects.require();
    const run = engine.run({ only: "generation" });
    await Promise.race([run, pause(milliseconds)]);
    await engine.pause();
    const { outcome, message } = await run;
    return `${outcome}: ${message}`;
  }

  /** Characters of the largest message to and from a page. */
  messages(): WatchedApi["largest"] {
    return this.#api.largest;
  }

  itemsAsked(): number {
    return this.#api.itemsAsked;
  }

  /** What the host holds after everything superfluous is cleared away, in bytes. */
  async memory(): Promise<{ rss: number; heap: number }> {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    for (let round = 0; round < 3; round++) {
      collect();
      await pause(200);
    }
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heap: heapUsed };
  }
}

const api = new WatchedApi();
const load = createRequire(__filename);
const start = new Stopwatch();
const extension = load("./dist/extension.cjs") as Extension;
const loading = start.taken();
const pieces = Object.keys(load.cache).filter((file) => file.startsWith(join(__dirname, "dist")));
const size = pieces.reduce((sum, file) => sum + statSync(file).size, 0);

export function activate(context: ExtensionContext): LionExports {
  const watch = new Stopwatch();
  const lion = extension.activate(context);
  const activating = watch.taken();
  const activation = opened(lion).then((rest) => ({ loading, activating, size, ...rest }));
  (globalThis as { lionProbe?: Probe }).lionProbe = new Probe(lion, api, activation);
  return lion;
}

async function opened({ shell }: LionExports): Promise<Pick<Activation, "opening" | "stalls">> {
  const stalls = new StallWatch();
  stalls.start();
  const watch = new Stopwatch();
  await shell.projects.started;
  await api.fillViews();
  return { opening: watch.taken(), stalls: stalls.take() };
}
