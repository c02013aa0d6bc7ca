import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { JobEnd } from "../../../src/core/training/follow.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import { adviceOn, failureOf } from "../../../src/core/training/jobFailure.ts";
import { temporaryFolder } from "./support.ts";

interface Left {
  readonly log?: string;
  readonly state?: Record<string, unknown>;
  readonly slurm?: { state: string; reason?: string };
  readonly argv?: string[];
}

/** A directory as a job leaves it. */
function leftBy(t: TestContext, { log = "", state, slurm, argv }: Left): JobDirectory {
  const job = new JobDirectory(temporaryFolder(t));
  writeFileSync(job.file("log"), log);
  if (state) {
    writeFileSync(job.file("state.json"), JSON.stringify(state));
  }
  if (slurm) {
    writeFileSync(job.file("slurm.json"), JSON.stringify({ id: "17", reason: "", ...slurm }));
  }
  if (argv) {
    writeFileSync(job.file("job.json"), JSON.stringify({ argv }));
  }
  return job;
}

const exited = (code: number): JobEnd => ({ state: "exited", code });
const LOST: JobEnd = { state: "lost" };

/** A log as torch wrote it. */
function recorded(name: string): string {
  return readFileSync(join(import.meta.dirname, "logs", `${name}.log`), "utf8");
}

function ownReason(t: TestContext, left: Left, code = 1): string {
  const failure = failureOf(leftBy(t, left), exited(code));
  assert.equal(failure.kind, "own");
  return failure.kind === "own" ? failure.reason : "";
}

test("a port that is taken, as torchrun says it", (t) => {
  const reason = ownReason(t, { log: recorded("port") });
  assert.match(reason, /^torch\.distributed\.DistNetworkError: The server socket has failed to listen .* EADDRINUSE/);
  assert.match(adviceOn(reason) ?? "", /another training has that port: end it/);
});

test("a missing module, in two workers at once, with the Python that lacks it", (t) => {
  const reason = ownReason(t, { log: recorded("nomod"), argv: ["/opt/python", "-m", "torch.distributed.run"] });
  assert.equal(reason, "ModuleNotFoundError: No module named 'wandb_not_there', for /opt/python");
  assert.match(adviceOn(reason) ?? "", /^install it there .*, or name a Python that has it/);
});

test("memory of the machine that cannot be had", (t) => {
  const reason = ownReason(t, { log: recorded("alloc") });
  assert.match(reason, /can't allocate memory: you tried to allocate 140737488355328 bytes/);
  assert.match(adviceOn(reason) ?? "", /^lower `training\.microBatchTokens`/);
});

test("a bus error of a worker and one of the command itself are the container's shared memory, not worth another attempt", (t) => {
  for (const reason of [ownReason(t, { log: recorded("bus"), state: { state: "running" } }), ownReason(t, {}, 135)]) {
    assert.equal(reason, "Bus error (core dumped)");
    assert.match(adviceOn(reason) ?? "", /--shm-size=8g/);
  }
});

const OOM =
  "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.15 GiB of which 10.88 MiB is free. Including non-PyTorch memory, this process has 79.13 GiB memory in use. Of the allocated memory 77.76 GiB is allocated by PyTorch, and 842.66 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  (https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)";

test("a GPU without memory is the cause, though the partners of its process spoke last", (t) => {
  const log = `[rank0]: Traceback (most recent call last):\n[rank0]:   File "train.py", line 3\n[rank0]: ${OOM}\n[rank1]:[E1125 20:11:09.1 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=12)\nDistBackendError: NCCL communicator was aborted\n`;
  const reason = ownReason(t, { log });
  assert.equal(
    reason,
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.15 GiB of which 10.88 MiB is free. Including non-PyTorch memory, this process has 79.13 GiB memory in use.",
  );
  assert.match(adviceOn(reason) ?? "", /microBatchTokens.*activationCheckpointing.*sharding/);
});

test("a trainer that says itself why it failed is believed, whatever its log tells of beside", (t) => {
  const state = { state: "failed", message: "in/train.jsonl, line 7: there is no answer" };
  assert.equal(ownReason(t, { log: `note: ${OOM}; the batch is halved\n`, state }, 2), state.message);
  const long = ownReason(t, { state: { state: "failed", message: OOM } });
  assert.match(long, /memory in use\.$/);
});

const TEXTS: ReadonlyArray<[string, string, RegExp]> = [
  ["a full disk", "OSError: [Errno 28] No space left on device", /free some disk space/],
  [
    "weights that the token may not read",
    "OSError: You are trying to access a gated repo.\nMake sure to have access to it at https://huggingface.co/meta-llama/Llama-2-7b-hf.\n403 Client Error. (Request ID: Root=1-6)\n",
    /ask for access on the model's page.*hf auth login/,
  ],
  [
    "too little shared memory",
    "RuntimeError: unable to write to file </torch_4711_123_0>: No such file or directory (2)",
    /--shm-size=8g/,
  ],
  [
    "a driver that is too old",
    "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx",
    /driver and this torch do not go together/,
  ],
  [
    "a GPU newer than torch",
    "RuntimeError: CUDA error: no kernel image is available for execution on the device",
    /driver and this torch do not go together/,
  ],
  [
    "a process that hangs",
    "[rank1]:[E1125 20:11:09.123 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=12, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600029 milliseconds before timing out.\ntorch.distributed.DistBackendError: aborted",
    /look for an earlier error in the log.*NCCL_DEBUG=INFO/,
  ],
  [
    "hosts that do not reach each other",
    "torch.distributed.elastic.rendezvous.api.RendezvousConnectionError: The connection to the C10d store has failed. See inner exception for details.",
    /name the first one's address and port/,
  ],
  ["a broken GPU", "RuntimeError: CUDA error: uncorrectable ECC error encountered", /has to be reset/],
];

for (const [what, log, advice] of TEXTS) {
  test(`${what}: the reason names it, and there is something to do`, (t) => {
    const reason = ownReason(t, { log: `Loading\n${log}\n` });
    assert.match(adviceOn(reason) ?? reason, advice);
  });
}

test("a user's own program that fails in its own words has its last exception as the reason, and no advice", (t) => {
  const log = "Traceback (most recent call last):\n  File \"mine.py\", line 4, in <module>\nKeyError: 'text'\n";
  const reason = ownReason(t, { log });
  assert.equal(reason, "KeyError: 'text'");
  assert.equal(adviceOn(reason), null);
  assert.equal(ownReason(t, { log: "" }, 3), "exit code 3");
});

test("signal 9 is told as what it usually is", (t) => {
  assert.deepEqual(failureOf(leftBy(t, {}), exited(137)), {
    kind: "killed",
    how: "signal 9 ended it, as the system does when its memory runs out",
  });
});

test("a job that saved its state and stopped is worth another attempt, also under torchrun, whose code is its own", (t) => {
  const how = "it was told to stop, and saved its state";
  assert.deepEqual(failureOf(leftBy(t, {}), exited(75)), { kind: "killed", how });
  assert.deepEqual(failureOf(leftBy(t, { state: { state: "stopped" } }), exited(1)), { kind: "killed", how });
});

test("what Slurm says of a job that left no code decides whether another attempt is worth it", (t) => {
  const end = (state: string, reason = "") => failureOf(leftBy(t, { slurm: { state, reason } }), LOST);
  assert.match(JSON.stringify(end("TIMEOUT")), /"killed".*its time in Slurm was over.*`--time`/);
  assert.match(JSON.stringify(end("PREEMPTED")), /"killed".*a more urgent job/);
  assert.match(JSON.stringify(end("NODE_FAIL")), /"killed".*its node in Slurm failed/);
  assert.match(JSON.stringify(end("OUT_OF_MEMORY")), /"own".*more memory than it had asked for.*`--mem`/);
  assert.match(JSON.stringify(end("CANCELLED")), /"own".*Somebody cancelled its Slurm job 17/);
  assert.match(JSON.stringify(end("")), /"killed".*does not know its job 17/);
  assert.match(
    JSON.stringify(end("FAILED", "NonZeroExitCode")),
    /"own".*\(FAILED, NonZeroExitCode\) before it could begin/,
  );
  assert.deepEqual(failureOf(leftBy(t, {}), LOST), {
    kind: "killed",
    how: "its supervisor was killed, or the machine went down",
  });
});
