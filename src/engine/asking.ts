import { canonicalJson } from "../core/hash.ts";
import type { AskedTeacher, AskTeacherOptions } from "../core/loop/askTeacher.ts";
import type { Project } from "../core/project/project.ts";
import type { Engine } from "./engine.ts";

/** How long the project stays open behind the last question, in case a person goes on. */
const IDLE_MS = 10_000;

export interface AskingOptions {
  readonly project: () => Project;
  /** Opens the project for nothing but questions. */
  readonly open: (project: Project, onPausing: () => void) => Promise<Engine>;
  readonly onChange: () => void;
}

interface OpenProject {
  readonly config: string;
  readonly engine: Promise<Engine>;
}

/**
 * Questions to the teacher outside of any run, as many at once as a person causes. A newer one does not wait for an older
 * one's end: it has its turn as soon as a place among those in flight is free. All of it gives way to other work.
 */
export class Asking {
  readonly #options: AskingOptions;
  readonly #running = new Set<Promise<AskedTeacher>>();
  #open: OpenProject | null = null;
  #closing: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  #count = 0;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** Instructions that are being asked about. */
  get count(): number {
    return this.#count;
  }

  /** @throws LionError as `askTeacher` does, or when the project cannot be opened. */
  async ask(options: AskTeacherOptions): Promise<AskedTeacher> {
    const work = this.#ask(options);
    this.#running.add(work);
    this.#change(options.instructionIds.length);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
      this.#change(-options.instructionIds.length);
      this.#closeLater();
    }
  }

  /** Sends nothing new, waits for what is in flight, which is stored, and closes the project. */
  giveWay(): Promise<void> {
    const open = this.#open;
    if (open) {
      this.#open = null;
      this.#closing = close(open, [...this.#running]);
    }
    return this.#closing;
  }

  async #ask(options: AskTeacherOptions): Promise<AskedTeacher> {
    return (await this.#engine()).ask(options);
  }

  async #engine(): Promise<Engine> {
    const project = this.#options.project();
    const config = canonicalJson(project.config);
    // What lion.json says now counts as soon as nobody is asked by what it said before.
    if (this.#open && this.#open.config !== config && this.#running.size === 0) {
      void this.giveWay();
    }
    await this.#closing;
    this.#open ??= { config, engine: this.#options.open(project, () => void this.giveWay()) };
    const open = this.#open;
    try {
      return await open.engine;
    } catch (error) {
      if (this.#open === open) {
        this.#open = null;
      }
      throw error;
    }
  }

  #change(by: number): void {
    this.#count += by;
    this.#options.onChange();
  }

  #closeLater(): void {
    if (this.#idle) {
      clearTimeout(this.#idle);
    }
    this.#idle = setTimeout(() => {
      this.#idle = null;
      if (this.#running.size === 0) {
        void this.giveWay();
      }
    }, IDLE_MS);
    this.#idle.unref();
  }
}

async function close({ engine }: OpenProject, running: ReadonlyArray<Promise<unknown>>): Promise<void> {
  const opened = await engine.catch(() => null);
  opened?.pause();
  await Promise.allSettled(running);
  try {
    await opened?.close();
  } catch {
    // Everything is stored; whoever opens the project next meets the same fault.
  }
}
