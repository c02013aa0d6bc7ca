import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { runScript } from "./runScript.ts";

/** What a job runs. Relative paths in `argv` are relative to the job directory, its working directory. */
export interface JobCommand {
  readonly argv: readonly string[];
  /** Variables set on top of the target's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** The command's own shell lines before it, beside those that its target runs before each job. */
  readonly setup?: string;
  /** How many of its processes want a GPU each; one when left out. */
  readonly processes?: number;
}

/** The content of `job.json`: written once, before the job starts. */
export interface JobManifest extends JobCommand {
  readonly id: string;
  readonly kind: "train" | "generate" | "serve";
  readonly iteration: number;
  readonly purpose: string;
  /** Equal for jobs that do the same work, so that a running one is attached to instead of starting another. */
  readonly fingerprint: string;
  /** The job whose files this one goes on from; null or absent when it begins from nothing. */
  readonly previous?: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whatever whoever made the job needs to collect it later. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** A process with its start time in the kernel's own count ("" where the system does not tell). */
export interface ProcessMark {
  readonly pid: number;
  readonly start: string;
}

/** One job's directory and the files in it. The process behind it is the target's business. */
export class JobDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get id(): string {
    return basename(this.path);
  }

  /** The path of a file in the directory, for example `in/train.jsonl`. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Makes the directory with its `in` and `out`. */
  create(): void {
    mkdirSync(this.file("in"), { recursive: true });
    mkdirSync(this.file("out"), { recursive: true });
  }

  /** Writes `run.sh` and then, as the last file before the start, `job.json`. A target with lines of its own writes `run.sh` again. */
  seal(manifest: JobManifest): void {
    this.writeScript(manifest);
    writeFileSync(this.file("job.json.tmp"), `${JSON.stringify(manifest, null, 2)}\n`);
    renameSync(this.file("job.json.tmp"), this.file("job.json"));
  }

  /** Writes `run.sh`, with the shell lines that a target runs before the command. */
  writeScript(manifest: JobManifest, before = ""): void {
    writeFileSync(this.file("run.sh"), runScript(manifest.id, manifest, before));
  }

  /** The manifest, or null when the directory is gone or was never finished. */
  manifest(): JobManifest | null {
    const text = this.text("job.json");
    return text === null ? null : (JSON.parse(text) as JobManifest);
  }

  /** The exit code once the job has ended; null before, and for a job whose supervisor died. */
  exitCode(): number | null {
    const text = this.text("rc");
    return text === null ? null : Number.parseInt(text, 10);
  }

  /** The supervisor (`pid`) or the process it watches (`cpid`); null while it has not started. */
  process(name: "pid" | "cpid"): ProcessMark | null {
    const [pid, start = ""] = this.text(name)?.trim().split(" ") ?? [];
    return pid ? { pid: Number.parseInt(pid, 10), start } : null;
  }

  /** Whether somebody asked for this job's end. */
  get cancelled(): boolean {
    return existsSync(this.file("cancelled"));
  }

  /** A file's text, or null when it is not there. */
  text(name: string): string | null {
    try {
      return readFileSync(this.file(name), "utf8");
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) {
        return null;
      }
      throw error;
    }
  }

  /** The bytes of a file from an offset on, at most `limit` of them; none when the file is shorter or not there. */
  bytes(name: string, offset: number, limit = 1 << 20): Buffer {
    const path = this.file(name);
    const available = existsSync(path) ? statSync(path).size - offset : 0;
    if (available <= 0) {
      return Buffer.alloc(0);
    }
    const buffer = Buffer.alloc(Math.min(available, limit));
    const descriptor = openSync(path, "r");
    try {
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
    } finally {
      closeSync(descriptor);
    }
  }

  /** The last part of a text file, for looking for the reason of a failure. */
  tail(name: string, limit = 1 << 16): string {
    const path = this.file(name);
    const size = existsSync(path) ? statSync(path).size : 0;
    return this.bytes(name, Math.max(0, size - limit), limit).toString("utf8");
  }
}
