import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Role } from "../../src/core/models/types.ts";
import { exportRows } from "../../src/core/pool/exporting.ts";
import type { Store } from "../../src/core/store/store.ts";
import { storedExamples } from "../../src/engine/trainOnce.ts";
import { type Change, LoopProject } from "../support/loopProject.ts";

const N = 20;
const SIZES = { pool: 150, testPerCell: 1, newInstructions: N, panel: 10 };

const one: Change = (config) => ({ ...config, loop: { ...config.loop, iterations: 1 } });
const full: Change = (config) => ({ ...one(config), discrimination: { ...config.discrimination, mode: "full" } });

function withMaxCalls(role: Role, maxCalls: number | undefined): Change {
  return (config) => {
    const profile = config.profiles[role];
    assert.ok(profile && "limits" in profile);
    const { maxCalls: _, ...limits } = profile.limits;
    const changed = { ...profile, limits: maxCalls === undefined ? limits : { ...limits, maxCalls } };
    return { ...config, profiles: { ...config.profiles, [role]: changed } };
  };
}

async function cacheOf(project: LoopProject): Promise<string> {
  const file = join(project.project.directory, "cache.json");
  await project.use((store) => exportRows(store, project.config, "cache", file));
  return readFileSync(file, "utf8");
}

test("ratings that cannot be read are asked for in other words, then leave the pair unscored", async (t) => {
  const project = await LoopProject.oracle(t, SIZES, full);
  await project.serveBy(t, [{ when: { model: "oracle-referee", share: 0.4 }, what: { kind: "empty" } }]);
  await project.run();
  const [first] = (await project.status()).iterations;
  assert.ok(first && first.unscored > 5, `${first?.unscored} are unscored`);
  assert.equal(first.rated, SIZES.pool);
  assert.equal(first.hard + first.easy + first.unscored, first.rated);
  await project.use((store) => {
    const ratings = store.ratings.behindVerdicts(1);
    const unscored = new Set<number>();
    for (const { instructionId, state, gap } of store.ratings.verdicts(1, "draw")) {
      const ofPair = ratings.filter((rating) => rating.instructionId === instructionId);
      const unread = ["teacher", "student"].filter((order) =>
        ofPair.every(({ firstShown, scores }) => firstShown !== order || scores === null),
      );
      assert.equal(state === "unscored", unread.length > 0, "one unread order and the pair is unscored");
      assert.equal(gap === null, state === "unscored");
      for (const order of unread) {
        const versions = ofPair.filter(({ firstShown }) => firstShown === order).map((rating) => rating.promptVersion);
        assert.deepEqual(new Set(versions), new Set(["referee/1", "referee/1r"]), "both wordings were tried");
        unscored.add(instructionId);
      }
    }
    assert.ok(ratings.every(({ scores, unparsed }) => (scores === null) === (unparsed !== null)));
    assert.ok(store.candidates.all().every(({ parentId }) => !unscored.has(parentId as number)));
  });
});

test("a teacher's cut, refused or empty answer is not trained on and gives no verdict", async (t) => {
  const project = await LoopProject.unanswered(t, { ...SIZES, panel: 0 }, full);
  const kinds = ["length", "refusal", "empty", "content-filter"] as const;
  const sandbox = await project.serveBy(
    t,
    kinds.map((kind) => ({ when: { model: "oracle-teacher", share: 0.06 }, what: { kind } })),
  );
  await project.run({ only: "imitation" });
  await project.run({ only: "discrimination" });
  const faults = Object.values(sandbox.stats().faults).reduce((sum, count) => sum + count, 0);
  assert.equal(Object.keys(sandbox.stats().faults).length, kinds.length, "every kind of bad answer occurs");
  await project.use((store) => {
    const bad = new Set(
      store.pools
        .train(1)
        .filter((id) => store.ledger.answersOf(id, "teacher").some(({ kind }) => kind !== "complete")),
    );
    assert.equal(bad.size, faults);
    const trained = new Set(storedExamples(project.project, store).map(({ instruction }) => instruction.id));
    const rated = new Set(store.ratings.verdicts(1, "draw").map(({ instructionId }) => instructionId));
    for (const id of store.pools.train(1)) {
      assert.equal(trained.has(id), !bad.has(id));
      assert.equal(rated.has(id), !bad.has(id));
    }
  });
  assert.ok(project.notes().some((note) => note.startsWith(`${faults} of ${SIZES.pool} instructions have no usable`)));
  assert.equal(sandbox.stats().models["oracle-teacher"]?.requests, SIZES.pool, "nothing of it is asked twice");
});

test("a student's empty or cut answer is an answer and is rated", async (t) => {
  const project = await LoopProject.oracle(t, { ...SIZES, panel: 0 }, full);
  await project.serveBy(t, [
    { when: { model: "oracle-student", share: 0.1 }, what: { kind: "empty" } },
    { when: { model: "oracle-student", share: 0.1 }, what: { kind: "length" } },
  ]);
  await project.run({ only: "imitation" });
  await project.run({ only: "discrimination" });
  await project.use((store) => {
    const verdicts = store.ratings.verdicts(1, "draw");
    assert.equal(verdicts.length, SIZES.pool);
    const kinds = verdicts.map(({ studentAnswerId, gap }) => ({
      kind: store.ledger.answer(studentAnswerId).kind,
      gap,
    }));
    const empty = kinds.filter(({ kind }) => kind === "empty");
    assert.ok(empty.length > 0 && kinds.some(({ kind }) => kind === "cut"));
    assert.ok(empty.every(({ gap }) => gap === null || gap > 5));
  });
});

test("a cap ends the run without loss; raised, the run comes to what an undisturbed one does", async (t) => {
  const undisturbed = await LoopProject.oracle(t, SIZES, one);
  await undisturbed.run();
  const expected = await cacheOf(undisturbed);

  const project = await LoopProject.oracle(t, SIZES, one);
  const sandbox = await project.serveBy(t);
  let calls = 0;
  for (const [role, cap] of [
    ["student", 15],
    ["referee", 40],
    ["generator", 9],
  ] as const) {
    project.change(withMaxCalls(role, cap));
    for (const attempt of [1, 2]) {
      const stopped = await project.runUntilStopped();
      assert.equal(stopped.kind, "limit", stopped.message);
      assert.match(stopped.message, new RegExp(`${role}.*cap of ${cap} calls`));
      assert.equal(sandbox.stats().models[`oracle-${role}`]?.requests, cap, `run ${attempt} keeps to the cap`);
    }
    const spent = await project.use((store) => attemptsOf(store));
    assert.ok(spent > calls);
    calls = spent;
    project.change(withMaxCalls(role, undefined));
  }
  await project.run();
  assert.equal(await cacheOf(project), expected);
  const repeated = Object.entries(sandbox.stats().keys).filter(([, count]) => count.answered !== 1);
  assert.deepEqual(repeated, [], "every request was answered once");
});

test("a run paused in each stage comes to what an undisturbed one does", async (t) => {
  const undisturbed = await LoopProject.unanswered(t, SIZES, one);
  await undisturbed.run();
  const project = await LoopProject.unanswered(t, SIZES, one);
  const sandbox = await project.serveBy(t);
  for (const step of ["teacher answers", "panel", "rated", "candidates"]) {
    project.onEvent = (event, engine) => {
      if (event.event === "progress" && event.step === step && event.done >= 5) {
        engine.pause();
      }
    };
    const paused = await project.runUntilStopped();
    assert.equal(paused.kind, "interrupted", `${step}: ${paused.message}`);
    await project.use((store) => {
      const open = store.connection.prepare("SELECT count(*) FROM attempt WHERE state = 'sent'").pluck().get();
      assert.equal(open, 0, "what was in flight is stored");
    });
  }
  project.onEvent = () => {};
  await project.run();
  assert.equal(await cacheOf(project), await cacheOf(undisturbed));
  assert.ok(Object.values(sandbox.stats().keys).every(({ answered }) => answered === 1));
});

test("a generator that does not deliver ends with an account of why; allowed more, it goes on", async (t) => {
  const project = await LoopProject.oracle(t, SIZES, (config) => ({
    ...one(config),
    generation: { ...config.generation, maxRequestsPerInstruction: 1 },
    sandbox: { ...(config.sandbox as NonNullable<typeof config.sandbox>), malformed: 0.8 },
  }));
  const stopped = await project.runUntilStopped();
  assert.equal(stopped.kind, "limit");
  assert.match(stopped.message, /delivered \d+ of 10 hard instructions in its 10 requests \(refused: /);
  assert.equal((await project.runUntilStopped()).message, stopped.message, "the same account when it is run again");
  const before = await project.use((store) => store.candidates.all().length);
  assert.ok(before >= 10);
  project.change((config) => ({
    ...config,
    generation: { ...config.generation, maxRequestsPerInstruction: 20 },
    review: { ...config.review, askAhead: 0, claimMinutes: 1 },
  }));
  await project.run();
  assert.equal((await project.status()).trainPool, N);
  assert.deepEqual(
    project.notes().filter((note) => note.includes("has changed since")),
    [],
    "what applies at once is not said to wait",
  );
});

test("an iteration that was frozen before people could say how they review goes on, and nothing seems changed", async (t) => {
  const project = await LoopProject.oracle(t, SIZES, one);
  await project.run({ only: "imitation" });
  await project.use((store) => {
    store.connection.exec("UPDATE iteration SET config = json_remove(config, '$.review')");
  });
  await project.run();
  assert.deepEqual(
    project.notes().filter((note) => note.includes("has changed since")),
    [],
  );
  assert.equal((await project.status()).trainPool, N);
});

function attemptsOf(store: Store): number {
  return store.connection.prepare("SELECT count(*) FROM attempt").pluck().get() as number;
}
