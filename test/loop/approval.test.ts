import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { isHard } from "../../src/core/referee/verdict.ts";
import { finishApproval } from "../../src/core/review/approval.ts";
import { verdictSubject } from "../../src/core/review/fold.ts";
import { Review } from "../../src/core/review/review.ts";
import type { Store } from "../../src/core/store/store.ts";
import { type Change, LoopProject } from "../support/loopProject.ts";

const N = 20;
const SIZES = { pool: 150, testPerCell: 1, newInstructions: N, panel: 10 };
const clock = new SystemClock();
const reviewBy = (store: Store): Review => new Review({ store, clock, actor: "a person" });

const waitingIds = (store: Store): number[] =>
  reviewBy(store)
    .list({ state: "waiting" })
    .map(({ id }) => id);

const full: Change = (config) => ({ ...config, discrimination: { ...config.discrimination, mode: "full" } });

test("manual approval waits for a person, replaces what was refused, and ends when the person says so", async (t) => {
  const project = await LoopProject.oracle(t, SIZES);
  const waits = await project.runUntilStopped({});
  assert.equal(waits.kind, "person");
  assert.match(waits.message, /20 candidates of iteration 1 wait/);
  assert.equal((await project.status()).toReview, N);

  const refused = await project.use((store) => {
    const some = waitingIds(store).slice(0, 5);
    reviewBy(store).refuse(some, "dull");
    return some;
  });
  const again = await project.runUntilStopped({});
  assert.equal(again.kind, "person");
  await project.use((store) => {
    const waiting = waitingIds(store);
    assert.equal(waiting.length, N, "refused candidates are topped up");
    assert.ok(refused.every((id) => !waiting.includes(id)));
    const halves = waiting.map((id) => store.candidates.get(id)?.half);
    assert.equal(halves.filter((half) => half === "hard").length, N / 2, "by the half that was refused");
    reviewBy(store).approve(waiting);
  });
  const unfinished = await project.runUntilStopped({});
  assert.equal(unfinished.kind, "person", "until the approval is finished nothing moves");
  assert.match(unfinished.message, /review finish/);
  await project.use((store) => assert.equal(store.iterations.latest()?.number, 1));

  const approved = await project.use((store) => {
    assert.deepEqual(finishApproval(store, clock, "a person").missing, 0);
    return reviewBy(store)
      .list({ state: "approved" })
      .map(({ id }) => id);
  });
  assert.equal((await project.runUntilStopped({})).kind, "person");
  await project.use((store) => assert.deepEqual(store.pools.train(2), approved));

  const few = await project.use((store) => {
    const some = waitingIds(store).slice(0, 7);
    reviewBy(store).approve(some);
    assert.equal(finishApproval(store, clock, "a person").missing, N - 7);
    return some;
  });
  await project.runUntilStopped({});
  const { iterations } = await project.status();
  await project.use((store) => assert.deepEqual(store.pools.train(3), few, "fewer than N are enough for a person"));
  assert.deepEqual(
    iterations.map(({ trainPool, cachePool }) => [trainPool, cachePool]),
    [
      [150, 150],
      [N, 150 + N],
      [7, 150 + N + 7],
    ],
  );
});

test("an overridden verdict and an excluded instruction count from the next stage", async (t) => {
  const project = await LoopProject.oracle(t, SIZES, full);
  await project.run({ only: "imitation" });
  await project.run({ only: "discrimination" });
  const decided = await project.use((store) => {
    const { tau } = project.config.discrimination;
    const verdicts = store.ratings.verdicts(1, "draw").filter(({ gap }) => gap !== null);
    const hard = verdicts.filter(({ gap }) => isHard(gap as number, tau)).map(({ instructionId }) => instructionId);
    const easy = verdicts.filter(({ gap }) => !isHard(gap as number, tau)).map(({ instructionId }) => instructionId);
    const [toEasy, excluded, toHard] = [hard[0] as number, hard[1] as number, easy[0] as number];
    for (const [id, half] of [[toEasy, "easy"] as const, [toHard, "hard"] as const]) {
      store.decisions.add(
        { actor: "a person", kind: "override", subject: verdictSubject(1, id), payload: { half }, groupId: `g${id}` },
        0,
      );
    }
    reviewBy(store).exclude([excluded], "not a task");
    return { toEasy, toHard, excluded };
  });
  const counts = (await project.status()).iterations[0];
  assert.equal((await project.runUntilStopped({ only: "generation" })).kind, "person");
  const late = await project.use((store) => {
    const candidates = store.candidates.ofIteration(1);
    const parentsOf = (half: "hard" | "easy"): Set<number | null> =>
      new Set(candidates.filter((candidate) => candidate.half === half).map(({ parentId }) => parentId));
    assert.ok(parentsOf("hard").has(decided.toHard));
    assert.ok(!parentsOf("hard").has(decided.toEasy));
    assert.ok(!parentsOf("easy").has(decided.toHard));
    assert.ok(candidates.every(({ parentId }) => parentId !== decided.excluded));
    // Excluded while the generation is under way: its seeds stay what they were when it began.
    const seed = candidates.map(({ parentId }) => parentId as number).find((id) => id !== decided.toHard) as number;
    reviewBy(store).exclude([seed], "looked at too late");
    return seed;
  });
  await project.run();
  const { iterations, cachePool } = await project.status();
  await project.use((store) => {
    const rated = new Set(store.ratings.verdicts(2, "draw").map(({ instructionId }) => instructionId));
    assert.ok(!rated.has(decided.excluded) && !rated.has(late), "an excluded instruction is in no draw");
    assert.ok(rated.has(decided.toEasy) && rated.has(decided.toHard));
    assert.ok(store.pools.cache(2).includes(decided.excluded), "its row stays in the Cache");
    assert.equal(cachePool, store.pools.cache(4).length - 2, "and is not counted");
  });
  assert.equal(counts?.cachePool, 149);
  assert.equal(iterations.length, 4);
});
