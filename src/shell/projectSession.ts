import { type Disposable, type Event, EventEmitter, window, workspace } from "vscode";
import { PoolBrowser } from "../core/browse/poolBrowser.ts";
import { type Clock, SystemClock } from "../core/clock.ts";
import { LionError, messageOf } from "../core/errors.ts";
import { CONFIG_FILE } from "../core/project/names.ts";
import { loadProject, type Project } from "../core/project/project.ts";
import { Review } from "../core/review/review.ts";
import { type ChangedData, ChangeWatcher } from "../core/store/changes.ts";
import { retryWhileBusy } from "../core/store/retry.ts";
import type { Store } from "../core/store/store.ts";
import { Coalescer } from "./coalescer.ts";
import { Disposables } from "./disposables.ts";
import { EngineConnection } from "./engineConnection.ts";
import { originsOf } from "./keys.ts";
import { openStore } from "./openStore.ts";
import { type Asking, askName, knownName, nameOf, proposedName } from "./person.ts";
import type { Shell } from "./shell.ts";

/** A part of the project that looks different now. */
export type ChangedPart = ChangedData | "config" | "engine";

const POLL_MS = 500;
/** A window in the background looks less often: it must only be right when it is looked at. */
const BACKGROUND_POLL_MS = 1000;
const GIVE_UP_MS = 10_000;

/** One project while it is open in this window: its files, its database, its engine, and what changes in them. */
export class ProjectSession implements Disposable {
  readonly folder: string;
  readonly store: Store;
  readonly browser: PoolBrowser;
  /** Why nothing can be written, in a sentence; null where it can. */
  readonly onlyRead: string | null;
  readonly clock: Clock = new SystemClock();
  readonly engine: EngineConnection;
  #project: Project;
  #configProblem: LionError | null = null;
  readonly #shell: Shell;
  readonly #watcher: ChangeWatcher;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new EventEmitter<ReadonlySet<ChangedPart>>());
  readonly #coalescer = new Coalescer<ChangedPart>({
    tell: (parts) => this.#changed.fire(parts),
    canWait: (part) => part === "decisions",
    clock: this.clock,
  });
  #poll: NodeJS.Timeout | null = null;

  /** @throws LionError when the project file or the database cannot be used. */
  constructor(shell: Shell, folder: string) {
    this.#shell = shell;
    this.folder = folder;
    this.#project = loadProject(folder);
    ({ store: this.store, onlyRead: this.onlyRead } = openStore(this.#project.databaseFile));
    this.browser = new PoolBrowser(this.store);
    this.#watcher = new ChangeWatcher(this.store.connection);
    this.engine = this.#disposables.add(
      new EngineConnection({
        project: () => this.#project,
        keys: shell.keys,
        installation: shell.installation,
      }),
    );
    this.#disposables.add(this.engine.onDidChangeState(() => this.#announce("engine")));
    this.#disposables.add(shell.context.secrets.onDidChange(({ key }) => void this.#passOn(key)));
    this.#watchConfig();
    this.#disposables.add(window.onDidChangeWindowState(({ focused }) => focused && this.#look()));
    this.#look();
    if (workspace.isTrusted) {
      this.engine.follow();
    }
  }

  readonly onDidChange: Event<ReadonlySet<ChangedPart>> = this.#changed.event;

  /** The project with its configuration as it was last read without a fault. */
  get project(): Project {
    return this.#project;
  }

  /** What is wrong with `lion.json` as it is now, or null. */
  get configProblem(): LionError | null {
    return this.#configProblem;
  }

  /**
   * Runs a write, and again while another process holds the lock; the extension host is never blocked meanwhile.
   *
   * @throws LionError when the project is only read or the lock is not let go.
   */
  async write<T>(work: () => T): Promise<T> {
    if (this.onlyRead !== null) {
      throw new LionError("environment", this.onlyRead);
    }
    const result = await retryWhileBusy(() => this.store.write(work), { clock: this.clock, giveUpAfterMs: GIVE_UP_MS });
    this.#look();
    return result;
  }

  /** Like `write`, for what may be lost in a power cut and changes nothing that is shown: it waits for no disk. */
  async writeLosable(work: () => void): Promise<void> {
    if (this.onlyRead === null) {
      await retryWhileBusy(() => this.store.writeLosable(work), { clock: this.clock, giveUpAfterMs: GIVE_UP_MS });
    }
  }

  /**
   * The name of the person at this window in the decision log, asked for on their first decision.
   *
   * @throws NameNotGiven when they press Escape.
   */
  actor(): Promise<string> {
    return nameOf(this.#asking(), this.folder);
  }

  /** The name that they have or would be proposed, without asking: enough for showing what is theirs. */
  async likelyActor(): Promise<string> {
    return knownName(this.#asking().state, this.folder) ?? (await proposedName(this.folder));
  }

  /** Asks for another name. @throws NameNotGiven when they press Escape. */
  changeActor(): Promise<string> {
    return askName(this.#asking(), this.folder);
  }

  #asking(): Asking {
    return { state: this.#shell.context.workspaceState, prompter: this.#shell.prompter };
  }

  /** What the person at this window decides about candidates and instructions. */
  async review(): Promise<Review> {
    return new Review({ store: this.store, clock: this.clock, actor: await this.actor() });
  }

  dispose(): void {
    if (this.#poll) {
      clearTimeout(this.#poll);
    }
    this.#coalescer.dispose();
    this.#disposables.dispose();
    this.store.close();
  }

  /** A key that was set or cleared, here or in another window, reaches an engine that runs. */
  async #passOn(secret: string): Promise<void> {
    const origin = this.#shell.keys.originOf(secret);
    if (origin === null || !originsOf(this.#project.config).includes(origin)) {
      return;
    }
    try {
      await this.engine.handKeys((await this.#shell.keys.get(origin)) === undefined ? origin : undefined);
    } catch (error) {
      this.#shell.log.warn(messageOf(error));
    }
  }

  #watchConfig(): void {
    const watcher = this.#disposables.add(workspace.createFileSystemWatcher(`${this.folder}/${CONFIG_FILE}`));
    const reload = (): void => {
      try {
        this.#project = loadProject(this.folder);
        this.#configProblem = null;
      } catch (error) {
        this.#configProblem = error instanceof LionError ? error : new LionError("input", messageOf(error));
        this.#shell.log.warn(this.#configProblem.message);
      }
      this.#announce("config");
    };
    this.#disposables.add(watcher.onDidChange(reload));
    this.#disposables.add(watcher.onDidCreate(reload));
    this.#disposables.add(watcher.onDidDelete(reload));
  }

  /** Looks for commits, its own and other processes', now and again after a while. */
  #look(): void {
    if (this.#poll) {
      clearTimeout(this.#poll);
    }
    this.#poll = setTimeout(() => this.#look(), window.state.focused ? POLL_MS : BACKGROUND_POLL_MS);
    try {
      this.#announce(...this.#watcher.poll());
    } catch (error) {
      // The database is busy for a moment; the next look will do.
      this.#shell.log.debug(messageOf(error));
    }
  }

  #announce(...parts: readonly ChangedPart[]): void {
    this.#coalescer.add(parts);
  }
}
