import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { LionError } from "../../errors.ts";
import type { JobDirectory } from "../jobDirectory.ts";
import type { JobStatus, TakenOver } from "../target.ts";
import type { FetchOptions } from "./fetching.ts";
import { type Frame, readFrames } from "./frames.ts";
import type { Parcel } from "./inputs.ts";
import { Mirror } from "./mirror.ts";
import { parcelOf } from "./parcels.ts";
import type { RemoteFolder } from "./remoteFolder.ts";
import { ASK_TO_END, END_REMAINS, LINK, LOOK, REMOVE, START, TAKE_OVER } from "./scripts.ts";
import { checkName } from "./shellTransport.ts";

export interface RemoteJobsOptions {
  readonly folder: RemoteFolder;
  /** The target's name in lion.json. */
  readonly target: string;
  readonly clock: Clock;
  /** Milliseconds between a polite request to end and force. */
  readonly graceMs?: number;
}

const GRACE_MS = 90_000;
const CANCEL_POLL_MS = 500;
/** At most so much of a file comes in one look; more comes in further ones. */
const SLICE_BYTES = 4 << 20;
/** Files of a job that are written where it runs, or for it. */
const WRITTEN_THERE = /^(run\.sh|log|metrics\.jsonl|state\.json|rc|pid|cpid|gpus|cancelled|place\.json|.*\.tmp)$/;
const GROWING = ["log", "metrics.jsonl"] as const;

/**
 * The directories of jobs that run elsewhere, with their mirrors here: sends them, brings back what they write, and ends
 * them. How a job is started is up to the target; `start` starts its supervisor on the host itself.
 */
export class RemoteJobs {
  readonly #folder: RemoteFolder;
  readonly #target: string;
  readonly #clock: Clock;
  readonly #graceMs: number;

  constructor(options: RemoteJobsOptions) {
    this.#folder = options.folder;
    this.#target = options.target;
    this.#clock = options.clock;
    this.#graceMs = options.graceMs ?? GRACE_MS;
  }

  /** A job's directory there, or a file in it: where it was noted to be, or will be. */
  async pathOf(job: JobDirectory, file?: string): Promise<string> {
    const directory = new Mirror(job).place()?.path ?? (await this.#newPath(job));
    return file === undefined ? directory : `${directory}/${file}`;
  }

  async #newPath(job: JobDirectory): Promise<string> {
    // More than one name would lead elsewhere.
    if (!/^\w[\w.-]*$/.test(job.id)) {
      throw new RangeError(`"${job.id}" is no id of a job.`);
    }
    return `${await this.#folder.root()}/jobs/${job.id}`;
  }

  /**
   * Sends a prepared job: its inputs by their content, then the directory, whole or not at all.
   *
   * @param scripts what is started there, by its name in the directory: `run.sh` of the target's own making.
   * @returns `started` when it has begun before, by whomever; nothing was sent then.
   */
  async upload(job: JobDirectory, scripts: Readonly<Record<string, string>>): Promise<"uploaded" | "started"> {
    const root = await this.#folder.root();
    const directory = await this.pathOf(job);
    const inputs = await this.#inputsOf(job);
    const state = await (await this.#folder.inputs()).send(
      inputs.map(({ parcel }) => parcel),
      directory,
    );
    if (state === "started") {
      return "started";
    }
    await this.#send(job, directory, scripts);
    const names = inputs.flatMap(({ parcel, name }) => [parcel.hash, parcel.files[0]?.name ?? "", name]);
    const what = `The inputs of the job ${job.id} could not be put in place`;
    await this.#folder.must(LINK, [root, directory, ...names], what, 0);
    return "uploaded";
  }

  /** Moves what an uploaded job goes on from out of an earlier one's `out/` there; what it has already is left. */
  async takeOver({ job, names }: TakenOver, next: JobDirectory): Promise<void> {
    const args = [await this.pathOf(job), await this.pathOf(next), ...names];
    await this.#folder.must(TAKE_OVER, args, `What the job ${job.id} has left could not be taken over`, 0);
  }

  /** Notes here where the job is: from now on looks go there. */
  async notePlace(job: JobDirectory, path?: string): Promise<void> {
    const mirror = new Mirror(job);
    if (mirror.place() === null) {
      const { label: host } = this.#folder.transport;
      mirror.setPlace({ target: this.#target, host, path: path ?? (await this.pathOf(job)), gpus: [] });
    }
  }

  /** Starts an uploaded job's supervisor on the host, once. */
  async start(job: JobDirectory): Promise<"started" | "already"> {
    const args = [await this.pathOf(job)];
    const { stdout } = await this.#folder.must(START, args, `The job ${job.id} could not be started`);
    return stdout.toString().trim() === "already" ? "already" : "started";
  }

  /**
   * How a job's directory stands, and brings the mirror up to date. In one round trip, unless much has come since; what
   * does not arrive whole is not used.
   */
  async look(job: JobDirectory): Promise<JobStatus> {
    const code = job.exitCode();
    if (code !== null) {
      // It was written last, when all else was here.
      return { state: "exited", code };
    }
    const mirror = new Mirror(job);
    const place = mirror.place();
    if (place === null) {
      return { state: "prepared" };
    }
    for (;;) {
      const offsets = GROWING.map((name) => mirror.size(name));
      const frames = await this.#frames(place.path, offsets);
      if (frames.has("gone")) {
        return { state: "lost" };
      }
      GROWING.forEach((name, index) => {
        mirror.grow(name, offsets[index] ?? 0, frames.get(name)?.bytes ?? Buffer.alloc(0));
      });
      if (GROWING.some((name) => (frames.get(name)?.rest ?? 0) > 0)) {
        continue;
      }
      const text = (name: string): string => frames.get(name)?.bytes.toString() ?? "";
      const gpus = text("gpus")
        .split("\n")
        .map((line) => line.split(" ", 1)[0] ?? "");
      mirror.setPlace({ ...place, gpus: gpus.filter((gpu) => gpu !== "") });
      if (text("state.json") !== "" && text("state.json") !== job.text("state.json")) {
        mirror.replace("state.json", text("state.json"));
      }
      if (frames.has("cancelled") && !job.cancelled) {
        mirror.replace("cancelled", "");
      }
      if (/^\d+$/.test(text("rc"))) {
        mirror.replace("rc", `${text("rc")}\n`);
        return { state: "exited", code: Number(text("rc")) };
      }
      const state = { alive: "running", dead: "lost", none: "prepared" } as const;
      return { state: state[text("process") as keyof typeof state] };
    }
  }

  /** Asks a job to end, waits for it, and kills what is left of it. */
  async cancel(job: JobDirectory): Promise<void> {
    if (["running", "prepared"].includes((await this.look(job)).state)) {
      await this.askToEnd(job);
      const deadline = this.#clock.now() + this.#graceMs;
      while ((await this.look(job)).state === "running" && this.#clock.now() < deadline) {
        await this.#clock.sleep(CANCEL_POLL_MS);
      }
    }
    await this.endRemains(job);
  }

  /** Marks a job as cancelled, here and there, and sends its supervisor TERM. */
  async askToEnd(job: JobDirectory): Promise<void> {
    writeFileSync(job.file("cancelled"), "");
    await this.#folder.must(ASK_TO_END, [await this.pathOf(job)], `The job ${job.id} could not be told to end`);
  }

  /** Kills what a job has left running there, whatever session it has moved to. */
  async endRemains(job: JobDirectory): Promise<void> {
    if (new Mirror(job).place() !== null) {
      const what = `What the job ${job.id} has left running could not be ended`;
      await this.#folder.must(END_REMAINS, [await this.pathOf(job), job.id], what);
    }
  }

  /** As `Target.fetch`. */
  async fetch(job: JobDirectory, names: readonly string[], options: FetchOptions = {}): Promise<void> {
    await this.#folder.copy(await this.pathOf(job, "out"), names, job.file("out"), options);
  }

  /** As `Target.remove`. */
  async remove(job: JobDirectory, names: readonly string[]): Promise<void> {
    names.forEach(checkName);
    const args = [await this.pathOf(job, "out"), ...names];
    await this.#folder.must(REMOVE, args, `Files of the job ${job.id} could not be removed`, 0);
  }

  async #send(job: JobDirectory, directory: string, scripts: Readonly<Record<string, string>>): Promise<void> {
    const made = mkdtempSync(join(tmpdir(), "lion-job-"));
    try {
      const files = Object.entries(scripts).map(([as, text], index) => {
        const path = join(made, String(index));
        writeFileSync(path, text);
        return { path, as };
      });
      const own = readdirSync(job.path)
        .filter((name) => statSync(job.file(name)).isFile() && !WRITTEN_THERE.test(name))
        .map((name) => ({ path: job.file(name), as: name }));
      await this.#folder.transport.put(directory, [...own, ...files], { whole: true });
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  }

  async #inputsOf(job: JobDirectory): Promise<Array<{ parcel: Parcel; name: string }>> {
    const inputs: Array<{ parcel: Parcel; name: string }> = [];
    for (const name of filesBelow(job.file("in"))) {
      const parcel = await parcelOf(job.file(`in/${name}`), this.#folder.hashes.of);
      if (parcel) {
        inputs.push({ parcel, name: `in/${name}` });
      }
    }
    return inputs;
  }

  async #frames(directory: string, offsets: readonly number[]): Promise<Map<string, Frame>> {
    const args = [directory, ...offsets.map(String), String(SLICE_BYTES)];
    const { stdout } = await this.#folder.must(LOOK, args, `${directory} cannot be read`);
    const frames = readFrames(stdout);
    if (frames === null) {
      throw new LionError(
        "environment",
        `What ${this.#folder.transport.label} said about ${directory} came torn: try again.`,
      );
    }
    return frames;
  }
}

function filesBelow(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  return entries.filter((name) => statSync(join(folder, name)).isFile()).map((name) => name.replaceAll("\\", "/"));
}
