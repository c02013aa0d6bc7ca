import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import { EngineClient } from "../../src/engine/client.ts";
import type { EngineEvent } from "../../src/protocol/engine.ts";
import {
  gone,
  hasMeetingPoint,
  kill,
  progressOf,
  seen,
  slowProject,
  startEngine,
  state,
} from "../support/engineWorld.ts";
import { query } from "../support/lionCommand.ts";
import type { LoopProject } from "../support/loopProject.ts";

/** Nothing that was paid for is asked for again, and no request is without an owner. */
function assertNothingLost({ project: { directory } }: LoopProject): void {
  const asked = "SELECT request_key FROM attempt WHERE state = 'settled' GROUP BY request_key HAVING count(*) > 1";
  assert.deepEqual(query(directory, asked), []);
  assert.deepEqual(query(directory, "SELECT count(*) AS n FROM attempt WHERE state = 'sent'"), [{ n: 0 }]);
  assert.deepEqual(query(directory, "SELECT count(*) AS n FROM lease"), [{ n: 0 }]);
}

const answers = ({ project }: LoopProject): number =>
  query<{ n: number }>(project.directory, "SELECT count(*) AS n FROM answer")[0]?.n ?? 0;

test("two windows that start at once end at one engine, and see the same events", async (context) => {
  const made = await slowProject(context, 2);
  const [one, two] = await Promise.all([startEngine(context, made.project), startEngine(context, made.project)]);
  assert.equal(one.pid, two.pid);
  const heard: [EngineEvent[], EngineEvent[]] = [[], []];
  one.onEvent((event) => heard[0].push(event));
  two.onEvent((event) => heard[1].push(event));
  const idle = state(two, ({ phase, lastEnd }) => phase === "idle" && lastEnd !== null);
  const run = one.run({ approval: "auto" });
  await seen(two, progressOf("teacher answers"));
  assert.equal(two.state.phase, "running");
  assert.equal(two.state.clients, 2);
  assert.equal(two.state.progress?.stage, "imitation");
  await assert.rejects(two.run({}), (error) => error instanceof LionError && /at work already/.test(error.message));
  assert.deepEqual(await run, { outcome: "done", kind: null, message: "" });
  const { lastEnd, spent } = await idle;
  assert.equal(lastEnd?.outcome, "done");
  assert.ok(spent && spent.calls >= 0 && spent.cost === null, "the sandbox has no price");
  await two.pause();
  assert.deepEqual(heard[0], heard[1]);
  const stages = heard[1].filter(({ event }) => event === "stage").length;
  assert.equal(stages, 8, "three stages and the closing imitation, begun and done");
  assert.ok(heard[1].some(({ event }) => event === "changed"));
  one.detach();
  two.detach();
  const milliseconds = await gone(one.pid);
  assert.ok(milliseconds > 1000 && milliseconds < 10_000, `an idle engine waits a moment: ${milliseconds} ms`);
  assert.equal(hasMeetingPoint(made.project), false);
  assertNothingLost(made);
});

test("an engine that is killed is noticed, and the next one goes on where it was", async (context) => {
  const made = await slowProject(context);
  const first = await startEngine(context, made.project);
  const closed = new Promise<void>((resolve) => {
    first.onClose(resolve);
  });
  const run = assert.rejects(first.run({ approval: "auto" }), /The engine is gone, and nothing/);
  await seen(first, progressOf("teacher answers", 30));
  kill(first.pid);
  await Promise.all([closed, run]);
  assert.ok(hasMeetingPoint(made.project), "a killed engine tidies nothing up");
  const kept = answers(made);
  assert.ok(kept >= 30);
  const second = await startEngine(context, made.project);
  assert.notEqual(second.pid, first.pid);
  assert.equal((await second.run({ approval: "auto" })).outcome, "done");
  assertNothingLost(made);
});

test("attended work pauses and ends when its last window is gone, and the next one resumes", async (context) => {
  const made = await slowProject(context);
  const first = await startEngine(context, made.project);
  const broken = assert.rejects(first.run({ approval: "auto" }), LionError);
  await seen(first, progressOf("teacher answers", 10));
  first.detach();
  await broken;
  const milliseconds = await gone(first.pid);
  assert.ok(milliseconds > 2500, `there is time for a reload: ${milliseconds} ms`);
  assert.equal(hasMeetingPoint(made.project), false);
  assertNothingLost(made);
  const stages = query(made.project.directory, "SELECT name, state FROM stage");
  assert.equal(JSON.stringify(stages).includes('"running"'), false, JSON.stringify(stages));
  const second = await startEngine(context, made.project);
  assert.equal((await second.run({ approval: "auto" })).outcome, "done");
  assertNothingLost(made);
});

test("a window that reloads finds its engine at work", async (context) => {
  const made = await slowProject(context);
  const first = await startEngine(context, made.project);
  const broken = assert.rejects(first.run({ approval: "auto" }), LionError);
  await seen(first, progressOf("teacher answers", 5));
  first.detach();
  await broken;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const back = await EngineClient.attach(made.project);
  assert.ok(back);
  context.after(() => back.detach());
  assert.equal(back.pid, first.pid);
  assert.equal(back.state.phase, "running");
  const pausing = state(back, ({ phase }) => phase === "pausing");
  const ended = state(back, ({ phase }) => phase === "idle");
  await back.pause();
  await pausing;
  assert.equal((await ended).lastEnd?.outcome, "paused");
  assertNothingLost(made);
});

test("unattended work goes on until a person is needed, and says so by the program that was named", async (context) => {
  const made = await slowProject(context);
  const note = join(made.project.directory, "notified.json");
  const script = `require("fs").writeFileSync(process.argv[1], JSON.stringify([process.env.LION_REASON, process.env.LION_OUTCOME, process.argv.slice(2)]))`;
  const hostile = "$(touch hacked); `touch hacked`";
  const client = await startEngine(context, made.project);
  const broken = assert.rejects(
    client.run({
      approval: "manual",
      unattended: true,
      notify: { program: process.execPath, args: ["-e", script, note, hostile] },
    }),
    LionError,
  );
  await seen(client, progressOf("teacher answers", 5));
  assert.equal(client.state.unattended, true);
  client.detach();
  await broken;
  await gone(client.pid);
  assert.deepEqual(query(made.project.directory, "SELECT name, state FROM stage WHERE state <> 'done'"), [
    { name: "generation", state: "waiting" },
  ]);
  assertNothingLost(made);
  for (let waited = 0; waited < 100 && !(statSync(note, { throwIfNoEntry: false })?.size ?? 0); waited++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [reason, outcome, args] = JSON.parse(readFileSync(note, "utf8"));
  assert.match(reason, /^10 candidates of iteration 1 wait for approval/);
  assert.equal(outcome, "waiting");
  assert.deepEqual(args, [hostile], "no shell has read it");
});

test("attended work can be left alone afterwards, and taken back", async (context) => {
  const made = await slowProject(context, 600);
  const client = await startEngine(context, made.project);
  const broken = assert.rejects(client.run({ approval: "auto" }), LionError);
  await seen(client, progressOf("teacher answers", 5));
  await client.setUnattended(true);
  client.detach();
  await broken;
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const back = await EngineClient.attach(made.project);
  assert.equal(back?.pid, client.pid, "it is still there after the grace");
  context.after(() => back?.detach());
});

test("what a person asks for beside the stages is done there too, one piece of work at a time", async (context) => {
  const made = await slowProject(context);
  const client = await startEngine(context, made.project);
  await client.run({ only: "imitation" });
  assert.deepEqual(await client.retryFailed({}), { asked: 0, answered: 0, unchanged: 0, reopened: 0 });
  await assert.rejects(
    client.rerate({ iteration: 1 }),
    (error) => error instanceof LionError && error.kind === "input",
  );
  await client.run({ only: "discrimination" });
  const rated = seen(client, progressOf("rated again"));
  const summary = client.rerate({ iteration: 1, limit: 5, actor: "Ada" });
  await rated;
  await assert.rejects(client.retryFailed({}), /at work already/);
  assert.equal((await summary).pairs, 5);
  await assert.rejects(client.train({ output: join(made.project.directory, "weights") }), /served model/);
  assert.equal(client.state.lastEnd?.outcome, "failed");
  assertNothingLost(made);
});

test("what the engine says of itself is put aside when it has grown, and is its owner's alone", async (context) => {
  const made = await slowProject(context);
  const log = join(made.project.dataDirectory, "engine.log");
  writeFileSync(log, "x".repeat(1_000_001), { mode: 0o644 });
  await startEngine(context, made.project);
  assert.ok(statSync(log).size < 1000);
  assert.equal(statSync(`${log}.old`).size, 1_000_001);
  if (process.platform !== "win32") {
    assert.equal(statSync(log).mode & 0o777, 0o600);
  }
});

test("an engine that cannot start says why, in one sentence", async (context) => {
  const made = await slowProject(context);
  const script = join(made.project.directory, "broken.mjs");
  writeFileSync(script, 'console.log("no such luck"); process.exit(1);');
  await assert.rejects(
    EngineClient.start(made.project, { entry: [script], execPath: process.execPath, environment: process.env }),
    (error) => error instanceof LionError && /did not start \(no such luck\): see .*engine\.log/.test(error.message),
  );
});
