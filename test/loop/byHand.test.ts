import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { LionError } from "../../src/core/errors.ts";
import { allowanceOf, grantAllowance } from "../../src/core/loop/allowance.ts";
import { failedRequests } from "../../src/core/loop/failedRequests.ts";
import { applyRerating } from "../../src/core/loop/reratingSummary.ts";
import type { ProjectConfig } from "../../src/core/project/schema.ts";
import type { Store } from "../../src/core/store/store.ts";
import { storedExamples } from "../../src/engine/trainOnce.ts";
import { LoopProject } from "../support/loopProject.ts";

const SIZES = { pool: 60, testPerCell: 1, newInstructions: 8, panel: 6 };
const clock = new SystemClock();

function one(config: ProjectConfig): ProjectConfig {
  return { ...config, loop: { ...config.loop, iterations: 1 } };
}

/** The project with one more profile, like the one of a role. */
function withSecond(role: "teacher" | "referee", name: string): (config: ProjectConfig) => ProjectConfig {
  return (config) => {
    const profile = config.profiles[config.roles[role]];
    assert.ok(profile);
    return { ...config, profiles: { ...config.profiles, [name]: profile } };
  };
}

async function limitReached(work: Promise<unknown>): Promise<LionError> {
  const error = await work.then(
    () => assert.fail("there was room"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LionError && error.kind === "limit", String(error));
  return error;
}

function allow(project: LoopProject, calls: number | null): Promise<unknown> {
  return project.use((store) =>
    grantAllowance(store, clock, { iteration: 1, calls, cost: null, currency: null, actor: "ann" }),
  );
}

function count(store: Store, sql: string): number {
  return store.connection.prepare(sql).pluck().get() as number;
}

test("an allowance ends the run; raised, it goes on and pays for nothing twice", async (t) => {
  const undisturbed = await LoopProject.unanswered(t, SIZES, one);
  await undisturbed.run({ approval: "auto", iterations: 1, only: "imitation" });
  await undisturbed.run({ approval: "auto", iterations: 1, only: "discrimination" });
  await undisturbed.run({ approval: "auto", iterations: 1, only: "generation" });
  const expected = await undisturbed.status();

  const project = await LoopProject.unanswered(t, SIZES, one);
  const sandbox = await project.serveBy(t);
  const requests = (): number => Object.values(sandbox.stats().models).reduce((sum, model) => sum + model.requests, 0);
  for (const [stage, calls] of [
    ["imitation", 25],
    ["discrimination", 100],
    ["generation", null],
  ] as const) {
    await allow(project, calls);
    if (calls !== null) {
      const error = await limitReached(project.run({ only: stage }));
      assert.deepEqual(error.problem, { code: "allowance", iteration: 1 });
      assert.match(error.message, new RegExp(`iteration 1 .*${calls} calls were allowed`));
      assert.equal(requests(), calls, "it is used up and not exceeded");
      assert.equal((await project.use((store) => store.iterations.stage(1, stage)))?.state, "stopped");
      await allow(project, 10_000);
    }
    await project.run({ only: stage, approval: "auto" });
  }
  const [first] = (await project.status()).iterations;
  assert.deepEqual(first?.calls, expected.iterations[0]?.calls);
  assert.equal(first?.meanGap, expected.iterations[0]?.meanGap);
  await project.use((store) => {
    assert.equal(count(store, "SELECT count(*) FROM attempt"), requests());
    assert.equal(count(store, "SELECT count(DISTINCT request_key) FROM attempt"), requests(), "none was asked twice");
    assert.equal(allowanceOf(store, 1).used.calls, requests());
  });
});

test("what a retry brings serves in the running iteration, and is not asked for again", async (t) => {
  const waiting = (config: ProjectConfig): ProjectConfig => ({
    ...one(config),
    gates: { ...config.gates, beforeTraining: true },
  });
  const project = await LoopProject.unanswered(t, SIZES, waiting);
  const sandbox = await project.serveBy(t, [
    { when: { model: "oracle-teacher" }, times: 6, what: { kind: "refusal" } },
    { when: { model: "oracle-teacher" }, times: 4, what: { kind: "status", status: 400 } },
  ]);
  project.change(withSecond("teacher", "second"));
  const trained = (): Promise<number> => project.use((store) => storedExamples(project.project, store).length);
  await project.runUntilStopped({ only: "imitation" });
  assert.equal(await trained(), SIZES.pool - 10);
  const failed = await project.use(failedRequests);
  assert.deepEqual(
    failed.map(({ role, profile, kind, count }) => [role, profile, kind, count]),
    [
      ["teacher", "teacher", "refused", 6],
      ["teacher", "teacher", "failed", 4],
    ],
  );

  const asWas = await project.withEngine((engine) => engine.retryFailed({ actor: "ann" }));
  assert.deepEqual(asWas, { asked: 10, answered: 4, unchanged: 6, reopened: 0 });

  await allow(project, SIZES.pool + 4 + 2);
  const another = { profile: "second", parameters: { max_tokens: 500 }, actor: "ann" };
  await limitReached(project.withEngine((engine) => engine.retryFailed(another)));
  await allow(project, null);
  const rest = await project.withEngine((engine) => engine.retryFailed(another));
  assert.deepEqual(rest, { asked: 4, answered: 4, unchanged: 0, reopened: 0 }, "two were answered before");
  assert.deepEqual(await project.use(failedRequests), []);

  await project.run({ only: "imitation" });
  assert.equal(await trained(), SIZES.pool);
  assert.equal(sandbox.stats().models["oracle-teacher"]?.requests, SIZES.pool + 4 + 6);
  await project.use((store) =>
    assert.equal(count(store, "SELECT count(*) FROM answer_of WHERE chosen_by = 'ann'"), 10, "it says who asked"),
  );
});

test("a re-rating adds ratings, can be broken off, and replaces verdicts only when told to", async (t) => {
  const project = await LoopProject.oracle(t, SIZES, (config) => ({
    ...one(config),
    discrimination: { ...config.discrimination, mode: "full", panel: 6 },
  }));
  const sandbox = await project.serveBy(t, [
    { when: { model: "oracle-referee", nth: [1, 2] }, what: { kind: "empty" } },
  ]);
  await project.run({ only: "imitation" });
  await limitReached(
    project
      .use(async (store) => {
        grantAllowance(store, clock, { iteration: 1, calls: 40, cost: null, currency: null, actor: "ann" });
      })
      .then(() => project.run({ only: "discrimination" })),
  );
  await assert.rejects(
    project.withEngine((engine) => engine.rerate({ iteration: 1, actor: "ann" })),
    /discrimination of iteration 1 is not done/,
  );
  await allow(project, null);
  await project.run({ only: "discrimination" });
  project.change(withSecond("referee", "second"));
  const before = await project.use((store) => [...store.ratings.allVerdicts()]);
  const asked = (): number => sandbox.stats().models["oracle-referee"]?.requests ?? 0;
  const askedBefore = asked();

  const options = { iteration: 1, profile: "second", actor: "ann" };
  const used = await project.use((store) => allowanceOf(store, 1).used.calls);
  await allow(project, used + 30);
  await limitReached(project.withEngine((engine) => engine.rerate(options)));
  assert.equal(asked(), askedBefore + 30);
  await allow(project, null);
  const summary = await project.withEngine((engine) => engine.rerate(options));
  assert.deepEqual(
    [summary.rerating, summary.done, summary.applied, summary.pairs, summary.scored],
    [1, true, false, SIZES.pool, SIZES.pool],
  );
  await project.use((store) => {
    assert.deepEqual([...store.ratings.allVerdicts()], before, "the verdicts stay as they are");
    const requests = count(store, "SELECT count(*) FROM request WHERE role = 'referee'");
    assert.equal(count(store, "SELECT count(*) FROM attempt WHERE role = 'referee'"), requests, "none was asked twice");
    assert.ok(store.ratings.ofRerating(1).every(({ promptVersion }) => promptVersion.endsWith("/again-1")));
    const applied = applyRerating(store, clock, 1);
    assert.deepEqual({ ...applied, applied: false }, summary);
    const after = store.ratings.verdicts(1, "draw");
    const tau = project.config.discrimination.tau;
    const hard = (verdicts: readonly { gap: number | null }[]): number =>
      verdicts.filter(({ gap }) => gap !== null && gap >= tau).length;
    const unscored = before.filter(({ scope, state }) => scope === "draw" && state === "unscored");
    const newlyHard = hard(
      after.filter((one) => unscored.some(({ instructionId }) => instructionId === one.instructionId)),
    );
    const former = before.filter(({ scope }) => scope === "draw");
    assert.equal(hard(after), hard(former) + summary.toHard - summary.toEasy + newlyHard);
    assert.ok(store.ratings.behindVerdicts(1).every(({ reratingId }) => reratingId === 1));
    assert.throws(() => applyRerating(store, clock, 1), /taken over already/);
    assert.throws(() => applyRerating(store, clock, 9), /no re-rating 9/);
  });
  const again = await project.withEngine((engine) => engine.rerate({ ...options, limit: 5 }));
  assert.deepEqual([again.rerating, again.pairs], [2, 5], "asked again, it is another one");
});
