import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Seconds: what the test's cluster has in its configuration. */
const KILL_WAIT = 5;
const REQUEUE_DELAY = 2;

/** One job of the stand-in for Slurm, from sbatch to its end. */
export class FakeJob {
  readonly id: number;
  readonly options: ReadonlyMap<string, string>;
  readonly user: string;
  nodes: string[] = [];
  state = "PENDING";
  reason = "None";
  restarts = 0;
  exitCode = "0:0";
  /** Milliseconds since the epoch before which it may not start. */
  beginAt: number;
  readonly #folder: string;
  readonly #script: string;
  readonly #environment: NodeJS.ProcessEnv;
  #batch: ChildProcess | null = null;
  /** What becomes of it when its batch script has ended. */
  #then: "end" | "CANCELLED" | "TIMEOUT" | "requeue" = "end";
  #timers: NodeJS.Timeout[] = [];

  constructor(
    folder: string,
    id: number,
    submitted: { options: ReadonlyMap<string, string>; script: string; environment: NodeJS.ProcessEnv; user: string },
  ) {
    this.#folder = folder;
    this.id = id;
    this.options = submitted.options;
    this.user = submitted.user;
    this.#environment = submitted.environment;
    this.#script = join(folder, `job-${id}`);
    writeFileSync(this.#script, submitted.script);
    const later = this.options.get("begin")?.match(/^now\+(\d+)hour/);
    this.beginAt = later ? Date.now() + Number(later[1]) * 3_600_000 : 0;
  }

  get wanted(): number {
    return Number(this.options.get("nodes") ?? 1);
  }

  get isActive(): boolean {
    return this.#batch !== null;
  }

  start(nodes: string[]): void {
    this.nodes = nodes;
    this.state = "RUNNING";
    this.reason = "None";
    this.#then = "end";
    const output = openSync(this.#output, "a");
    const time = Number(this.options.get("time") ?? 0) * 60;
    this.#batch = spawn("sh", [this.#script], {
      cwd: this.options.get("chdir") ?? "/",
      detached: true,
      stdio: ["ignore", output, output],
      env: {
        ...this.#environment,
        ...{
          SLURM_JOB_ID: String(this.id),
          SLURM_JOB_NODELIST: nodes.join(","),
          SLURM_JOB_NUM_NODES: String(nodes.length),
        },
        ...(this.restarts > 0 && { SLURM_RESTART_COUNT: String(this.restarts) }),
      },
    });
    closeSync(output);
    this.#batch.on("exit", (code, signal) => this.#ended(code, signal));
    if (time > 0) {
      const [, name, seconds] = this.options.get("signal")?.match(/^B:(\w+)@(\d+)$/) ?? [];
      this.#in(time - Number(seconds ?? 0), () => this.signalBatch(`SIG${name ?? "TERM"}` as NodeJS.Signals));
      this.#in(time, () => this.#finish("TIMEOUT", " DUE TO TIME LIMIT"));
    }
  }

  /** As `scancel --signal=… --batch`. */
  signalBatch(signal: NodeJS.Signals): void {
    this.#say("");
    this.#batch?.kill(signal);
  }

  /** As `scancel --signal=…`: what srun has started gets it, the batch script does not. */
  signalSteps(signal: NodeJS.Signals): void {
    this.#signalAll(signal, "SLURM_STEP_ID=0");
  }

  cancel(): void {
    if (this.#batch) {
      this.#finish("CANCELLED", "");
    } else if (this.state === "PENDING") {
      this.state = "CANCELLED";
    }
  }

  /** As `scontrol requeue`. @returns why not, or null. */
  requeue(): string | null {
    if (this.state === "PENDING" || this.#then === "requeue") {
      return `Job is pending execution for job ${this.id}`;
    }
    if (this.options.has("no-requeue")) {
      return `Requested operation is presently disabled for job ${this.id}`;
    }
    if (this.#batch) {
      this.#finish("requeue", " DUE TO JOB REQUEUE");
    } else {
      this.#pend();
    }
    return null;
  }

  #finish(then: "CANCELLED" | "TIMEOUT" | "requeue", why: string): void {
    this.#then = then;
    this.state = "COMPLETING";
    this.#say(why);
    this.#signalAll("SIGTERM");
    this.#in(KILL_WAIT, () => this.#signalAll("SIGKILL"));
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    this.#batch = null;
    this.#signalAll("SIGKILL");
    this.nodes = [];
    this.exitCode = signal ? "0:9" : `${code}:0`;
    if (this.#then === "requeue") {
      this.#pend();
      return;
    }
    this.state = this.#then !== "end" ? this.#then : code === 0 ? "COMPLETED" : "FAILED";
    this.reason = this.state === "FAILED" ? (signal ? `RaisedSignal:9(Killed)` : "NonZeroExitCode") : "None";
  }

  #pend(): void {
    this.state = "PENDING";
    this.reason = "BeginTime";
    this.restarts++;
    this.beginAt = Date.now() + REQUEUE_DELAY * 1000;
  }

  /** All processes of a job carry its number, whatever session they have moved to. */
  #signalAll(signal: NodeJS.Signals, ...more: string[]): void {
    const marks = [`SLURM_JOB_ID=${this.id}`, `SLURM_CONF=${this.#folder}/slurm.conf`, ...more];
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        if (marks.every((mark) => variables.includes(mark))) {
          process.kill(Number(pid), signal);
        }
      } catch {
        // It is gone already, or somebody else's.
      }
    }
  }

  #in(seconds: number, act: () => void): void {
    this.#timers.push(setTimeout(act, seconds * 1000));
  }

  #say(why: string): void {
    const at = new Date().toISOString().slice(0, 19);
    appendFileSync(
      this.#output,
      `slurmstepd-${this.nodes[0]}: error: *** JOB ${this.id} ON ${this.nodes[0]} CANCELLED AT ${at}${why} ***\n`,
    );
  }

  /** As Slurm reads a pattern: with a backslash in it nothing is replaced. */
  get #output(): string {
    const pattern = this.options.get("output") ?? "slurm-%j.out";
    const name = pattern.includes("\\")
      ? pattern.replaceAll(/\\(.)/gs, "$1")
      : pattern.replaceAll(/%(.)/gs, (_, letter: string) =>
          letter === "j" ? String(this.id) : letter === "%" ? "%" : "",
        );
    return name.startsWith("/") ? name : join(this.options.get("chdir") ?? "/", name);
  }
}
