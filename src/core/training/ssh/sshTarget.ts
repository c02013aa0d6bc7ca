import type { Clock } from "../../clock.ts";
import { LionError } from "../../errors.ts";
import type { TargetConfig } from "../../project/schema.ts";
import { chooseGpus } from "../host/gpus.ts";
import type { JobDirectory, JobManifest } from "../jobDirectory.ts";
import { RemoteFolder } from "../remote/remoteFolder.ts";
import { RemoteJobs } from "../remote/remoteJobs.ts";
import { runScript, setupLines } from "../runScript.ts";
import type { Forward, JobStatus, TakenOver, Target, TargetPython } from "../target.ts";
import type { Transport } from "../transport.ts";
import { type GroupNode, meetingPort, NODE_BEFORE, NodeGroup, nodeArgv, STANDALONE } from "./nodeGroup.ts";

export type SshTargetConfig = Extract<TargetConfig, { kind: "ssh" }>;

export interface SshTargetOptions {
  /** Its name in lion.json. */
  readonly name: string;
  readonly config: SshTargetConfig;
  readonly clock: Clock;
  /** The way to a host as lion.json names it. */
  readonly reach: (host: string) => Transport;
  /** Makes Python and the trainer's package ready in the target's folder on its host. */
  readonly python: (
    transport: Transport,
    folder: string,
    tell: ((text: string) => void) | undefined,
    signal: AbortSignal | undefined,
  ) => Promise<TargetPython>;
  readonly graceMs?: number;
  readonly pollMs?: number;
}

const POLL_MS = 2000;
const CANCEL_POLL_MS = 500;
const GRACE_MS = 90_000;

/** Jobs on a host that ssh reaches, or on several that share a folder. They go on whatever becomes of the connection. */
export class SshTarget implements Target {
  readonly kind = "ssh";
  readonly name: string;
  readonly pollMs: number;
  readonly #config: SshTargetConfig;
  readonly #clock: Clock;
  readonly #makePython: SshTargetOptions["python"];
  readonly #graceMs: number;
  /** The host itself first. */
  readonly #nodes: readonly [GroupNode, ...GroupNode[]];
  readonly #group: NodeGroup;
  #python: Promise<TargetPython> | null = null;

  constructor(options: SshTargetOptions) {
    const { name, config, clock, reach } = options;
    this.name = name;
    this.pollMs = options.pollMs ?? POLL_MS;
    this.#config = config;
    this.#clock = clock;
    this.#makePython = options.python;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    const node = (host: string): GroupNode => {
      const folder = new RemoteFolder(reach(host), config.folder);
      return { folder, jobs: new RemoteJobs({ folder, target: name, clock, graceMs: this.#graceMs }) };
    };
    this.#nodes = [node(config.host), ...config.nodes.map(node)];
    this.#group = new NodeGroup(this.#nodes);
  }

  python(tell?: (text: string) => void, signal?: AbortSignal): Promise<TargetPython> {
    this.#python ??= this.#folder
      .root()
      .then((root) => this.#makePython(this.#folder.transport, root, tell, signal))
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
    const isGroup = this.#isGroup(manifest);
    if (isGroup) {
      await this.#group.checkShared();
    }
    const scripts = isGroup ? await this.#nodeScripts(manifest) : { "run.sh": await this.#script(manifest) };
    const state = await this.#jobs.upload(job, scripts);
    if (from && state === "uploaded") {
      await this.#jobs.takeOver(from, job);
    }
    await this.#jobs.notePlace(job);
    if (state === "started") {
      return "already";
    }
    return isGroup ? this.#group.start(job) : this.#jobs.start(job);
  }

  async look(job: JobDirectory): Promise<JobStatus> {
    return this.#isGroup(job.manifest()) ? this.#group.look(job) : this.#jobs.look(job);
  }

  async cancel(job: JobDirectory): Promise<void> {
    if (!this.#isGroup(job.manifest())) {
      await this.#jobs.cancel(job);
      return;
    }
    if ((await this.look(job)).state === "running") {
      await this.#group.askToEnd(job);
      const deadline = this.#clock.now() + this.#graceMs;
      while ((await this.look(job)).state === "running" && this.#clock.now() < deadline) {
        await this.#clock.sleep(CANCEL_POLL_MS);
      }
    }
    await this.endRemains(job);
  }

  async endRemains(job: JobDirectory): Promise<void> {
    await (this.#isGroup(job.manifest()) ? this.#group : this.#jobs).endRemains(job);
  }

  pathOf(job: JobDirectory, file: string): Promise<string> {
    return this.#jobs.pathOf(job, file);
  }

  place(path: string, tell?: (text: string) => void, signal?: AbortSignal): Promise<string> {
    return this.#folder.place(path, tell, signal);
  }

  hashOf(path: string): Promise<string | null> {
    return this.#folder.hashOf(path);
  }

  async fetch(
    job: JobDirectory,
    names: readonly string[],
    onProgress?: (bytes: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#jobs.fetch(job, names, { onProgress, signal });
  }

  async copy(
    path: string,
    names: readonly string[] | null,
    into: string,
    onProgress?: (bytes: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#folder.copy(path, names, into, { onProgress, signal });
  }

  async remove(job: JobDirectory, names: readonly string[]): Promise<void> {
    await this.#jobs.remove(job, names);
  }

  forward(port: number): Promise<Forward> {
    return this.#folder.transport.forward(port);
  }

  get #folder(): RemoteFolder {
    return this.#nodes[0].folder;
  }

  get #jobs(): RemoteJobs {
    return this.#nodes[0].jobs;
  }

  /** Only what torchrun starts on one host can be spread over several. */
  #isGroup(manifest: JobManifest | null): boolean {
    return this.#nodes.length > 1 && manifest?.argv.includes(STANDALONE) === true;
  }

  async #script(manifest: JobManifest): Promise<string> {
    return runScript(manifest.id, manifest, await this.#before(manifest));
  }

  async #nodeScripts(manifest: JobManifest): Promise<Record<string, string>> {
    const before = `${await this.#before(manifest)}${NODE_BEFORE}`;
    const endpoint = this.#config.rendezvous ?? `${await this.#firstName()}:${meetingPort(manifest.id)}`;
    const scripts = this.#nodes.map((_, rank) => {
      const argv = nodeArgv(manifest.argv, rank, this.#nodes.length, manifest.id, endpoint);
      return [`nodes/${rank}/run.sh`, runScript(manifest.id, { ...manifest, argv }, before)] as const;
    });
    return Object.fromEntries(scripts);
  }

  async #firstName(): Promise<string> {
    return (await this.#folder.must("uname -n", [], "The host's name cannot be read")).stdout.toString().trim();
  }

  /** The target's own lines and the choice of GPUs, in the process that becomes the command. */
  async #before(manifest: JobManifest): Promise<string> {
    const { setup, gpus, waitForGpus } = this.#config;
    const processes = Number(manifest.argv.find((word) => /^--nproc_per_node=\d+$/.test(word))?.split("=")[1] ?? 1);
    const choice = chooseGpus({ gpus, processes, wait: waitForGpus, folder: await this.#folder.root() });
    return `${setupLines(setup)}${choice}`;
  }
}
