import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { LionError, messageOf } from "../errors.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import { isAlive, processesOfJob, sendSignal } from "./processes.ts";
import type { JobStatus, Target } from "./target.ts";

export interface LocalTargetOptions {
  readonly clock: Clock;
  /** What a job inherits; leave out what it must not see, such as keys. */
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds between a polite request to end and force. Enough to write a checkpoint. */
  readonly graceMs?: number;
}

const POLL_MS = 20;
/** A shell starts in milliseconds; a machine that swaps may take longer. */
const START_PATIENCE_MS = 30_000;
const GRACE_MS = 90_000;

/** Jobs as detached processes of this machine. */
export class LocalTarget implements Target {
  readonly #clock: Clock;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #graceMs: number;

  constructor(options: LocalTargetOptions) {
    this.#clock = options.clock;
    this.#environment = options.environment;
    this.#graceMs = options.graceMs ?? GRACE_MS;
  }

  async submit(job: JobDirectory): Promise<"started" | "already"> {
    if (process.platform === "win32") {
      throw new LionError(
        "environment",
        "Jobs run on Linux and macOS only: on Windows, open the project in WSL or on a remote host.",
      );
    }
    if (statusOf(job).state !== "prepared") {
      return "already";
    }
    const failed = this.#spawn(job);
    const deadline = this.#clock.now() + START_PATIENCE_MS;
    while (statusOf(job).state === "prepared") {
      const reason = failed() ?? (this.#clock.now() > deadline ? "it did not begin within 30 seconds" : null);
      if (reason !== null) {
        throw new LionError("environment", `The job ${job.path} could not be started: ${reason}.`);
      }
      await this.#clock.sleep(POLL_MS);
    }
    return "started";
  }

  async status(job: JobDirectory): Promise<JobStatus> {
    return statusOf(job);
  }

  async read(job: JobDirectory, file: string, offset: number): Promise<Uint8Array> {
    return job.bytes(file, offset);
  }

  async cancel(job: JobDirectory): Promise<void> {
    const supervisor = job.process("pid");
    if (supervisor && statusOf(job).state === "running") {
      writeFileSync(job.file("cancelled"), "");
      sendSignal(supervisor.pid, "SIGTERM");
      const deadline = this.#clock.now() + this.#graceMs;
      while (statusOf(job).state === "running" && this.#clock.now() < deadline) {
        await this.#clock.sleep(POLL_MS);
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
      await this.#clock.sleep(POLL_MS);
    }
  }

  /** Starts the supervisor in a session of its own. Returns why that failed, once it has. */
  #spawn(job: JobDirectory): () => string | null {
    let reason: string | null = null;
    // What the shell itself has to say (no space left, a command that is not there) belongs into the log.
    const log = openSync(job.file("log"), "a");
    try {
      const supervisor = spawn("sh", [job.file("run.sh")], {
        cwd: job.path,
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
  return { state: alive ? "running" : supervisor ? "lost" : "prepared" };
}
