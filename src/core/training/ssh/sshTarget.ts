import type { Clock } from "../../clock.ts";
import type { TargetConfig } from "../../project/schema.ts";
import { chooseGpus } from "../host/gpus.ts";
import type { JobDirectory, JobManifest } from "../jobDirectory.ts";
import { RemoteFolder } from "../remote/remoteFolder.ts";
import { RemoteJobs } from "../remote/remoteJobs.ts";
import { RemoteTarget } from "../remote/remoteTarget.ts";
import { runScript, setupLines } from "../runScript.ts";
import type { Forward, JobStatus, TargetPython } from "../target.ts";
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
export class SshTarget extends RemoteTarget {
  readonly kind = "ssh";
  readonly #config: SshTargetConfig;
  readonly #clock: Clock;
  readonly #graceMs: number;
  /** The host itself first. */
  readonly #nodes: readonly [GroupNode, ...GroupNode[]];
  readonly #group: NodeGroup;

  constructor(options: SshTargetOptions) {
    const { name, config, clock, reach, graceMs = GRACE_MS } = options;
    const node = (host: string): GroupNode => {
      const folder = new RemoteFolder(reach(host), config.folder);
      return { folder, jobs: new RemoteJobs({ folder, target: name, clock, graceMs }) };
    };
    const first = node(config.host);
    super({
      ...{ name, ...first, pollMs: options.pollMs ?? POLL_MS },
      makePython: (folder, tell, signal) => options.python(first.folder.transport, folder, tell, signal),
    });
    this.#config = config;
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#nodes = [first, ...config.nodes.map(node)];
    this.#group = new NodeGroup(this.#nodes);
  }

  async look(job: JobDirectory): Promise<JobStatus> {
    return this.#isGroup(job.manifest()) ? this.#group.look(job) : this.jobs.look(job);
  }

  async cancel(job: JobDirectory): Promise<void> {
    if (!this.#isGroup(job.manifest())) {
      await this.jobs.cancel(job);
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
    await (this.#isGroup(job.manifest()) ? this.#group : this.jobs).endRemains(job);
  }

  forward(port: number): Promise<Forward> {
    return this.folder.transport.forward(port);
  }

  protected override async scripts(_job: JobDirectory, manifest: JobManifest): Promise<Record<string, string>> {
    if (!this.#isGroup(manifest)) {
      return { "run.sh": await this.#script(manifest) };
    }
    await this.#group.checkShared();
    return this.#nodeScripts(manifest);
  }

  protected override start(job: JobDirectory, manifest: JobManifest): Promise<"started" | "already"> {
    return this.#isGroup(manifest) ? this.#group.start(job) : this.jobs.start(job);
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
    return (await this.folder.must("uname -n", [], "The host's name cannot be read")).stdout.toString().trim();
  }

  /** The target's own lines and the choice of GPUs, in the process that becomes the command. */
  async #before(manifest: JobManifest): Promise<string> {
    const { setup, gpus, waitForGpus } = this.#config;
    const processes = Number(manifest.argv.find((word) => /^--nproc_per_node=\d+$/.test(word))?.split("=")[1] ?? 1);
    const choice = chooseGpus({ gpus, processes, wait: waitForGpus, folder: await this.folder.root() });
    return `${setupLines(setup)}${choice}`;
  }
}
