import { writeFileSync } from "node:fs";
import type { Clock } from "../../clock.ts";
import { LionError } from "../../errors.ts";
import type { TargetConfig } from "../../project/schema.ts";
import type { JobDirectory, JobManifest } from "../jobDirectory.ts";
import { Mirror } from "../remote/mirror.ts";
import { RemoteFolder } from "../remote/remoteFolder.ts";
import { RemoteJobs } from "../remote/remoteJobs.ts";
import { RemoteTarget } from "../remote/remoteTarget.ts";
import { runScript, setupLines } from "../runScript.ts";
import type { Forward, JobStatus, TargetPython } from "../target.ts";
import type { Transport } from "../transport.ts";
import { batchScript, beforeOn } from "./batchScript.ts";
import { sbatchOptions } from "./sbatchOptions.ts";
import { SLURM_FILE, type SlurmRecord, slurmRecord } from "./slurmEnd.ts";
import { ASK_TO_END, END, SETTLE, STATE, SUBMIT } from "./slurmScripts.ts";

export type SlurmTargetConfig = Extract<TargetConfig, { kind: "slurm" }>;

export interface SlurmTargetOptions {
  /** Its name in lion.json. */
  readonly name: string;
  readonly config: SlurmTargetConfig;
  readonly clock: Clock;
  /** The way to the login node. */
  readonly transport: Transport;
  /** Makes Python and the trainer's package ready in the target's folder. */
  readonly python: (
    folder: string,
    tell: ((text: string) => void) | undefined,
    signal: AbortSignal | undefined,
  ) => Promise<TargetPython>;
  /** Milliseconds between a polite request to end and force. */
  readonly graceMs?: number;
  readonly pollMs?: number;
  /** Milliseconds between two questions to Slurm about a job that waits or runs. */
  readonly askMs?: number;
  /** Milliseconds in which files may still come to light on a shared disk after a job's end. */
  readonly settleMs?: number;
}

const POLL_MS = 5000;
/** Administrators ask not to be asked too often. */
const ASK_MS = 20_000;
const CANCEL_POLL_MS = 1000;
const GRACE_MS = 90_000;
const SETTLE_MS = 60_000;
const SUBMIT_MS = 120_000;

const WAITING = [
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_HOLD",
  "REQUEUE_FED",
  "RESV_DEL_HOLD",
  "SPECIAL_EXIT",
  "SUSPENDED",
];
const RUNNING = ["RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "RESIZING", "STOPPED"];

/** Jobs on a cluster that Slurm shares out, in a folder that its nodes and the login node share. */
export class SlurmTarget extends RemoteTarget {
  readonly kind = "slurm";
  readonly #options: SlurmTargetOptions;
  readonly #clock: Clock;
  /** When Slurm was asked last about a job, and since when it has been over without having left a code. */
  readonly #asked = new Map<string, { readonly at: number; readonly status: JobStatus }>();
  readonly #overSince = new Map<string, number>();

  constructor(options: SlurmTargetOptions) {
    const { name, config, clock, transport } = options;
    const folder = new RemoteFolder(transport, config.folder);
    super({
      ...{ name, folder, pollMs: options.pollMs ?? POLL_MS, makePython: options.python },
      jobs: new RemoteJobs({ folder, target: name, clock }),
    });
    this.#options = options;
    this.#clock = clock;
  }

  protected override async scripts(job: JobDirectory, manifest: JobManifest): Promise<Record<string, string>> {
    const before = `${setupLines(this.#options.config.setup)}${beforeOn(this.#nodesFor(manifest))}`;
    return {
      "attempt/run.sh": runScript(manifest.id, manifest, before),
      "batch.sh": batchScript(await this.jobs.pathOf(job)),
    };
  }

  async look(job: JobDirectory): Promise<JobStatus> {
    const status = await this.jobs.look(job);
    if (status.state === "exited" || new Mirror(job).place() === null) {
      return status;
    }
    const asked = this.#asked.get(job.id);
    if (asked && this.#clock.now() - asked.at < (this.#options.askMs ?? ASK_MS)) {
      return asked.status;
    }
    const record = await this.#ask(job);
    const found = await this.#statusBy(job, record);
    if (found.state === "running" || found.state === "waiting") {
      this.#asked.set(job.id, { at: this.#clock.now(), status: found });
    }
    return found;
  }

  async cancel(job: JobDirectory): Promise<void> {
    const { state } = await this.#lookAnew(job);
    if (state === "running" || state === "waiting" || state === "prepared") {
      writeFileSync(job.file("cancelled"), "");
      await this.#must(ASK_TO_END, job, "could not be told to end");
      const deadline = this.#clock.now() + (this.#options.graceMs ?? GRACE_MS);
      while ((await this.#lookAnew(job)).state === "running" && this.#clock.now() < deadline) {
        await this.#clock.sleep(Math.min(CANCEL_POLL_MS, this.pollMs));
      }
    }
    await this.endRemains(job);
    await this.#lookAnew(job);
  }

  /** Slurm ends every process of a job with it. */
  async endRemains(job: JobDirectory): Promise<void> {
    if (new Mirror(job).place() !== null) {
      await this.#must(END, job, "could not be ended in Slurm");
    }
  }

  /** A job of Slurm's runs on a node that ssh does not forward to. */
  async forward(): Promise<Forward> {
    throw new LionError(
      "environment",
      `A student cannot be chatted with through Slurm ("${this.name}"): fetch the checkpoint, or name a target of kind ssh or local.`,
    );
  }

  /** Only what torchrun starts on one node can be spread over several; answering and a command of one's own know better. */
  #nodesFor(manifest: JobManifest): number {
    return manifest.kind === "train" && manifest.argv.includes("--standalone") ? this.#options.config.nodes : 1;
  }

  protected override async start(job: JobDirectory, manifest: JobManifest): Promise<"started" | "already"> {
    const { transport, config } = this.#options;
    const directory = await this.jobs.pathOf(job);
    const options = sbatchOptions(config, { id: job.id, directory, nodes: this.#nodesFor(manifest) });
    const { code, stdout, stderr } = await transport.run(SUBMIT, {
      args: [directory, `lion-${job.id}`, ...options],
      timeoutMs: SUBMIT_MS,
    });
    const says =
      stderr
        .trim()
        .split("\n")
        .at(-1)
        ?.replace(/^(sbatch|squeue): (error: )?/, "") || `code ${code}`;
    switch (code) {
      case 0:
        return stdout.toString().trim() === "started" ? "started" : "already";
      case 9:
        throw new LionError(
          "input",
          `Slurm on ${transport.label} refuses the job (${says}): correct \`sbatch\` of the target "${this.name}" in lion.json.`,
        );
      case 8:
        throw new LionError(
          "environment",
          `Slurm on ${transport.label} does not answer (${says}): is it a login node of the cluster? Nothing was submitted; try again.`,
        );
      default:
        throw new LionError(
          "environment",
          `The job ${job.id} could not be handed to Slurm on ${transport.label} (${says}): check that the target's folder may be written.`,
        );
    }
  }

  async #lookAnew(job: JobDirectory): Promise<JobStatus> {
    this.#asked.delete(job.id);
    return this.look(job);
  }

  async #ask(job: JobDirectory): Promise<SlurmRecord> {
    const { stdout } = await this.#must(STATE, job, "could not be asked for");
    const [id = "", state = "", reason = ""] = stdout.toString().split("\n");
    const record = { id, state, reason };
    if (state !== "unknown" && state !== "none" && JSON.stringify(slurmRecord(job)) !== JSON.stringify(record)) {
      new Mirror(job).replace(SLURM_FILE, `${JSON.stringify(record)}\n`);
    }
    return record;
  }

  async #statusBy(job: JobDirectory, { state, reason }: SlurmRecord): Promise<JobStatus> {
    if (state === "none") {
      return { state: "prepared" };
    }
    if (state === "unknown") {
      return this.#asked.get(job.id)?.status ?? { state: "waiting", reason: "Slurm does not answer" };
    }
    if (WAITING.includes(state) || RUNNING.includes(state)) {
      this.#overSince.delete(job.id);
      const word = reason === "" || reason === "None" ? state : reason;
      return RUNNING.includes(state) ? { state: "running" } : { state: "waiting", reason: word };
    }
    // It is over for Slurm. What it has left may come to light later than that, on a disk that is shared.
    await this.#must(SETTLE, job, "could not be looked at", state);
    const status = await this.jobs.look(job);
    const since = this.#overSince.get(job.id) ?? this.#clock.now();
    this.#overSince.set(job.id, since);
    const isLate = this.#clock.now() - since >= (this.#options.settleMs ?? SETTLE_MS);
    return status.state === "exited" ? status : { state: isLate ? "lost" : "running" };
  }

  async #must(script: string, job: JobDirectory, what: string, ...more: string[]) {
    return this.folder.must(script, [await this.jobs.pathOf(job), ...more], `The job ${job.id} ${what}`);
  }
}
