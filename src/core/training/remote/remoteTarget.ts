import { LionError } from "../../errors.ts";
import type { JobDirectory, JobManifest } from "../jobDirectory.ts";
import type { Forward, JobStatus, TakenOver, Target, TargetPython } from "../target.ts";
import type { RemoteFolder } from "./remoteFolder.ts";
import type { RemoteJobs } from "./remoteJobs.ts";

type FetchProgress = (bytes: number, total: number) => void;

/** What every target elsewhere is made of. */
interface RemoteParts {
  /** Its name in lion.json. */
  readonly name: string;
  readonly pollMs: number;
  readonly folder: RemoteFolder;
  readonly jobs: RemoteJobs;
  /** Makes Python and the trainer's package ready in the target's folder there. */
  readonly makePython: (
    folder: string,
    tell: ((text: string) => void) | undefined,
    signal: AbortSignal | undefined,
  ) => Promise<TargetPython>;
}

/** A folder elsewhere in which jobs run. How a job is started, looked at and ended is the business of each kind. */
export abstract class RemoteTarget implements Target {
  abstract readonly kind: Target["kind"];
  readonly name: string;
  readonly pollMs: number;
  protected readonly folder: RemoteFolder;
  protected readonly jobs: RemoteJobs;
  readonly #makePython: RemoteParts["makePython"];
  #python: Promise<TargetPython> | null = null;

  constructor(parts: RemoteParts) {
    this.name = parts.name;
    this.pollMs = parts.pollMs;
    this.folder = parts.folder;
    this.jobs = parts.jobs;
    this.#makePython = parts.makePython;
  }

  abstract look(job: JobDirectory): Promise<JobStatus>;
  abstract cancel(job: JobDirectory): Promise<void>;
  abstract endRemains(job: JobDirectory): Promise<void>;
  abstract forward(port: number): Promise<Forward>;

  /** The scripts of a job by their names in its directory. */
  protected abstract scripts(job: JobDirectory, manifest: JobManifest): Promise<Record<string, string>>;
  /** Starts a job whose files are there. */
  protected abstract start(job: JobDirectory, manifest: JobManifest): Promise<"started" | "already">;

  python(tell?: (text: string) => void, signal?: AbortSignal): Promise<TargetPython> {
    this.#python ??= this.folder
      .root()
      .then((root) => this.#makePython(root, tell, signal))
      .catch((error: unknown) => {
        this.#python = null;
        throw error;
      });
    return this.#python;
  }

  async submit(job: JobDirectory, from?: TakenOver): Promise<"started" | "already"> {
    const manifest = job.manifest();
    if (manifest === null) {
      throw new LionError("environment", `The job ${job.path} has no job.json, so it cannot be started.`);
    }
    const state = await this.jobs.upload(job, await this.scripts(job, manifest));
    if (from && state === "uploaded") {
      await this.jobs.takeOver(from, job);
    }
    await this.jobs.notePlace(job);
    return state === "started" ? "already" : this.start(job, manifest);
  }

  pathOf(job: JobDirectory, file: string): Promise<string> {
    return this.jobs.pathOf(job, file);
  }

  place(path: string, tell?: (text: string) => void, signal?: AbortSignal): Promise<string> {
    return this.folder.place(path, tell, signal);
  }

  hashOf(path: string): Promise<string | null> {
    return this.folder.hashOf(path);
  }

  async fetch(
    job: JobDirectory,
    names: readonly string[],
    onProgress?: FetchProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.jobs.fetch(job, names, { onProgress, signal });
  }

  async copy(
    path: string,
    names: readonly string[] | null,
    into: string,
    onProgress?: FetchProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.folder.copy(path, names, into, { onProgress, signal });
  }

  async remove(job: JobDirectory, names: readonly string[]): Promise<void> {
    await this.jobs.remove(job, names);
  }
}
