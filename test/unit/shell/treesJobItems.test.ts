import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkpointItem, type ShownCheckpoint } from "../../../src/shell/trees/checkpointItems.ts";
import { jobItem, type ShownJob } from "../../../src/shell/trees/jobItems.ts";
import { english } from "./english.ts";

const CHECKPOINT: ShownCheckpoint = {
  ...{ id: 1, iteration: 2, weightsSha256: "0123456789abcdef", template: "lion@12345678", trainedOn: 6000 },
  ...{ target: "local", weights: "here", bytes: 523_400_000, registered: false, note: "", parent: 1 },
  path: "/p/.lion/jobs/x/out/checkpoint",
};
const JOB: ShownJob = {
  ...{
    id: "iteration-002-imitation-001",
    kind: "train",
    iteration: 2,
    purpose: "imitation",
    attempt: 1,
    target: "gpu-box",
  },
  ...{ state: "running", reason: "", exitCode: null, progress: { done: 12, total: 300 }, loss: 1.23456 },
  ...{ secondsLeft: 190, host: "gpu-box", gpus: ["GPU-1", "GPU-2"] },
};
const STOPPED = { progress: null, loss: null, secondsLeft: null, gpus: [] } as const;

describe("a checkpoint", () => {
  it("says what was trained on what, how large it is and what it went on from", () => {
    const item = checkpointItem(CHECKPOINT, english);
    assert.equal(item.description, "6,000 instructions · 523.4 MB · continues student 1 · lion@12345678 · 01234567");
    assert.equal(item.contextValue, "checkpoint.here.trained");
    assert.equal(
      item.accessibilityLabel,
      "Checkpoint of iteration 2, trained on 6,000 instructions, 523.4 MB, continues student 1",
    );
    assert.match(checkpointItem({ ...CHECKPOINT, parent: null }, english).description ?? "", /from the base model/);
  });

  it("says where its weights are, and that they are gone only when they should be here", () => {
    const there = checkpointItem({ ...CHECKPOINT, target: "gpu-box", weights: "there", bytes: null }, english);
    assert.match(there.description ?? "", /^6,000 instructions · on gpu-box · /);
    assert.equal(there.icon.id, "cloud");
    assert.equal(there.contextValue, "checkpoint.there.trained");
    const fetched = checkpointItem({ ...CHECKPOINT, target: "gpu-box" }, english);
    assert.match(fetched.description ?? "", /523\.4 MB · from gpu-box/);
    const gone = checkpointItem({ ...CHECKPOINT, weights: "gone", bytes: null }, english);
    assert.match(gone.description ?? "", /weights are gone/);
    assert.equal(gone.icon.id, "warning");
  });

  it("that was registered says so, with the note, and does not claim to be trained from the base", () => {
    const registered = { ...CHECKPOINT, registered: true, trainedOn: null, parent: null, note: "by\nhand" };
    const item = checkpointItem(registered, english);
    assert.equal(item.description, "registered · 523.4 MB · lion@12345678 · 01234567");
    assert.equal(item.contextValue, "checkpoint.here.registered");
    assert.match(item.tooltip ?? "", /\nby hand\n/);
  });
});

describe("a job", () => {
  it("shows while it runs how far it is, the loss, the time left and where it runs", () => {
    const item = jobItem(JOB, english);
    assert.equal(item.description, "running · step 12 of 300 · loss 1.235 · 3 min 10 s left · gpu-box, 2 GPUs");
    assert.equal(item.contextValue, "job.train.running.remote");
    assert.match(item.tooltip ?? "", /\nGPUs: GPU-1, GPU-2\n/);
    assert.equal(item.label, "Training 2");
    assert.deepEqual(item.command?.arguments, [{ jobId: JOB.id }]);
    const elsewhere = jobItem({ ...JOB, host: "10.0.0.7", gpus: ["0"] }, english);
    assert.match(elsewhere.description ?? "", /gpu-box \(10\.0\.0\.7\), 1 GPU$/);
    const answers = jobItem({ ...JOB, kind: "generate", purpose: "panel", loss: null, secondsLeft: null }, english);
    assert.match(answers.description ?? "", /^running · 12 of 300 · gpu-box/);
  });

  it("tells attempts apart", () => {
    assert.equal(jobItem({ ...JOB, attempt: 3 }, english).label, "Training 2, attempt 3");
  });

  it("says why it waits or has failed, next to its state", () => {
    const waiting = jobItem({ ...JOB, ...STOPPED, state: "waiting", reason: "2 GPUs are free of 8" }, english);
    assert.equal(waiting.description, "waiting · 2 GPUs are free of 8 · gpu-box");
    const failed = jobItem({ ...JOB, ...STOPPED, state: "failed", exitCode: 1, reason: "CUDA out of memory" }, english);
    assert.equal(failed.description, "failed with exit code 1 · CUDA out of memory · gpu-box");
    assert.equal(failed.accessibilityLabel, "Training 2, failed with exit code 1, gpu-box, CUDA out of memory");
    assert.equal(failed.icon.color, "charts.red");
  });

  it("says of one that was stopped, interrupted or is through what happens next", () => {
    const tooltip = (state: ShownJob["state"]) => jobItem({ ...JOB, ...STOPPED, state }, english).tooltip ?? "";
    assert.match(tooltip("stopped"), /goes on from the saved step/);
    assert.equal(jobItem({ ...JOB, ...STOPPED, state: "stopped" }, english).description, "stopped and saved · gpu-box");
    assert.match(tooltip("lost"), /run the iteration again to go on/);
    assert.match(tooltip("ended"), /take over what it made/);
  });

  it("shows a log's last words as one line that cannot pass for something else", () => {
    const hostile = jobItem({ ...JOB, ...STOPPED, state: "failed", reason: "a\u202eb\n$(trash) c" }, english);
    assert.match(hostile.description ?? "", / · a b \$\(trash\) c · /);
    assert.ok(!/[\n\u202e]/.test(hostile.description ?? ""));
  });
});
