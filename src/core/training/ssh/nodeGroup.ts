import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { LionError } from "../../errors.ts";
import { JobDirectory } from "../jobDirectory.ts";
import { Mirror } from "../remote/mirror.ts";
import type { RemoteFolder } from "../remote/remoteFolder.ts";
import type { RemoteJobs } from "../remote/remoteJobs.ts";
import type { JobStatus } from "../target.ts";

/** torchrun's word for a training on one host, which several replace by how they find each other. */
export const STANDALONE = "--standalone";

/** One host of a training over several. */
export interface GroupNode {
  readonly folder: RemoteFolder;
  readonly jobs: RemoteJobs;
}

/** What one host of a job does: its own supervisor, log and exit code, in a directory below the job's. */
class NodeDirectory extends JobDirectory {
  readonly #job: JobDirectory;

  constructor(job: JobDirectory, rank: number) {
    super(job.file(`nodes/${rank}`));
    this.#job = job;
  }

  /** Its processes carry the id of the whole. */
  override get id(): string {
    return this.#job.id;
  }
}

const TAIL_BYTES = 1 << 16;
const LOOK_INTO_SHARED = `
n=0
while [ ! -e "$1" ]; do
  n=$((n + 1))
  [ "$n" -lt 6 ] || exit 9
  sleep 1
done
`;
/** Prints the number of the node whose exit code other than 0 was written first. */
const FIRST_FAILED = `
cd "$1/nodes" || exit 3
for file in $(ls -tr ./*/rc); do
  [ "$(cat "$file")" = 0 ] || { file=\${file%/rc}; echo "\${file##*/}"; exit 0; }
done
`;

/**
 * Shell lines for a node's own process: when another node fails or the job is cancelled, this one ends too, whether
 * anybody is looking or not. The watcher ends with the process that the command becomes.
 */
const FOLLOW_THE_OTHERS = `(
  while kill -0 $$ 2>/dev/null; do
    over=
    [ ! -e cancelled ] || over=yes
    for file in nodes/*/rc; do
      [ ! -e "$file" ] || [ "$(cat "$file")" = 0 ] || over=yes
    done
    [ -z "$over" ] || { kill -s TERM $$; break; }
    sleep 2
  done
) </dev/null >/dev/null 2>&1 &
`;

/** The arguments of one node: how they find each other stands in place of \`--standalone\`. */
export function nodeArgv(argv: readonly string[], rank: number, nodes: number, id: string, endpoint: string): string[] {
  const meeting = [
    ...[`--nnodes=${nodes}`, `--node_rank=${rank}`],
    ...["--rdzv-backend=c10d", `--rdzv-id=${id}`, `--rdzv-endpoint=${endpoint}`],
  ];
  return argv.flatMap((word) => (word === STANDALONE ? meeting : [word]));
}

/** Lines for a node's \`runScript\`, after those that have to run in its own directory. */
export const NODE_BEFORE = `cd ../.. || exit 1
${FOLLOW_THE_OTHERS}`;

/** The port of a meeting when none is given: jobs at the same time want different ones. */
export function meetingPort(id: string): number {
  return 29_400 + (createHash("sha256").update(id).digest().readUInt16BE(0) % 1000);
}

/** Several hosts that do one job together, in a folder that they share. */
export class NodeGroup {
  readonly #nodes: readonly GroupNode[];

  constructor(nodes: readonly GroupNode[]) {
    this.#nodes = nodes;
  }

  /** @throws LionError when a host does not see what the first one writes. */
  async checkShared(): Promise<void> {
    const [first, ...others] = this.#nodes;
    if (!first) {
      return;
    }
    const root = await first.folder.root();
    const file = `${root}/jobs/.shared-${randomBytes(8).toString("hex")}`;
    await first.folder.must(': >"$1"', [file], `${root} cannot be written`);
    try {
      await Promise.all(
        others.map(async ({ folder: { transport } }) => {
          if ((await transport.run(LOOK_INTO_SHARED, { args: [file] })).code !== 0) {
            throw new LionError(
              "environment",
              `${transport.label} does not see what ${first.folder.transport.label} writes to ${root}: a training over several hosts needs a folder that they share; name one in lion.json (targets, folder).`,
            );
          }
        }),
      );
    } finally {
      await first.folder.must('rm -f "$1"', [file], `${root} cannot be written`);
    }
  }

  /** Starts the supervisor of each node. */
  async start(job: JobDirectory): Promise<"started" | "already"> {
    const path = new Mirror(job).place()?.path;
    const answers = await this.#each(job, async ({ jobs }, node, rank) => {
      mkdirSync(node.path, { recursive: true });
      await jobs.notePlace(node, `${path}/nodes/${rank}`);
      return jobs.start(node);
    });
    return answers.every((answer) => answer === "already") ? "already" : "started";
  }

  /** Ends the others when one has failed; the job is over when all are, with the code of the first that failed. */
  async look(job: JobDirectory): Promise<JobStatus> {
    const code = job.exitCode();
    const [first] = this.#nodes;
    if (code !== null || !first) {
      return { state: "exited", code: code ?? 1 };
    }
    // The common files: none of the nodes' supervisors is in that directory.
    const common = await first.jobs.look(job);
    if (new Mirror(job).place() === null || common.state === "lost") {
      return common;
    }
    const states = await this.#each(job, ({ jobs }, node) => jobs.look(node));
    this.#mirrorLog(job);
    const hasFailed = states.some((one) => one.state === "lost" || (one.state === "exited" && one.code !== 0));
    const running = states.filter((one) => one.state === "running").length;
    if (running > 0) {
      if (hasFailed) {
        await this.#each(job, ({ jobs }, node, rank) =>
          states[rank]?.state === "running" ? jobs.askToEnd(node) : Promise.resolve(),
        );
      }
      return { state: "running" };
    }
    if (states.every((one) => one.state === "exited")) {
      return this.#end(job, hasFailed);
    }
    return states.some((one) => one.state === "lost") ? { state: "lost" } : { state: "prepared" };
  }

  /** Sends every node's supervisor TERM. */
  async askToEnd(job: JobDirectory): Promise<void> {
    await this.#nodes[0]?.jobs.askToEnd(job);
    await this.#each(job, ({ jobs }, node) => jobs.askToEnd(node));
  }

  async endRemains(job: JobDirectory): Promise<void> {
    await this.#each(job, ({ jobs }, node) => jobs.endRemains(node));
  }

  /** The first node's log is the job's. At its place, so that two who look at once write the same. */
  #mirrorLog(job: JobDirectory): void {
    const log = new NodeDirectory(job, 0);
    const mirror = new Mirror(job);
    for (;;) {
      const offset = mirror.size("log");
      const news = log.bytes("log", offset);
      if (news.length === 0) {
        return;
      }
      mirror.grow("log", offset, news);
    }
  }

  /** Notes the exit code of the whole here, and behind the log the last words of the node that failed. */
  async #end(job: JobDirectory, hasFailed: boolean): Promise<JobStatus> {
    const mirror = new Mirror(job);
    let code = 0;
    if (hasFailed) {
      const [first] = this.#nodes;
      const args = [mirror.place()?.path ?? ""];
      const answer = await first?.folder.must(FIRST_FAILED, args, `The nodes of ${job.id} cannot be read`);
      const rank = Number(answer?.stdout.toString().trim());
      const node = new NodeDirectory(job, rank);
      code = node.exitCode() ?? 1;
      if (rank > 0) {
        const host = this.#nodes[rank]?.folder.transport.label;
        const words = Buffer.from(`\nThe last lines of ${host}:\n${node.tail("log", TAIL_BYTES)}`);
        mirror.grow("log", new Mirror(new NodeDirectory(job, 0)).size("log"), words);
      }
    }
    mirror.replace("rc", `${code}\n`);
    return { state: "exited", code };
  }

  #each<T>(
    job: JobDirectory,
    act: (node: GroupNode, directory: NodeDirectory, rank: number) => Promise<T>,
  ): Promise<T[]> {
    return Promise.all(this.#nodes.map((node, rank) => act(node, new NodeDirectory(job, rank), rank)));
  }
}
