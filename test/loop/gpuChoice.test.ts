import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { chooseGpus, type GpuWish, NO_GPUS } from "../../src/core/training/host/gpus.ts";
import { sendSignal } from "../../src/core/training/processes.ts";
import { type FakeGpu, FakeNvidiaSmi } from "../support/fakeNvidiaSmi.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../unit/training/support.ts";

const A100: FakeGpu[] = ["a", "b", "c", "d"].map((letter) => ({ uuid: `GPU-${letter.repeat(8)}` }));
const [A, B, C, D] = A100.map(({ uuid }) => uuid);

/** A host with a folder whose name is hostile, and an nvidia-smi. */
class Host {
  readonly smi: FakeNvidiaSmi;
  readonly folder: string;
  readonly #context: TestContext;
  readonly #root: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(t: TestContext, gpus: readonly FakeGpu[] = A100, environment: NodeJS.ProcessEnv = {}) {
    this.#context = t;
    this.#root = temporaryFolder(t);
    this.folder = join(this.#root, "a 'b' $(c)");
    this.smi = new FakeNvidiaSmi(join(this.#root, "bin"));
    this.smi.show(gpus);
    this.#environment = { ...process.env, PATH: `${this.smi.folder}:${process.env.PATH}`, ...environment };
  }

  /** Starts a job as `run.sh` does: the lines run in the process that becomes the command. */
  start(id: string, wish: Partial<GpuWish>, command = 'echo "$CUDA_VISIBLE_DEVICES" >devices; exec sleep 60'): Job {
    const directory = join(this.#root, id);
    mkdirSync(directory);
    const lines = chooseGpus({ gpus: 1, processes: 1, wait: false, folder: this.folder, ...wish });
    const child = spawn("sh", ["-c", `${lines}exec "$@"`, "sh", "sh", "-c", command], {
      cwd: directory,
      env: { ...this.#environment, LION_JOB_ID: id },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    this.#context.after(() => sendSignal(-(child.pid as number), "SIGKILL"));
    return new Job(directory, child);
  }
}

class Job {
  readonly directory: string;
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  log = "";

  constructor(directory: string, child: ChildProcess) {
    this.directory = directory;
    this.child = child;
    this.#ended = once(child, "close");
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
  }

  text(name: string): string | null {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  }

  /** UUIDs, once the command runs. */
  async devices(): Promise<string[]> {
    const line = await until(() => this.text("devices")?.endsWith("\n") && this.text("devices"), "the command");
    return (line as string).trim().split(",").filter(Boolean);
  }

  async end(): Promise<number | null> {
    return (await this.#ended)[0] as number | null;
  }
}

test("a job takes free GPUs by UUID, and says which", async (t) => {
  const host = new Host(t, [{ uuid: "GPU-used", used: "38000" }, ...A100]);
  const job = host.start("job-1", { gpus: 2 });
  assert.deepEqual(await job.devices(), [A, B]);
  assert.equal(job.text("gpus"), `${A} NVIDIA A100-SXM4-80GB\n${B} NVIDIA A100-SXM4-80GB\n`);
});

test("all takes every free GPU, and leaves out used, computing and split ones", async (t) => {
  const odd = [
    { uuid: "GPU-app", pids: [4711] },
    { uuid: "GPU-mig", mig: "Enabled" },
    // A GPU that shares its memory with the processor does not tell how much is in use.
    { uuid: "GPU-unified", used: "[N/A]", mig: "[N/A]", name: "NVIDIA GB10" },
    { uuid: "GPU-full", used: "1024" },
  ];
  const job = new Host(t, [...odd, ...A100.slice(0, 1)]).start("job-1", { gpus: "all" });
  assert.deepEqual(await job.devices(), ["GPU-unified", A]);
  assert.equal(job.text("gpus")?.split("\n")[0], "GPU-unified NVIDIA GB10");
});

test("a driver that has never heard of MIG is understood", async (t) => {
  const host = new Host(t);
  host.smi.show(A100, { isOld: true });
  assert.deepEqual(await host.start("job-1", { gpus: 1 }).devices(), [A]);
});

test("too few free GPUs end the job with one sentence that says who has them", async (t) => {
  const host = new Host(t, [{ uuid: "GPU-x", used: "38000" }, { uuid: "GPU-y", pids: [4711] }, ...A100.slice(0, 2)]);
  await host.start("first", { gpus: 1 }).devices();
  const job = host.start("second", { gpus: 2 });
  assert.equal(await job.end(), NO_GPUS);
  assert.equal(
    job.log,
    `error: The job wants 2 GPUs of ${hostname()}, and of its 4 only 1 can be had (GPU 0: 38000 MiB of it are in use; GPU 1: process 4711 computes on it; GPU 2: job first has it): lower the target's gpus in lion.json, or let it wait for free ones with waitForGpus.\n`,
  );
  assert.deepEqual(await host.start("third", { gpus: 1 }).devices(), [B], "a job that failed took nothing");
});

test("more GPUs than there are cannot be waited for", async (t) => {
  const job = new Host(t).start("job-1", { gpus: 5, wait: true });
  assert.equal(await job.end(), NO_GPUS);
  assert.match(job.log, /wants 5 GPUs of .* of its 4 only 4 can be had: lower/);
});

test("of many jobs at once no two get the same GPU", async (t) => {
  const host = new Host(t);
  const jobs = Array.from({ length: 12 }, (_, number) => host.start(`job-${number}`, { gpus: 1 }));
  const codes = jobs.map((job) => job.end());
  const got = await until(async () => {
    const devices = jobs.flatMap((job) => job.text("devices")?.trim() || []);
    return devices.length === 4 && devices;
  }, "four jobs that run");
  assert.deepEqual((got as string[]).sort(), [A, B, C, D]);
  const failed = await Promise.all(codes.filter((_, number) => jobs[number]?.text("devices") === null));
  assert.deepEqual(failed, Array(8).fill(NO_GPUS));
});

test("GPUs are free again however their job ends, and one is taken over once", async (t) => {
  const host = new Host(t, A100.slice(0, 1));
  const first = host.start("first", {});
  assert.deepEqual(await first.devices(), [A]);
  first.child.kill("SIGKILL");
  await first.end();
  const next = Array.from({ length: 6 }, (_, number) => host.start(`next-${number}`, {}));
  const winner = await until(() => next.find((job) => job.text("devices") !== null), "one that got it");
  await Promise.all(next.filter((job) => job !== winner).map(async (job) => assert.equal(await job.end(), NO_GPUS)));
});

test("a process that died while it chose holds nobody up", async (t) => {
  const host = new Host(t);
  const section = join(host.folder, "locks", `choosing on ${hostname()}`);
  mkdirSync(section, { recursive: true });
  writeFileSync(join(section, "7"), `999999 1 ${hostname()}\n`);
  assert.deepEqual(await host.start("job-1", {}).devices(), [A]);
});

test("a lock from another host of the same folder counts for ten minutes, the longest that a job takes to use its GPU", async (t) => {
  const host = new Host(t, A100.slice(0, 1));
  mkdirSync(join(host.folder, "locks"), { recursive: true });
  writeFileSync(join(host.folder, "locks", A as string), "other 1 1 elsewhere\n");
  const job = host.start("job-1", {});
  assert.equal(await job.end(), NO_GPUS);
  assert.match(job.log, /job other has it/);
});

test("a job that waits says so, begins when a GPU is free, and leaves no word of its waiting", async (t) => {
  const host = new Host(t, A100.slice(0, 1));
  const first = host.start("first", {});
  await first.devices();
  const second = host.start("second", { gpus: 1, wait: true });
  const state = await until(() => second.text("state.json"), "its state");
  assert.deepEqual(JSON.parse(state as string), { state: "waiting", message: "waits for 1 GPU; 0 can be had" });
  first.child.kill("SIGKILL");
  assert.deepEqual(await second.devices(), [A]);
  assert.equal(second.text("state.json"), null);
});

test("a job that waits can be ended", async (t) => {
  const host = new Host(t, [{ uuid: "GPU-x", used: "38000" }]);
  const job = host.start("job-1", { wait: true });
  await until(() => job.text("state.json"), "its state");
  sendSignal(-(job.child.pid as number), "SIGTERM");
  await job.end();
  assert.equal(job.child.signalCode, "SIGTERM");
});

test("GPUs that the host itself has named are the only ones taken", async (t) => {
  const byIndex = new Host(t, A100, { CUDA_VISIBLE_DEVICES: "1,3" }).start("job-1", { gpus: "all" });
  assert.deepEqual(await byIndex.devices(), [B, D]);
  const byMig = new Host(t, A100, { CUDA_VISIBLE_DEVICES: "MIG-12" }).start("job-1", { gpus: "all" });
  assert.deepEqual(await byMig.devices(), ["MIG-12"]);
});

test("a host without a GPU runs the job on its processor, unless GPUs are asked for by number", async (t) => {
  const host = new Host(t, []);
  assert.deepEqual(await host.start("job-1", { gpus: "all" }).devices(), []);
  const job = host.start("job-2", { gpus: 1 });
  assert.equal(await job.end(), NO_GPUS);
  assert.match(job.log, /wants 1 GPU of .* of its 0 only 0 can be had: lower/);
  const none = new Host(t, A100).start("job-1", { gpus: 0 });
  assert.deepEqual(await none.devices(), []);
});

test("an nvidia-smi that fails ends the job with its own words", async (t) => {
  const host = new Host(t);
  host.smi.break(18, "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54");
  const job = host.start("job-1", { gpus: "all" });
  assert.equal(await job.end(), NO_GPUS);
  assert.match(
    job.log,
    /^error: nvidia-smi does not work on .*: Failed to initialize NVML: Driver\/library version mismatch; it has to/,
  );
});
