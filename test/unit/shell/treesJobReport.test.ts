import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Project } from "../../../src/core/project/project.ts";
import { isUnfinished, type JobReport, JobReports } from "../../../src/shell/trees/jobReport.ts";
import { shownCheckpoints, shownJobs } from "../../../src/shell/trees/shownJobs.ts";
import { newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const MANIFEST = JSON.stringify({
  id: "job",
  kind: "train",
  argv: ["python", "-m", "x"],
  environment: {},
  details: {},
});
let made = 0;

interface Row {
  readonly id: string;
  readonly directory: string;
  readonly state: "submitted" | "collected" | "failed";
  readonly exitCode: number | null;
}

/** A job's directory with these files. */
function jobWith(files: Readonly<Record<string, string>>, row: Partial<Row> = {}): Row {
  made++;
  const id = `job-${made}`;
  const path = join(folder, "jobs", id);
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries({ "job.json": MANIFEST, ...files })) {
    writeFileSync(join(path, name), text);
  }
  return { id, directory: `jobs/${id}`, state: "submitted", exitCode: null, ...row };
}

function reportOf(files: Readonly<Record<string, string>>, row: Partial<Row> = {}): JobReport {
  return new JobReports(folder).of(jobWith(files, row));
}

/** This process, marked as a supervisor marks itself; without a start time where the system tells none. */
function alive(): string {
  const stat = existsSync("/proc/self/stat") ? readFileSync("/proc/self/stat", "utf8") : "";
  return `${process.pid} ${stat.replace(/^.*\) /s, "").split(" ")[19] ?? ""}`;
}

const ELSEWHERE = { "place.json": '{"target": "gpu", "host": "gpu-box", "gpus": ["GPU-1", 2, "GPU-3"]}' };

describe("how a job of this machine stands", () => {
  it("is told by its supervisor and the exit code it leaves", () => {
    assert.equal(reportOf({}).state, "prepared");
    assert.equal(reportOf({ pid: alive() }).state, "running");
    assert.equal(reportOf({ pid: "999999999 1" }).state, "lost");
    assert.equal(reportOf({ pid: alive(), rc: "0" }).state, "ended");
    assert.equal(reportOf({ rc: "0" }, { state: "collected", exitCode: 0 }).state, "collected");
  });

  it("shows how far it is by the last line of its metrics that has arrived whole", () => {
    const lines = ['{"step": 1, "steps": 9, "loss": 3}', '{"step": 2, "steps": 9, "loss": 2.5, "eta_s": 12}'];
    const report = reportOf({ pid: alive(), "metrics.jsonl": `${lines.join("\n")}\n{"step": 3, "st` });
    assert.deepEqual([report.progress, report.loss, report.secondsLeft], [{ done: 2, total: 9 }, 2.5, 12]);
    const answers = reportOf({ pid: alive(), "metrics.jsonl": '{"done": 4, "total": 8}\n' });
    assert.deepEqual([answers.progress, answers.loss], [{ done: 4, total: 8 }, null]);
    assert.equal(reportOf({ pid: alive(), "metrics.jsonl": "not json\n" }).progress, null);
  });

  it("says which GPUs it took", () => {
    assert.deepEqual(reportOf({ pid: alive(), gpus: "GPU-1 lock\nGPU-2 lock\n" }).gpus, ["GPU-1", "GPU-2"]);
  });

  it("names the reason of a failure, with what can be done about it", () => {
    const failed = reportOf({ rc: "1", log: "error: No space left on device\n" });
    assert.equal(failed.state, "failed");
    assert.match(failed.reason, /No space left on device; free some disk space/);
    const said = reportOf({ rc: "2", "state.json": '{"state": "failed", "message": "row 3 has no output"}' });
    assert.match(said.reason, /row 3 has no output/);
  });

  it("tells one that saved and one that was cancelled from one that failed", () => {
    assert.equal(reportOf({ rc: "75" }, { state: "failed", exitCode: 75 }).state, "stopped");
    assert.equal(reportOf({ rc: "1", "state.json": '{"state": "stopped"}' }).state, "stopped");
    assert.equal(reportOf({ rc: "143", cancelled: "" }, { state: "failed" }).state, "cancelled");
  });

  it("does not fail on a folder that is gone", () => {
    const gone: Row = { id: "gone", directory: "jobs/gone", state: "failed", exitCode: null };
    const { state, reason } = new JobReports(folder).of(gone);
    assert.deepEqual([state, reason], ["failed", ""]);
  });
});

describe("how a job elsewhere stands", () => {
  it("is what was mirrored last", () => {
    assert.equal(reportOf(ELSEWHERE).state, "prepared");
    const running = reportOf({ ...ELSEWHERE, "state.json": '{"state": "running"}' });
    assert.deepEqual([running.state, running.host, running.gpus], ["running", "gpu-box", ["GPU-1", "GPU-3"]]);
    const waiting = reportOf({ ...ELSEWHERE, "state.json": '{"state": "waiting", "message": "Resources"}' });
    assert.deepEqual([waiting.state, waiting.reason], ["waiting", "Resources"]);
    assert.ok(isUnfinished(waiting.state) && !isUnfinished("ended"));
  });

  it("is what a look at its target told, where its directory does not say it", () => {
    const reports = new JobReports(folder);
    const row = jobWith(ELSEWHERE);
    reports.note(row.id, { state: "waiting", reason: "Priority" });
    assert.deepEqual([reports.of(row).state, reports.of(row).reason], ["waiting", "Priority"]);
    reports.note(row.id, { state: "lost" });
    assert.equal(reports.of(row).state, "lost");
    writeFileSync(join(folder, row.directory, "rc"), "0");
    assert.equal(reports.of(row).state, "ended");
  });
});

describe("jobs that are over", () => {
  it("are read once, and again when they were collected", () => {
    const reports = new JobReports(folder);
    const row = jobWith({ rc: "1", log: "error: first\n" }, { state: "failed", exitCode: 1 });
    assert.equal(reports.of(row).reason, "first");
    writeFileSync(join(folder, row.directory, "log"), "error: second\n");
    assert.equal(reports.of(row).reason, "first");
    assert.equal(reports.of({ ...row, state: "collected" }).state, "collected");
  });
});

describe("checkpoints on the disk", () => {
  it("are read with the size of the weights, in one file or in shards, and with their lineage", () => {
    const store = newStore(folder);
    const config = smallConfig({ targets: { local: { kind: "local" }, gpu: { kind: "ssh", host: "gpu-box" } } });
    const project = { dataDirectory: folder, config } as Project;
    for (const number of [1, 2]) {
      store.iterations.open({ number, config: smallConfig(), prompts: {}, decisionFloor: 0 }, number);
      const id = `trained-${number}`;
      store.training.addJob(
        { id, kind: "train", iteration: number, purpose: "imitation", target: "local", directory: `jobs/${id}` },
        number,
      );
      store.training.addCheckpoint(
        {
          ...{ iteration: number, jobId: id, directory: `jobs/${id}/out/checkpoint`, weightsSha256: "ab" },
          ...{ parentId: number === 1 ? null : 1, template: "lion@1", manifest: { data: { rows: 52 } } },
        },
        2,
      );
    }
    const shown = () => shownCheckpoints({ store, project });
    assert.deepEqual(
      shown().map(({ iteration, trainedOn, weights, bytes, parent }) => [iteration, trainedOn, weights, bytes, parent]),
      [
        [2, 52, "gone", null, 1],
        [1, 52, "gone", null, null],
      ],
    );
    const path = join(folder, "jobs/trained-2/out/checkpoint");
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "model-00001-of-00002.safetensors"), "123");
    writeFileSync(join(path, "model-00002-of-00002.safetensors"), "45");
    const shards = { weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" } };
    writeFileSync(join(path, "model.safetensors.index.json"), JSON.stringify(shards));
    assert.deepEqual([shown()[0]?.weights, shown()[0]?.bytes], ["here", 5]);
    unlinkSync(join(path, "model-00002-of-00002.safetensors"));
    assert.equal(shown()[0]?.weights, "gone", "not all of them are there");
    const again = { id: "again", kind: "train", iteration: 2, purpose: "imitation", target: "local" } as const;
    store.training.addJob({ ...again, directory: "jobs/again" }, 3);
    assert.deepEqual([shownJobs({ store }, new JobReports(folder))[0]?.attempt], [2]);
    assert.deepEqual(
      shownJobs({ store }, new JobReports(folder)).map(({ id, state }) => [id, state]),
      [
        ["again", "prepared"],
        ["trained-2", "prepared"],
        ["trained-1", "prepared"],
      ],
    );
  });

  it("are elsewhere when their target is, with the size that their small files tell, until they are fetched", () => {
    const store = newStore(folder);
    const config = smallConfig({ targets: { local: { kind: "local" }, gpu: { kind: "ssh", host: "gpu-box" } } });
    const project = { dataDirectory: folder, config } as Project;
    store.iterations.open({ number: 1, config, prompts: {}, decisionFloor: 0 }, 1);
    store.training.addCheckpoint(
      {
        ...{ iteration: 1, jobId: null, target: "gpu", directory: "/data/student", parentId: null },
        ...{ weightsSha256: "0123456789abcdef", template: "lion@1", manifest: { note: "by hand" } },
      },
      2,
    );
    const shown = () => shownCheckpoints({ store, project })[0];
    const path = join(folder, "checkpoints", "1-0123456789ab");
    assert.deepEqual([shown()?.weights, shown()?.bytes, shown()?.path], ["there", null, path]);
    assert.deepEqual([shown()?.registered, shown()?.note, shown()?.target], [true, "by hand", "gpu"]);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "summary.json"), '{"weights_bytes": 1234}');
    assert.deepEqual([shown()?.weights, shown()?.bytes], ["there", 1234]);
    writeFileSync(join(path, "model.safetensors"), "12");
    assert.deepEqual([shown()?.weights, shown()?.bytes], ["here", 2]);
  });
});
