import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { JobDirectory, type JobManifest } from "../../src/core/training/jobDirectory.ts";
import { failureOf } from "../../src/core/training/jobFailure.ts";
import { LocalTransport } from "../../src/core/training/localTransport.ts";
import { SlurmTarget } from "../../src/core/training/slurm/slurmTarget.ts";
import type { JobStatus } from "../../src/core/training/target.ts";
import { FakeSlurm } from "../support/fakeSlurm/fakeSlurm.ts";
import { noSlurm, SlurmCluster, type TestCluster } from "../support/slurmCluster.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { clock } from "../unit/training/support.ts";

let cluster: TestCluster;

before(async () => {
  const why = process.env.LION_FAKE_SLURM ? "LION_FAKE_SLURM is set" : noSlurm();
  cluster = why === null ? await SlurmCluster.start() : await FakeSlurm.start();
  console.log(why === null ? "Slurm: a real cluster of two nodes." : `Slurm: a stand-in, because ${why}.`);
});

after(() => cluster?.stop());

/** A login node whose shared folder has a hostile name, and a project here. */
class World {
  readonly folder: string;
  readonly target: SlurmTarget;
  readonly #root: string;

  constructor(
    t: TestContext,
    options: {
      nodes?: number;
      sbatch?: string[];
      setup?: string;
      graceMs?: number;
      environment?: NodeJS.ProcessEnv;
    } = {},
  ) {
    this.#root = temporaryFolder(t);
    this.folder = join(this.#root, "a 'b' $(touch owned) %j \\ \n-c");
    const { nodes = 1, sbatch = [], setup, graceMs = 20_000, environment = cluster.environment } = options;
    this.target = new SlurmTarget({
      ...{ name: "cluster", clock, transport: new LocalTransport(environment) },
      config: {
        kind: "slurm",
        nodes,
        sbatch,
        folder: this.folder,
        gpus: "all",
        waitForGpus: false,
        ...(setup !== undefined && { setup }),
      },
      python: async () => ({ executable: "python3", variables: {} }),
      ...{ pollMs: 100, askMs: 0, settleMs: 500, graceMs },
    });
  }

  job(t: TestContext, argv: readonly string[], id = `job-${Math.random().toString(36).slice(2)}`): JobDirectory {
    const job = new JobDirectory(join(this.#root, "jobs", id));
    const manifest: JobManifest = {
      ...{ id, kind: "train", iteration: 1, purpose: "test", fingerprint: "f", createdAt: 0, details: {} },
      ...{ argv, environment: { HOSTILE: "it's $(x)\n" } },
    };
    job.create();
    job.seal(manifest);
    t.after(() => this.target.endRemains(job));
    return job;
  }

  shell(t: TestContext, script: string, ...args: string[]): JobDirectory {
    return this.job(t, ["sh", "-c", script, "sh", ...args]);
  }

  /** Looks until the job stands as wanted; returns all that it went through. */
  async until(job: JobDirectory, ...states: JobStatus["state"][]): Promise<JobStatus[]> {
    const seen: JobStatus[] = [];
    for (const start = Date.now(); Date.now() - start < 60_000; await clock.sleep(50)) {
      const status = await this.target.look(job);
      if (JSON.stringify(status) !== JSON.stringify(seen.at(-1))) {
        seen.push(status);
      }
      if (states.includes(status.state) || status.state === "lost") {
        return seen;
      }
    }
    throw new Error(`Waited for ${states} in vain: ${JSON.stringify(seen)}\n${job.text("log")}`);
  }

  /** Looks until the command has said something. */
  async says(job: JobDirectory, word: string): Promise<void> {
    for (const start = Date.now(); Date.now() - start < 30_000; await clock.sleep(50)) {
      await this.target.look(job);
      if (job.text("log")?.includes(word)) {
        return;
      }
    }
    throw new Error(`It does not say "${word}": ${job.text("log")} ${job.text("slurm.json")}`);
  }

  numberOf(job: JobDirectory): string {
    return (JSON.parse(job.text("slurm.json") as string) as { id: string }).id;
  }

  there(job: JobDirectory, name: string): string {
    return join(this.folder, "jobs", job.id, name);
  }
}

/** Kills every process of a job of this cluster at once, its batch script included. */
function killAll(id: string): void {
  const marks = [`SLURM_JOB_ID=${id}`, `SLURM_CONF=${cluster.environment.SLURM_CONF}`];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      if (marks.every((mark) => variables.includes(mark))) {
        process.kill(Number(pid), "SIGKILL");
      }
    } catch {
      // It is gone already, or somebody else's.
    }
  }
}

const last = (seen: readonly JobStatus[]): JobStatus | undefined => seen.at(-1);

test("a job goes through the queue to its end, in a folder with a hostile name, and its files are here", async (t) => {
  const world = new World(t, { setup: "echo setting up" });
  const job = world.shell(
    t,
    'printf "%s|" "$HOSTILE" "$1"; echo \'{"step": 1}\' >metrics.jsonl; echo "$PWD" >out/where; exit 5',
    "$(y)",
  );
  writeFileSync(job.file("in/data.jsonl"), "{}\n");
  assert.deepEqual(await world.target.look(job), { state: "prepared" });
  assert.equal(await world.target.submit(job), "started");
  const seen = await world.until(job, "exited");
  assert.deepEqual(last(seen), { state: "exited", code: 5 });
  assert.equal(job.text("log"), "setting up\nit's $(x)\n|$(y)|");
  assert.equal(job.text("metrics.jsonl"), '{"step": 1}\n');
  await world.target.fetch(job, ["where"]);
  assert.equal(job.text("out/where"), `${world.there(job, "").replace(/\/$/, "")}\n`);
  assert.equal(existsSync(join(world.there(job, ""), "owned")), false);
});

test("a job that has to wait says Slurm's reason, then runs", async (t) => {
  const world = new World(t, { sbatch: ["--exclusive"] });
  const first = world.job(t, ["sleep", "30"]);
  const second = world.job(t, ["sleep", "30"]);
  const third = world.job(t, ["true"]);
  for (const job of [first, second, third]) {
    await world.target.submit(job);
  }
  await world.until(first, "running");
  await world.until(second, "running");
  const [status] = (await world.until(third, "waiting")).slice(-1);
  assert.match(status?.state === "waiting" ? status.reason : "", /^(Resources|Priority|PENDING)$/);
  await world.target.cancel(first);
  assert.deepEqual(last(await world.until(third, "exited")), { state: "exited", code: 0 });
});

test("submitting again does nothing: while it waits, runs, is over, and after a crash in the middle", async (t) => {
  const world = new World(t);
  const job = world.shell(t, "echo once; sleep 2");
  assert.deepEqual((await Promise.all([world.target.submit(job), world.target.submit(job)])).sort(), [
    "already",
    "started",
  ]);
  // As if the submitting process had died before it noted what Slurm said.
  if (!existsSync(world.there(job, "pid"))) {
    rmSync(world.there(job, "slurm.id"), { force: true });
  }
  assert.equal(await world.target.submit(job), "already");
  await world.until(job, "exited");
  assert.equal(await world.target.submit(job), "already");
  assert.equal(job.text("log"), "once\n");
});

test("a job that nobody noted runs once, though it was handed over twice", async (t) => {
  const world = new World(t);
  const job = world.shell(t, "echo once; sleep 1");
  await world.target.submit(job);
  const directory = world.there(job, "").replace(/\/$/, "");
  cluster.run(
    "sbatch",
    "--parsable",
    "--output=log",
    "--open-mode=append",
    `--job-name=lion-${job.id}`,
    `--chdir=${directory}`,
    join(directory, "batch.sh"),
  );
  await world.until(job, "exited");
  await clock.sleep(1500);
  assert.equal(job.text("log"), "once\n");
});

test("cancelling tells the command, which saves and ends with its own code", async (t) => {
  const world = new World(t);
  const job = world.shell(t, "trap 'echo saved >out/checkpoint; exit 75' TERM; echo ready; sleep 60 & wait");
  await world.target.submit(job);
  await world.says(job, "ready");
  await world.target.cancel(job);
  assert.deepEqual(await world.target.look(job), { state: "exited", code: 75 });
  assert.equal(job.cancelled, true);
  await world.target.fetch(job, ["checkpoint"]);
  assert.equal(job.text("out/checkpoint"), "saved\n");
  assert.equal(job.text("log")?.includes("ready"), true);
});

test("a job that does not listen is ended by Slurm when its grace is over", async (t) => {
  const world = new World(t, { graceMs: 500 });
  const job = world.shell(t, "trap '' TERM; echo ready; while :; do sleep 0.1; done");
  await world.target.submit(job);
  await world.says(job, "ready");
  await world.target.cancel(job);
  assert.notEqual((await world.target.look(job)).state, "waiting");
  assert.deepEqual(last(await world.until(job, "lost", "exited"))?.state, "lost");
});

test("a job that still waits is taken out of the queue", async (t) => {
  const world = new World(t, { sbatch: ["--begin=now+1hour"] });
  const job = world.job(t, ["true"]);
  await world.target.submit(job);
  assert.deepEqual(last(await world.until(job, "waiting")), { state: "waiting", reason: "BeginTime" });
  await world.target.cancel(job);
  assert.deepEqual(await world.target.look(job), { state: "exited", code: 143 });
  assert.equal(job.cancelled, true);
});

test("a job that saved its state near the end of its time goes back into the queue and goes on", async (t) => {
  // A minute is the least; Slurm sends the signal that many seconds before its end.
  const world = new World(t, { sbatch: ["--time=1", "--signal=B:TERM@55"] });
  const job = world.shell(
    t,
    `if [ -e out/state ]; then echo "went on from $(cat out/state)"; echo 2 >>metrics.jsonl; exit 0; fi
trap 'echo 7 >out/state; echo "{\\"state\\": \\"stopped\\"}" >state.json; exit 1' TERM
echo begins; echo 1 >>metrics.jsonl; sleep 60 & wait`,
  );
  await world.target.submit(job);
  await world.says(job, "begins");
  const seen = await world.until(job, "exited");
  assert.deepEqual(last(seen), { state: "exited", code: 0 });
  assert.ok(
    seen.some(({ state }) => state === "waiting"),
    JSON.stringify(seen),
  );
  assert.match(job.text("log") ?? "", /^begins\n[\s\S]*went on from 7\n$/);
  assert.equal(job.cancelled, false);
});

test("one that does not get on between two ends of its time stays where it is", async (t) => {
  const world = new World(t);
  const job = world.shell(t, "echo run; echo 1 >metrics.jsonl; exit 75");
  await world.target.submit(job);
  assert.deepEqual(last(await world.until(job, "exited")), { state: "exited", code: 75 });
  assert.equal(job.text("log")?.match(/^run$/gm)?.length, 2);
});

test("a job that somebody cancels in Slurm counts as cancelled, and does not come back", async (t) => {
  const world = new World(t);
  const job = world.shell(t, "trap 'exit 75' TERM; echo ready; while :; do sleep 0.1; done");
  await world.target.submit(job);
  await world.says(job, "ready");
  cluster.run("scancel", world.numberOf(job));
  assert.deepEqual(last(await world.until(job, "exited")), { state: "exited", code: 75 });
  assert.equal(job.cancelled, true);
});

test("a job whose processes are all killed is lost, and Slurm's word for it is here", async (t) => {
  const world = new World(t);
  const job = world.shell(t, "echo ready; sleep 60");
  await world.target.submit(job);
  await world.says(job, "ready");
  killAll(world.numberOf(job));
  assert.deepEqual(last(await world.until(job, "lost")), { state: "lost" });
  assert.match(job.text("slurm.json") ?? "", /"state":"FAILED"/);
  assert.match(JSON.stringify(failureOf(job, { state: "lost" })), /"own".*Slurm ended its job \d+ \(FAILED/);
});

test("torchrun's command runs once a node, and its processes meet on the first", async (t) => {
  const world = new World(t, { nodes: 2 });
  const program = join(temporaryFolder(t), "torchrun");
  writeFileSync(program, `#!/bin/sh\necho "$SLURM_NODEID of $SLURM_JOB_NUM_NODES: $*"\n`, { mode: 0o755 });
  const job = world.job(t, [program, "--standalone", "--nproc_per_node=2", "train.py", "$(x)"]);
  await world.target.submit(job);
  assert.deepEqual(last(await world.until(job, "exited")), { state: "exited", code: 0 });
  const lines = job.text("log")?.trim().split("\n").sort() ?? [];
  assert.equal(lines.length, 2, job.text("log") ?? "");
  lines.forEach((line, node) => {
    const id = world.numberOf(job);
    const meeting = `--nnodes=2 --rdzv-backend=c10d --rdzv-id=${id} --rdzv-endpoint=127.0.0.1:${29_400 + (Number(id) % 1000)}`;
    assert.equal(line, `${node} of 2: ${meeting} --nproc_per_node=2 train.py $(x)`);
  });
});

test("a training over several nodes is told to save its state on each", async (t) => {
  const world = new World(t, { nodes: 2 });
  const program = join(temporaryFolder(t), "torchrun");
  const script = `#!/bin/sh
trap 'echo "saved $SLURM_NODEID"; echo "{\\"state\\": \\"stopped\\"}" >state.json; exit 1' TERM
echo "ready $SLURM_NODEID"
while :; do sleep 0.1; done
`;
  writeFileSync(program, script, { mode: 0o755 });
  const job = world.job(t, [program, "--standalone"]);
  await world.target.submit(job);
  await world.says(job, "ready 0");
  await world.says(job, "ready 1");
  await world.target.cancel(job);
  assert.deepEqual(await world.target.look(job), { state: "exited", code: 1 });
  const log = job.text("log") ?? "";
  assert.deepEqual([...log.matchAll(/^saved (\d)$/gm)].map(([, node]) => node).sort(), ["0", "1"], log);
});

test("options that Slurm refuses are told with its own words, and nothing was submitted", async (t) => {
  const world = new World(t, { sbatch: ["--partition=nope"] });
  const job = world.job(t, ["true"]);
  await assert.rejects(
    world.target.submit(job),
    /Slurm on this machine refuses the job \(.*Invalid partition.*\): correct `sbatch` of the target "cluster" in lion\.json/,
  );
  assert.deepEqual(await world.target.look(job), { state: "prepared" });
});

test("a machine without Slurm, or whose Slurm does not answer, is told", async (t) => {
  const bin = temporaryFolder(t);
  const squeue =
    "#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1\n";
  writeFileSync(join(bin, "squeue"), squeue, { mode: 0o755 });
  const world = new World(t, { environment: { ...cluster.environment, PATH: `${bin}:${cluster.environment.PATH}` } });
  await assert.rejects(
    world.target.submit(world.job(t, ["true"])),
    /Slurm on this machine does not answer \(.*Unable to contact slurm controller.*\): is it a login node.*Nothing was submitted/,
  );
});

const torch = process.env.LION_PYTHON ?? join(import.meta.dirname, "../../.venv/bin/python");

test("two processes of torchrun, one on each node, add up what they have", {
  skip: !existsSync(torch) && "there is no Python with torch",
}, async (t) => {
  const world = new World(t, { nodes: 2 });
  const program = `
import os, torch, torch.distributed as dist
dist.init_process_group("gloo")
sum = torch.ones(1) * (dist.get_rank() + 1)
dist.all_reduce(sum)
print(f"rank {dist.get_rank()} of {dist.get_world_size()} on node {os.environ['SLURM_NODEID']}: {sum.item()}", flush=True)
dist.destroy_process_group()
`;
  const file = join(temporaryFolder(t), "sum.py");
  writeFileSync(file, program);
  const job = world.job(t, [torch, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=1", file]);
  await world.target.submit(job);
  assert.deepEqual(last(await world.until(job, "exited")), { state: "exited", code: 0 });
  const lines = [...(job.text("log") ?? "").matchAll(/^rank (\d) of 2 on node (\d): 3\.0$/gm)];
  assert.deepEqual(lines.map(([, rank]) => rank).sort(), ["0", "1"]);
  assert.deepEqual(lines.map(([, , node]) => node).sort(), ["0", "1"]);
});
