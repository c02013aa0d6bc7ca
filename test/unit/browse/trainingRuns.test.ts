import assert from "node:assert/strict";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { LOG_PIECE, lastLines, linesAfter, linesBefore } from "../../../src/core/browse/logPieces.ts";
import { TrainingRuns } from "../../../src/core/browse/trainingRuns.ts";
import { Store } from "../../../src/core/store/store.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import { LARGEST_MESSAGE } from "../../../src/protocol/messages.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

interface World {
  readonly runs: TrainingRuns;
  /** Puts a job on record. */
  job(id: string, iteration: number, fingerprint: string, kind?: "train" | "generate"): JobDirectory;
}

function world(context: TestContext): World {
  const folder = temporaryFolder(context);
  const store = new Store(join(folder, "lion.db"));
  context.after(() => store.close());
  let now = 0;
  return {
    runs: new TrainingRuns(store, folder),
    job: (id, iteration, fingerprint, kind = "train") => {
      const path = join("jobs", id);
      const directory = new JobDirectory(join(folder, path));
      const purpose = kind === "train" ? "imitation" : "discrimination-1";
      directory.create();
      directory.seal({
        ...{ id, kind, iteration, purpose, fingerprint, createdAt: now, details: {} },
        ...{ argv: ["true"], environment: {} },
      });
      store.training.addJob({ id, kind, iteration, purpose, target: "local", directory: path }, now++);
      return directory;
    },
  };
}

const line = (step: number, loss: number): string => `${JSON.stringify({ step, loss, time: step })}\n`;

function write(job: JobDirectory, ...lines: readonly string[]): void {
  appendFileSync(job.file("metrics.jsonl"), lines.join(""));
}

describe("the trainings of a project", () => {
  it("are the jobs that train, newest first, with attempts at the same work as one", (context) => {
    const { runs, job } = world(context);
    job("a1", 1, "a");
    job("a2", 1, "a");
    job("answers", 1, "x", "generate");
    job("b1", 2, "b");
    job("c1", 2, "other settings");
    assert.deepEqual(
      runs.list().map(({ id, iteration, number, of, attempts }) => [id, iteration, number, of, attempts.length]),
      [
        ["c1", 2, 2, 2, 1],
        ["b1", 2, 1, 2, 1],
        ["a1", 1, 1, 1, 2],
      ],
    );
  });

  it("are listed when their folders are gone", async (context) => {
    const { runs, job } = world(context);
    rmSync(job("a1", 1, "a").path, { recursive: true });
    const [run] = runs.list();
    assert.ok(run);
    assert.equal((await runs.curve(run)).length, 0);
  });

  it("have the curve of all their attempts, each step once", async (context) => {
    const { runs, job } = world(context);
    write(job("a1", 1, "a"), line(1, 10), line(2, 20), line(3, 30));
    write(job("a2", 1, "a"), line(3, 33), line(4, 44));
    const [run] = runs.list();
    assert.ok(run);
    const curve = await runs.curve(run);
    assert.deepEqual(curve.column("step"), [1, 2, 3, 4]);
    assert.deepEqual(curve.column("loss"), [10, 20, 33, 44]);
    assert.deepEqual(curve.resumed, [3]);
  });

  it("are read on from where they were left, whole lines at a time", async (context) => {
    const { runs, job } = world(context);
    const first = job("a1", 1, "a");
    const list = () => runs.list()[0] ?? assert.fail();
    assert.equal((await runs.curve(list())).length, 0);
    const whole = line(2, 0.5);
    write(first, line(1, 1), whole.slice(0, 9));
    assert.equal((await runs.curve(list())).length, 1);
    write(first, whole.slice(9), "torn {\n", line(3, 0.25));
    assert.deepEqual((await runs.curve(list())).column("loss"), [1, 0.5, 0.25]);
    // What was read is not looked at again.
    writeFileSync(first.file("metrics.jsonl"), `${"?".repeat(200)}\n`.repeat(3));
    write(job("a2", 1, "a"), line(4, 0.125));
    assert.deepEqual((await runs.curve(list())).column("loss"), [1, 0.5, 0.25, 0.125]);
  });

  it("never take the same bytes twice, however many ask at once", async (context) => {
    const { runs, job } = world(context);
    write(job("a1", 1, "a"), ...Array.from({ length: 30_000 }, (_, index) => line(index + 1, index)));
    const [run] = runs.list();
    assert.ok(run);
    const curves = await Promise.all([runs.curve(run), runs.curve(run), runs.curve(run)]);
    assert.deepEqual(
      curves.map(({ length }) => length),
      [30_000, 30_000, 30_000],
    );
    assert.equal(curves[0]?.version, 30_000);
  });
});

describe("a job's log in pieces", () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index} é\n`).join("");

  it("begins with its last lines, goes back to the first and on with what comes, and loses nothing", (context) => {
    const job = world(context).job("a", 1, "a");
    const text = lines(20_000);
    writeFileSync(job.file("log"), text);
    const last = lastLines(job, false);
    let [all, from] = [last.text, last.from];
    assert.ok(from > 0 && last.text.length <= LOG_PIECE);
    while (from > 0) {
      const before = linesBefore(job, from);
      assert.ok(before.text.startsWith("line ") && before.text.endsWith("\n"));
      assert.equal(before.to, from);
      [all, from] = [before.text + all, before.from];
    }
    assert.equal(all, text);
    appendFileSync(job.file("log"), "more\nand mo");
    const after = linesAfter(job, last.to, false);
    assert.equal(after.text, "more\n");
    appendFileSync(job.file("log"), "re");
    assert.equal(linesAfter(job, after.to, false).text, "");
    assert.equal(linesAfter(job, after.to, true).text, "and more");
  });

  it("has no line that is still being written until nothing more comes", (context) => {
    const job = world(context).job("a", 1, "a");
    writeFileSync(job.file("log"), "one\ntw");
    assert.deepEqual(lastLines(job, false), { from: 0, to: 4, text: "one\n" });
    assert.deepEqual(lastLines(job, true), { from: 0, to: 6, text: "one\ntw" });
  });

  it("is cut between characters where a line is longer than a piece", (context) => {
    const job = world(context).job("a", 1, "a");
    const text = "é".repeat(LOG_PIECE);
    writeFileSync(job.file("log"), text);
    let [all, from] = ["", 0];
    for (let piece = linesAfter(job, 0, false); piece.text !== ""; piece = linesAfter(job, from, true)) {
      [all, from] = [all + piece.text, piece.to];
    }
    assert.equal(all, text);
    assert.ok(!linesBefore(job, LOG_PIECE * 2).text.includes("\ufffd"));
  });

  it("fits into a message whatever it consists of, and shows what draws itself over as lines", (context) => {
    const job = world(context).job("a", 1, "a");
    writeFileSync(job.file("log"), "\u0001".repeat(LOG_PIECE * 2));
    assert.ok(JSON.stringify(lastLines(job, true)).length < LARGEST_MESSAGE);
    writeFileSync(job.file("log"), "10 %\r20 %\r\ndone\n");
    assert.equal(lastLines(job, true).text, "10 %\n20 %\ndone\n");
  });

  it("is nothing where there is no log", (context) => {
    const job = world(context).job("a", 1, "a");
    assert.deepEqual(lastLines(job, true), { from: 0, to: 0, text: "" });
    assert.deepEqual(linesAfter(job, 0, true), { from: 0, to: 0, text: "" });
  });
});
