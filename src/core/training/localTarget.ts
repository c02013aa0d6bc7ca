import { spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import { LionError, messageOf } from "../errors.ts";
import { chooseGpus } from "./host/gpus.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import { pathHash } from "./pathHash.ts";
import { isAlive, processesOfJob, sendSignal } from "./processes.ts";
import type { Python } from "./python.ts";
import { setupLines } from "./runScript.ts";
import { takeOver } from "./takeOver.ts";
import type { Forward, JobStatus, TakenOver, Target, TargetPython } from "./target.ts";

export interface LocalTargetOptions {
  readonly clock: Clock;
  readonly python: Python;
  /** What a job inherits; leave out what it must not see, such as keys. */
  readonly environment: NodeJS.ProcessEnv;
  /** Its name in lion.json. */
  readonly name?: string;
  /** Shell lines that run before each job. */
  readonly setup?: string | undefined;
  /** How many free GPUs a job takes, and whether it waits for them; all without waiting by default. */
  readonly gpus?: number | "all";
  readonly waitForGpus?: boolean;
  /** The folder with the notes of who has which GPU, shared by all projects of a user; by default `.lion` in their home. */
  readonly lockFolder?: string;
  /** Milliseconds between a polite request to end and force. Enough to write a checkpoint. */
  readonly graceMs?: number;
}

const POLL_MS = 50;
const START_POLL_MS = 20;
/** A shell starts in milliseconds; a machine that swaps may take longer. */
const START_PATIENCE_MS = 30_000;
const GRACE_MS = 90_000;

/** Jobs as detached processes of this machine. Their directories are the ones that everybody reads. */
export class LocalTarget implements Target {
  readonly kind = "local";
  readonly pollMs = POLL_MS;
  readonly name: string;
  readonly #clock: Clock;
  readonly #python: Python;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #graceMs: number;
  readonly #before: (processes: number) => string;

  constructor(options: LocalTargetOptions) {
    this.name = options.name ?? "local";
    this.#clock = options.clock;
    this.#python = options.python;
    this.#environment = options.environment;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    const { setup, gpus = "all", waitForGpus: wait = false, lockFolder: folder = join(homedir(), ".lion") } = options;
    this.#before = (processes) => setupLines(setup) + chooseGpus({ gpus, wait, folder, processes });
  }

  async python(): Promise<TargetPython> {
    const { executable } = await this.#python.versions();
    return { executable, variables: this.#python.variables };
  }

  async submit(job: JobDirectory, from?: TakenOver): Promise<"started" | "already"> {
    if (process.platform === "win32") {
      throw new LionError(
        "environment",
        "Jobs run on Linux and macOS only: on Windows, open the project in WSL or on a remote host.",
      );
    }
    if (statusOf(job).state !== "prepared") {
      return "already";
    }
    if (from) {
      takeOver(from, job);
    }
    const manifest = job.manifest();
    if (manifest) {
      job.writeScript(manifest, this.#before(manifest.processes ?? 1));
    }
    const failed = this.#spawn(job);
    const deadline = this.#clock.now() + START_PATIENCE_MS;
    while (statusOf(job).state === "prepared") {
      const reason = failed() ?? (this.#clock.now() > deadline ? "it did not begin within 30 seconds" : null);
      if (reason !== null) {
        throw new LionError("environment", `The job ${job.path} could not be started: ${reason}.`);
      }
      await this.#clock.sleep(START_POLL_MS);
    }
    return "started";
  }

  async look(job: JobDirectory): Promise<JobStatus> {
    return statusOf(job);
  }

  async cancel(job: JobDirectory): Promise<void> {
    const supervisor = job.process("pid");
    if (supervisor && statusOf(job).state === "running") {
      writeFileSync(job.file("cancelled"), "");
      sendSignal(supervisor.pid, "SIGTERM");
      const deadline = this.#clock.now() + this.#graceMs;
      while (statusOf(job).state === "running" && this.#clock.now() < deadline) {
        await this.#clock.sleep(START_POLL_MS);
      }
    }
    await this.endRemains(job);
  }

  async endRemains(job: JobDirectory): Promise<void> {
    const marks = [job.process("cpid"), job.process("pid")].filter((mark) => mark !== null);
    const deadline = this.#clock.now() + START_PATIENCE_MS;
    for (;;) {
      // Looked for again each time: one that is about to die may just have started another.
      const alive = marks.filter(isAlive);
      const started = processesOfJob(job.id);
      if ((alive.length === 0 && started.length === 0) || this.#clock.now() > deadline) {
        return;
      }
      for (const pid of [...alive.map((mark) => -mark.pid), ...started]) {
        sendSignal(pid, "SIGKILL");
      }
      await this.#clock.sleep(START_POLL_MS);
    }
  }

  async pathOf(job: JobDirectory, file: string): Promise<string> {
    return resolve(job.file(file));
  }

  async place(path: string): Promise<string> {
    const absolute = resolve(path);
    if (!existsSync(absolute)) {
      throw new LionError("input", `There is no ${absolute} on this machine: correct its path in lion.json.`);
    }
    return absolute;
  }

  hashOf(path: string): Promise<string | null> {
    return pathHash(path);
  }

  /** What a job leaves here is here already. */
  async fetch(): Promise<void> {}

  async copy(path: string, names: readonly string[] | null, into: string): Promise<void> {
    mkdirSync(into, { recursive: true });
    for (const name of names ?? readdirSync(path)) {
      const from = join(path, name);
      if (existsSync(from) && resolve(from) !== resolve(into, name)) {
        cpSync(from, join(into, name), { recursive: true, dereference: true });
      }
    }
  }

  async remove(job: JobDirectory, names: readonly string[]): Promise<void> {
    for (const name of names) {
      rmSync(job.file(`out/${name}`), { recursive: true, force: true });
    }
  }

  async forward(port: number): Promise<Forward> {
    return { port, close: async () => {} };
  }

  /** Starts the supervisor in a session of its own. Returns why that failed, once it has. */
  #spawn(job: JobDirectory): () => string | null {
    let reason: string | null = null;
    // What the shell itself has to say (no space left, a command that is not there) belongs into the log.
    const log = openSync(job.file("log"), "a");
    try {
      const supervisor = spawn("sh", [resolve(job.file("run.sh"))], {
        detached: true,
        stdio: ["ignore", log, log],
        env: this.#environment,
      });
      supervisor.on("error", (error) => {
        reason = messageOf(error);
      });
      supervisor.on("exit", (code) => {
        reason = `the shell ended with code ${code}; its words are in ${job.file("log")}`;
      });
      supervisor.unref();
    } finally {
      closeSync(log);
    }
    return () => reason;
  }
}

function statusOf(job: JobDirectory): JobStatus {
  // The process is looked at before `rc`: in the other order a job that ends in between would look lost.
  const supervisor = job.process("pid");
  const alive = supervisor !== null && isAlive(supervisor);
  const code = job.exitCode();
  if (code !== null) {
    return { state: "exited", code };
  }
  if (!alive) {
    return { state: supervisor ? "lost" : "prepared" };
  }
  return { state: "running" };
}
