import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { LionError } from "../../src/core/errors.ts";
import { estimateFacts } from "../../src/core/loop/estimateFacts.ts";
import { finishApproval } from "../../src/core/review/approval.ts";
import { Review } from "../../src/core/review/review.ts";
import type { Store } from "../../src/core/store/store.ts";
import { Engine } from "../../src/engine/engine.ts";
import { sandboxEntry, trainerRoot } from "../../src/engine/installation.ts";
import { kill, seen, startEngine } from "../support/engineWorld.ts";
import { query } from "../support/lionCommand.ts";
import { LoopProject } from "../support/loopProject.ts";

const N = 12;
const SIZES = { pool: 60, testPerCell: 1, newInstructions: N, panel: 5, maxRated: 60, iterations: 2 };
const clock = new SystemClock();

/** A project whose candidates of the first iteration wait for a person. */
async function waiting(context: Parameters<typeof LoopProject.oracle>[0], latencyMs = 0): Promise<LoopProject> {
  const made = await LoopProject.oracle(context, SIZES, (config) => ({ ...config, evaluation: { sets: "none" } }));
  await made.runUntilStopped({});
  made.change((config) => ({ ...config, sandbox: config.sandbox && { ...config.sandbox, latencyMs } }));
  return made;
}

const reviewBy = (store: Store): Review => new Review({ store, clock, actor: "ann" });
const candidates = (made: LoopProject): Promise<number[]> =>
  made.use((store) =>
    reviewBy(store)
      .list({ state: "waiting" })
      .map(({ id }) => id),
  );

/** The teacher's requests of candidates, and how many attempts were made for them. */
function teacherCalls({ project }: LoopProject): Array<{ draw: number; iteration: number; attempts: number }> {
  return query(
    project.directory,
    `SELECT r.draw, r.iteration, count(*) AS attempts FROM request r JOIN attempt a ON a.request_key = r.key
     WHERE r.role = 'teacher' AND r.instruction_id IN (SELECT instruction_id FROM candidate) GROUP BY r.key ORDER BY r.draw`,
  );
}

test("what was asked ahead of the person is not asked again by the imitation", async (context) => {
  const made = await waiting(context);
  const ids = await candidates(made);
  const client = await startEngine(context, made.project);
  const phases = new Set<string>();
  const asking: number[] = [];
  client.onState((state) => {
    phases.add(state.phase);
    asking.push(state.asking);
  });
  const replies = await Promise.all([
    client.ask({ instructionIds: ids.slice(0, 5), purpose: "ahead" }),
    client.ask({ instructionIds: ids.slice(3, 8), purpose: "ahead" }),
  ]);
  assert.deepEqual(replies, [
    { asked: 5, answered: 5, problem: null },
    { asked: 5, answered: 5, problem: null },
  ]);
  assert.deepEqual([...phases], ["idle"], "nothing seems to run");
  assert.equal(Math.max(...asking), 10);
  assert.equal(client.state.asking, 0);
  assert.deepEqual(query(made.project.directory, "SELECT count(*) AS n FROM lease WHERE token LIKE 'aside/%'"), [
    { n: 1 },
  ]);
  assert.equal((await made.use((store) => store.iterations.latest()))?.number, 1);
  const ahead = teacherCalls(made);
  assert.equal(ahead.length, new Set(ids.slice(0, 8)).size);
  assert.ok(ahead.every(({ draw, iteration, attempts }) => draw === 0 && iteration === 1 && attempts === 1));
  await made.use((store) => {
    reviewBy(store).approve(ids);
    finishApproval(store, clock, "ann");
    const { iteration, train } = estimateFacts(store, made.config);
    assert.deepEqual(
      [iteration, train.size, train.open.hits],
      [2, N, N - 8],
      "the estimate knows what is there already",
    );
  });
  const run = await client.run({ only: "imitation" }).catch((error: unknown) => error);
  assert.equal((run as { outcome?: string }).outcome, "failed", "the generation of the first iteration is next");
  await client.run({ only: "generation" });
  assert.equal((await client.run({ only: "imitation" })).outcome, "done");
  const all = teacherCalls(made);
  assert.equal(all.length, N);
  assert.ok(
    all.every(({ attempts }) => attempts === 1),
    "no question twice",
  );
});

test("asked again it is another draw, which serves", async (context) => {
  const made = await waiting(context);
  const [id] = await candidates(made);
  const client = await startEngine(context, made.project);
  for (const purpose of ["ahead", "again", "again"] as const) {
    const reply = await client.ask({ instructionIds: [id as number], purpose, actor: "ann" });
    assert.deepEqual(reply, { asked: 1, answered: 1, problem: null });
  }
  assert.deepEqual(
    teacherCalls(made).map(({ draw }) => draw),
    [0, 1, 2],
  );
  assert.deepEqual(
    query(made.project.directory, `SELECT chosen_by FROM answer_of WHERE instruction_id = ${id} AND role = 'teacher'`),
    [{ chosen_by: null }, { chosen_by: "ann" }, { chosen_by: "ann" }],
  );
  await assert.rejects(
    client.ask({ instructionIds: [999_999], purpose: "again" }),
    (error) => error instanceof LionError && error.kind === "input",
  );
});

test("a question gives way to a run, and nothing that was paid for is lost", async (context) => {
  const made = await waiting(context, 150);
  const ids = await candidates(made);
  made.change((config) => ({
    ...config,
    profiles: { ...config.profiles, teacher: { ...config.profiles.teacher, limits: { concurrency: 2 } } as never },
  }));
  const client = await startEngine(context, made.project);
  const asked = client.ask({ instructionIds: ids, purpose: "ahead" });
  await new Promise<void>((resolve) => {
    const look = (): void => void (teacherCalls(made).length > 0 ? resolve() : setTimeout(look, 20));
    look();
  });
  const run = client.run({});
  const refused = assert.rejects(
    client.ask({ instructionIds: ids, purpose: "ahead" }),
    (error) => error instanceof LionError && /nothing is asked beside that/.test(error.message),
  );
  const reply = await asked;
  assert.ok(reply.asked < N && reply.answered <= reply.asked);
  assert.match(reply.problem ?? "", /Other work came first/);
  await refused;
  assert.equal((await run).outcome, "waiting");
  const sent = "SELECT count(*) AS n FROM attempt WHERE state <> 'settled'";
  assert.deepEqual(query(made.project.directory, sent), [{ n: 0 }]);
});

test("an engine that is killed while it asks ahead has lost nothing but what was in flight", async (context) => {
  const made = await waiting(context, 60);
  const ids = await candidates(made);
  const client = await startEngine(context, made.project);
  const broken = assert.rejects(client.ask({ instructionIds: ids, purpose: "ahead" }), /The engine is gone/);
  const stored = (): number =>
    query<{ n: number }>(
      made.project.directory,
      "SELECT count(*) AS n FROM answer_of WHERE role = 'teacher' AND instruction_id IN (SELECT instruction_id FROM candidate)",
    )[0]?.n ?? 0;
  while (stored() === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  kill(client.pid);
  await broken;
  const next = await startEngine(context, made.project);
  assert.deepEqual(await next.ask({ instructionIds: ids, purpose: "ahead" }), { asked: N, answered: N, problem: null });
  const twice = "SELECT request_key FROM attempt WHERE state = 'settled' GROUP BY request_key HAVING count(*) > 1";
  assert.deepEqual(query(made.project.directory, twice), []);
  assert.deepEqual(query(made.project.directory, "SELECT count(*) AS n FROM attempt WHERE state = 'sent'"), [{ n: 0 }]);
});

test("whoever wants to work on the project elsewhere gets it from an engine that only asks", async (context) => {
  const made = await waiting(context);
  const ids = await candidates(made);
  const client = await startEngine(context, made.project);
  const changed = seen(client, ({ event }) => event === "changed");
  await client.ask({ instructionIds: ids, purpose: "ahead" });
  await changed;
  const engine = await Engine.open(made.project, {
    listener: () => {},
    keyOf: () => undefined,
    sandboxEntry,
    trainerRoot,
  });
  await engine.close();
  assert.deepEqual(await client.ask({ instructionIds: ids, purpose: "ahead" }), {
    asked: N,
    answered: N,
    problem: null,
  });
});
