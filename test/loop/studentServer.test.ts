import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { LionError } from "../../src/core/errors.ts";
import type { Checkpoint } from "../../src/core/store/training.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { LocalTarget } from "../../src/core/training/localTarget.ts";
import { isAlive, SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import { endRemains } from "../../src/core/training/servingRemains.ts";
import { askStudent, type StudentQuestion } from "../../src/core/training/studentAnswer.ts";
import { StudentServer } from "../../src/core/training/studentServer.ts";
import { Targets } from "../../src/core/training/targets.ts";
import { type ServingBehaviour, servingPython } from "../support/servingPython.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const clock = new SystemClock();
const never = new AbortController().signal;
const QUESTION: StudentQuestion = {
  instruction: "one two three",
  input: "",
  system: "",
  temperature: 0.7,
  maxTokens: 50,
};

function world(context: TestContext, behaviour: ServingBehaviour = {}) {
  const dataDir = temporaryFolder(context);
  const directory = join("jobs", "j1", "out", "checkpoint");
  mkdirSync(join(dataDir, directory), { recursive: true });
  writeFileSync(join(dataDir, directory, "model.safetensors"), "weights");
  const configured = servingPython(context, behaviour);
  const python = new Python({
    ...{ runner: new SystemProcessRunner(), configured, projectDir: dataDir, trainerRoot: "/trainer", environment: {} },
  });
  const config = { kind: "local", gpus: "all", waitForGpus: false } as const;
  const targets = new Targets(
    { local: config },
    () => new LocalTarget({ clock, python, environment: process.env, graceMs: 5000 }),
  );
  const checkpoint: Checkpoint = {
    ...{ id: 1, iteration: 3, jobId: "j1", target: "local", directory, weightsSha256: "ab".repeat(32) },
    ...{ template: "lion@1", manifest: {}, parentId: null },
  };
  const make = (changes: Partial<Checkpoint> = {}): StudentServer => {
    const server = new StudentServer({
      ...{ clock, targets, dataDir, checkpoint: { ...checkpoint, ...changes }, precision: "bf16" },
    });
    context.after(() => server.stop());
    return server;
  };
  const jobs = (): JobDirectory[] => {
    const folder = join(dataDir, "serving");
    return existsSync(folder) ? readdirSync(folder).map((name) => new JobDirectory(join(folder, name))) : [];
  };
  return { dataDir, targets, make, jobs };
}

async function ask(server: StudentServer, question: Partial<StudentQuestion> = {}, signal = never) {
  const pieces: string[] = [];
  const served = await server.served(() => {});
  const end = await askStudent(served, { ...QUESTION, ...question }, clock, (piece) => pieces.push(piece), signal);
  return { pieces, text: pieces.join(""), end };
}

describe("a served student", () => {
  it("answers piece by piece, with its counts, to the system text, the instruction and the input", async (context) => {
    const { make } = world(context);
    const { pieces, text, end } = await ask(make(), { system: "be brief", input: "the input" });
    assert.equal(text, "be brief|one two three|the input|0.7");
    assert.ok(pieces.length > 3);
    assert.deepEqual(end, { finishReason: "stop", inputTokens: 9, outputTokens: pieces.length });
    assert.equal((await ask(make(), { maxTokens: 2 })).end.finishReason, "length");
  });

  it("is started once, however many ask, with the checkpoint of its target", async (context) => {
    const { make, jobs } = world(context);
    const server = make();
    await Promise.all([ask(server), ask(server), ask(server)]);
    const [job, ...others] = jobs();
    assert.equal(others.length, 0);
    const argv = JSON.parse(job?.text("log")?.split("\n")[0] ?? "[]") as string[];
    assert.deepEqual(argv.slice(0, 2), ["-m", "lion_trainer.serve"]);
    assert.match(argv[argv.indexOf("--model") + 1] ?? "", /jobs\/j1\/out\/checkpoint$/);
    assert.equal(argv[argv.indexOf("--precision") + 1], "bf16");
    assert.ok(!argv.includes("--template"));
  });

  it("is told its template when its weights were trained elsewhere", async (context) => {
    const { make, jobs } = world(context);
    await ask(make({ manifest: { passTemplate: "chat" } }));
    assert.match(jobs()[0]?.text("log") ?? "", /"--template","chat"/);
  });

  it("ends when it is stopped, leaves nothing behind, and starts again when it is asked again", async (context) => {
    const { make, jobs } = world(context);
    const server = make();
    await ask(server);
    const process = jobs()[0]?.process("cpid");
    assert.ok(process && isAlive(process));
    await server.stop();
    assert.ok(!isAlive(process));
    assert.ok(!server.isOn);
    assert.deepEqual(jobs(), []);
    assert.equal((await ask(server)).text, "|one two three||0.7");
  });

  it("can be stopped while it starts", async (context) => {
    const { make, jobs } = world(context, { startMs: 60_000 });
    const server = make();
    const asked = assert.rejects(ask(server), (error) => error instanceof LionError && error.kind === "interrupted");
    while (jobs()[0]?.process("cpid") == null) {
      await clock.sleep(20);
    }
    await server.stop();
    await asked;
    assert.ok(jobs().every((job) => !isAlive(job.process("cpid") ?? { pid: 0, start: "?" })));
  });

  it("says in a sentence why it cannot be served, keeps the log, and tries again when it is asked again", async (context) => {
    const { make, jobs } = world(context, { fail: "the GPU has no memory left" });
    const server = make();
    await assert.rejects(ask(server), /student of iteration 3 could not be served: .*no memory left.*log is/);
    assert.ok(existsSync(jobs()[0]?.file("log") ?? ""));
    await assert.rejects(ask(server), /no memory left/);
    assert.equal(jobs().length, 2);
  });

  it("says when its weights are gone", async (context) => {
    const { make } = world(context);
    await assert.rejects(ask(make({ directory: "jobs/none/out/checkpoint" })), /no longer in .*put the folder back/);
  });

  it("that dies says why, and is started again by the next question", async (context) => {
    const { make } = world(context, { diesAt: "fatal" });
    const server = make();
    await ask(server);
    assert.equal(await server.problem(), null);
    await assert.rejects(ask(server, { instruction: "a fatal question" }));
    while (server.isOn) {
      const problem = await server.problem();
      assert.ok(problem === null || /signal 9/.test(problem), String(problem));
      await clock.sleep(20);
    }
    assert.equal((await ask(server)).text, "|one two three||0.7");
  });

  it("stops an answer at once when it is told to", async (context) => {
    const { make } = world(context, { pauseMs: 50 });
    const server = make();
    const stop = new AbortController();
    const pieces: string[] = [];
    const asked = askStudent(
      await server.served(() => {}),
      { ...QUESTION, instruction: "word ".repeat(500), maxTokens: 500 },
      clock,
      (piece) => {
        pieces.push(piece);
        stop.abort(new Error("enough"));
      },
      stop.signal,
    );
    await assert.rejects(asked, /enough/);
    assert.ok(pieces.length < 5);
  });
});

describe("servers that a window has left behind", () => {
  it("are ended when their window is gone, and left alone while it is there", async (context) => {
    const { make, jobs, targets, dataDir } = world(context);
    await ask(make());
    const [job] = jobs();
    const notes: string[] = [];
    await endRemains(targets, dataDir, (note) => notes.push(note));
    assert.equal(jobs().length, 1);
    const file = job?.file("owner.json") ?? "";
    const owner = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...owner, start: "1" }));
    const process = job?.process("cpid");
    await endRemains(targets, dataDir, (note) => notes.push(note));
    assert.deepEqual(jobs(), []);
    assert.ok(process && !isAlive(process));
    assert.deepEqual(notes, []);
  });

  it("are nothing where nobody has served", async (context) => {
    const { targets, dataDir } = world(context);
    await endRemains(targets, dataDir, assert.fail);
  });
});
