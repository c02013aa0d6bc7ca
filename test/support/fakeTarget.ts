import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { LionError } from "../../src/core/errors.ts";
import type { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { JobDirectory as Directory } from "../../src/core/training/jobDirectory.ts";
import type { LocalTarget } from "../../src/core/training/localTarget.ts";
import { pathHash } from "../../src/core/training/pathHash.ts";
import { SshProblem } from "../../src/core/training/ssh/sshProblem.ts";
import type { Forward, JobStatus, TakenOver, Target, TargetPython } from "../../src/core/training/target.ts";

/** The error of a host that cannot be reached for a while. */
export function connectionLost(): LionError {
  return new LionError("environment", "gpu cannot be reached (the connection broke): check the network.", {
    cause: new SshProblem("broken", "gpu", "client_loop: send disconnect: Broken pipe"),
  });
}

/**
 * A target that pretends to be another machine: a folder of its own, in which jobs really run. What is here is not there
 * until it is sent, and what is there is not here until it is fetched. `~` at the beginning of a path is that folder.
 */
export class FakeTarget implements Target {
  readonly kind = "ssh";
  readonly pollMs = 10;
  readonly name: string;
  /** The root of the other machine. */
  readonly host: string;
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  #losses = { count: 0, of: "" };
  readonly #local: LocalTarget;

  /** @param local runs the processes; its Python is the other machine's. */
  constructor(name: string, host: string, local: LocalTarget) {
    this.name = name;
    this.host = host;
    this.#local = local;
    mkdirSync(host, { recursive: true });
  }

  /** Lets the next calls find no connection; with `of` only calls that begin so. */
  lose(count: number, of = ""): void {
    this.#losses = { count, of };
  }

  get lossesToCome(): number {
    return this.#losses.count;
  }

  /** The job's directory on the other machine. */
  there(job: Pick<JobDirectory, "id">): JobDirectory {
    return new Directory(join(this.host, "jobs", job.id));
  }

  async python(): Promise<TargetPython> {
    this.#call("python");
    return this.#local.python();
  }

  async submit(job: JobDirectory, from?: TakenOver): Promise<"started" | "already"> {
    this.#call(`submit ${job.id}`);
    const there = this.there(job);
    if (!existsSync(there.path)) {
      there.create();
      for (const name of ["in", "job.json", "run.sh"]) {
        cpSync(job.file(name), there.file(name), { recursive: true });
      }
    }
    return this.#local.submit(there, from && { job: this.there(from.job), names: from.names });
  }

  async look(job: JobDirectory): Promise<JobStatus> {
    this.#call("look");
    const there = this.there(job);
    const status = await this.#local.look(there);
    for (const name of ["log", "metrics.jsonl"]) {
      appendFileSync(job.file(name), there.bytes(name, job.bytes(name, 0, 1 << 24).length, 1 << 24));
    }
    for (const name of ["state.json", "cancelled", "rc"].filter((file) => existsSync(there.file(file)))) {
      // Read and written, not copied: Node.js copies a file that shrinks meanwhile for ever.
      writeFileSync(job.file(name), readFileSync(there.file(name)));
    }
    return status;
  }

  async cancel(job: JobDirectory): Promise<void> {
    this.#call("cancel");
    writeFileSync(job.file("cancelled"), "");
    await this.#local.cancel(this.there(job));
  }

  async endRemains(job: JobDirectory): Promise<void> {
    this.#call("endRemains");
    await this.#local.endRemains(this.there(job));
  }

  async pathOf(job: JobDirectory, file: string): Promise<string> {
    return this.there(job).file(file);
  }

  async place(path: string): Promise<string> {
    this.#call(`place ${basename(path)}`);
    if (existsSync(path) && !path.startsWith(this.host)) {
      const sent = join(this.host, "in", (await pathHash(path)) as string, basename(path));
      cpSync(path, sent, { recursive: true });
      return sent;
    }
    const there = this.#expanded(path);
    if (!existsSync(there)) {
      throw new LionError("input", `There is no ${path} on "${this.name}": correct its path in lion.json.`);
    }
    return there;
  }

  async hashOf(path: string): Promise<string | null> {
    this.#call("hashOf");
    return pathHash(this.#expanded(path));
  }

  async fetch(
    job: JobDirectory,
    names: readonly string[],
    onProgress?: (bytes: number, total: number) => void,
  ): Promise<void> {
    this.#call("fetch");
    await this.#bring(this.there(job).file("out"), names, job.file("out"));
    onProgress?.(1, 1);
  }

  async copy(path: string, names: readonly string[] | null, into: string): Promise<void> {
    this.#call("copy");
    const from = this.#expanded(path);
    await this.#bring(from, names ?? readdirSync(from), into);
  }

  async remove(job: JobDirectory, names: readonly string[]): Promise<void> {
    this.#call(`remove ${names.join(" ")}`);
    for (const name of names) {
      rmSync(this.there(job).file(`out/${name}`), { recursive: true, force: true });
    }
  }

  async forward(port: number): Promise<Forward> {
    return { port, close: async () => {} };
  }

  #call(what: string): void {
    this.calls.push(what);
    if (this.#losses.count > 0 && what.startsWith(this.#losses.of)) {
      this.#losses.count--;
      throw connectionLost();
    }
  }

  #expanded(path: string): string {
    return path.startsWith("~") ? `${this.host}${path.slice(1)}` : path;
  }

  async #bring(from: string, names: readonly string[], into: string): Promise<void> {
    for (const name of names.filter((one) => existsSync(join(from, one)))) {
      cpSync(join(from, name), join(into, name), { recursive: true });
    }
  }
}
