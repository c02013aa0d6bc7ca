import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, SystemClock } from "../core/clock.ts";
import { LionError, messageOf } from "../core/errors.ts";
import { type AskedTeacher, type AskTeacherOptions, askTeacher } from "../core/loop/askTeacher.ts";
import type { Listener } from "../core/loop/events.ts";
import { Loop, type RunOptions } from "../core/loop/loop.ts";
import { type RerateContext, type RerateOptions, rerate } from "../core/loop/rerate.ts";
import type { ReratingSummary } from "../core/loop/reratingSummary.ts";
import { type RetryOptions, type RetryResult, retryFailed } from "../core/loop/retry.ts";
import { Asker } from "../core/models/asker.ts";
import { Endpoints, type EndpointsOptions } from "../core/models/endpoints.ts";
import type { Project } from "../core/project/project.ts";
import { SandboxProcess } from "../core/sandbox/child.ts";
import { asStoreError, backUpDaily } from "../core/store/database.ts";
import type { Prompts, StageName } from "../core/store/iterations.ts";
import { Lease } from "../core/store/lease.ts";
import { Store } from "../core/store/store.ts";
import { CheckpointStudent } from "../core/training/checkpointStudent.ts";
import { StudentTrainer } from "../core/training/studentTrainer.ts";
import { targetsOf } from "./services.ts";

const HEARTBEAT_MS = 500;
/** A question that is in flight is awaited before the engine that asked it gives way. */
const MOST_GIVING_WAY_MS = 60_000;
const LOOK_EVERY_MS = 50;

export interface EngineOptions {
  readonly listener: Listener;
  readonly keyOf: EndpointsOptions["keyOf"];
  /** How the sandbox's process is started: a script and its arguments. */
  readonly sandboxEntry: readonly string[];
  /** The folder that holds the Python package `lion_trainer`. */
  readonly trainerRoot: string;
  /** A file in which the sandbox notes each reply it gives. */
  readonly sandboxLog?: string;
  /** Told once that the work has begun to pause, whoever asked for it. */
  readonly onPausing?: () => void;
  /** For nothing but questions, which give way to whoever else wants to work on the project. */
  readonly aside?: boolean;
}

/** What asking by hand works with, apart from what belongs to one piece of work. */
type HandServices = Omit<RerateContext, "signal" | "report" | "note">;

/** Everything that works on one project: its services, its lease and its sandbox. Open it, run, close it. */
export class Engine {
  readonly store: Store;
  readonly #lease: Lease;
  readonly #sandbox: SandboxProcess | null;
  readonly #loop: Loop;
  readonly #hand: HandServices;
  readonly #listener: Listener;
  readonly #pause = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(parts: {
    store: Store;
    lease: Lease;
    sandbox: SandboxProcess | null;
    loop: Loop;
    hand: HandServices;
    listener: Listener;
    onPausing: () => void;
  }) {
    this.store = parts.store;
    this.#lease = parts.lease;
    this.#sandbox = parts.sandbox;
    this.#loop = parts.loop;
    this.#hand = parts.hand;
    this.#listener = parts.listener;
    this.#pause.signal.addEventListener("abort", parts.onPausing, { once: true });
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  /** @throws LionError when another engine is at work, or a service cannot start. */
  static async open(project: Project, options: EngineOptions): Promise<Engine> {
    const clock = new SystemClock();
    const store = new Store(project.databaseFile);
    const lease = new Lease(store.connection, clock, options.aside ?? false);
    let sandbox: SandboxProcess | null = null;
    try {
      if (await takeLease(lease, clock)) {
        options.listener({
          event: "note",
          text: "The last run ended without saying so; this one goes on where it was.",
        });
      }
      store.ledger.markLost(clock.now());
      if (!options.aside) {
        // A person waits for what is asked aside.
        await backUpDaily(store.connection, join(project.dataDirectory, "backups"), clock.now());
      }
      sandbox = await startSandbox(project, options);
      const endpoints = new Endpoints({
        profiles: project.config.profiles,
        clock,
        keyOf: options.keyOf,
        sandboxUrl: () => {
          if (!sandbox) {
            throw new LionError(
              "input",
              `${project.configFile} has no "sandbox" section, which a sandbox profile needs.`,
            );
          }
          return sandbox.url;
        },
        spending: (profile) => store.ledger.spending(profile),
        recentStarts: (profile, since) => store.ledger.recentStarts(profile, since),
      });
      const asker = new Asker({
        ledger: store.ledger,
        clock,
        endpoints,
        onEvent: ({ origin, reason, milliseconds }) =>
          options.listener({
            event: "note",
            text: `${origin}: ${reason}; waiting ${Math.ceil(milliseconds / 1000)} s.`,
          }),
      });
      const training = {
        store,
        clock,
        targets: targetsOf(project, options.trainerRoot, clock),
        projectDir: project.directory,
        dataDir: project.dataDirectory,
        note: (text: string) => options.listener({ event: "note", text }),
      };
      const services = {
        store,
        clock,
        endpoints,
        asker,
        trainer: new StudentTrainer(training),
        checkpointStudent: new CheckpointStudent(training),
      };
      const prompts = loadPrompts(project);
      const loop = new Loop(services, project.config, prompts, options.listener);
      const hand = { store, clock, endpoints, asker, config: project.config, prompts };
      const onPausing = options.onPausing ?? (() => {});
      return new Engine({ store, lease, sandbox, loop, hand, listener: options.listener, onPausing });
    } catch (error) {
      await sandbox?.stop();
      release(lease);
      store.close();
      throw asStoreError(error, store.file);
    }
  }

  get pausing(): boolean {
    return this.#pause.signal.aborted;
  }

  /** Asks for an orderly stop: nothing new is sent, what is in flight is stored. */
  pause(): void {
    this.#pause.abort(new LionError("interrupted", "Paused without loss: `lion run` goes on from here."));
  }

  /** Runs the loop from where it stands. @throws LionError saying why it ended early. */
  async run(options: RunOptions): Promise<void> {
    this.#hand.endpoints.reopen();
    try {
      await this.#loop.run(options, this.#pause.signal);
    } catch (error) {
      throw asStoreError(error, this.store.file);
    }
  }

  /** Asks again what has no usable answer. @throws LionError as `retryFailed` in the core does. */
  retryFailed(options: RetryOptions): Promise<RetryResult> {
    return this.#byHand("imitation", (context) => retryFailed(context, options));
  }

  /** Has the pairs behind an iteration's verdicts rated again. @throws LionError as `rerate` in the core does. */
  rerate(options: RerateOptions): Promise<ReratingSummary> {
    return this.#byHand("discrimination", (context) => rerate(context, options));
  }

  /** Asks the teacher about instructions. @throws LionError as `askTeacher` in the core does. */
  ask(options: AskTeacherOptions): Promise<AskedTeacher> {
    return this.#byHand("imitation", (context) => askTeacher(context, options));
  }

  /** Asks for a person outside the stages; the progress is told under the stage that asks such things. */
  async #byHand<T>(stage: StageName, work: (context: RerateContext) => Promise<T>): Promise<T> {
    this.#hand.endpoints.reopen();
    const iteration = this.store.iterations.latest()?.number ?? 1;
    try {
      return await work({
        ...this.#hand,
        signal: this.#pause.signal,
        report: (step, done, total, detail = "") =>
          this.#listener({ event: "progress", iteration, stage, step, done, total, detail }),
        note: (text) => this.#listener({ event: "note", text }),
      });
    } catch (error) {
      throw asStoreError(error, this.store.file);
    }
  }

  /** Lets the teacher's and student's failed requests be asked once more. Returns how many. */
  reopenFailed(): number {
    return this.store.write(
      () => this.store.ledger.reopenFailed("teacher") + this.store.ledger.reopenFailed("student"),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#sandbox?.stop();
    release(this.#lease);
    this.store.close();
  }

  #beat(): void {
    let beat: ReturnType<Lease["beat"]>;
    try {
      beat = this.#lease.beat();
    } catch {
      // A busy database or a full disk: the next beat may do, and what the loop writes meets the same fault.
      return;
    }
    if (!beat.held) {
      this.#pause.abort(
        new LionError(
          "environment",
          "Another engine has taken this project over, so this one stops: see `lion status`.",
        ),
      );
    } else if (beat.pauseRequested) {
      this.pause();
    }
  }
}

/**
 * Takes the lease; whoever only asks questions is told to give way, and is waited for.
 *
 * @returns true when a dead holder was taken over.
 * @throws LionError when another engine is at work.
 */
async function takeLease(lease: Lease, clock: Clock): Promise<boolean> {
  const deadline = clock.now() + MOST_GIVING_WAY_MS;
  while (lease.tellAside() && clock.now() < deadline) {
    await clock.sleep(LOOK_EVERY_MS);
  }
  return lease.take();
}

/** Where the disk is full even this fails; the next engine then finds that its holder is dead. */
function release(lease: Lease): void {
  try {
    lease.release();
  } catch {
    // The reason that ended the work is the one to tell.
  }
}

/** The sandbox is ours alone: it starts when a profile needs it, and ends with this process. */
async function startSandbox(project: Project, options: EngineOptions): Promise<SandboxProcess | null> {
  const { sandbox, profiles } = project.config;
  if (!sandbox || !Object.values(profiles).some(({ kind }) => kind === "sandbox")) {
    return null;
  }
  return SandboxProcess.start({
    config: sandbox,
    baseDir: project.directory,
    entry: options.sandboxEntry,
    ...(options.sandboxLog !== undefined && { requestLog: options.sandboxLog }),
  });
}

function loadPrompts(project: Project): Prompts {
  const files = Object.entries(project.config.prompts).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const texts = files.map(([name, file]) => {
    const path = resolve(project.directory, file);
    try {
      return [name, readFileSync(path, "utf8")];
    } catch (error) {
      throw new LionError(
        "input",
        `The prompt file prompts.${name} names, ${path}, cannot be read: ${messageOf(error)}.`,
      );
    }
  });
  return Object.fromEntries(texts);
}
