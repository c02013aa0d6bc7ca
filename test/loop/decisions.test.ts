import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { isHard } from "../../src/core/referee/verdict.ts";
import { finishApproval } from "../../src/core/review/approval.ts";
import { checkEdit } from "../../src/core/review/editing.ts";
import { Judging } from "../../src/core/review/judging.ts";
import { Review } from "../../src/core/review/review.ts";
import { Undoing } from "../../src/core/review/undo.ts";
import type { Candidate } from "../../src/core/store/candidates.ts";
import type { Store } from "../../src/core/store/store.ts";
import { SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import { type Change, LoopProject } from "../support/loopProject.ts";

const N = 20;
const SIZES = { pool: 150, testPerCell: 1, newInstructions: N, panel: 10 };
const clock = new SystemClock();

const by = (store: Store, actor = "ann"): ConstructorParameters<typeof Judging>[0] => ({ store, clock, actor });
const judgingBy = (store: Store): Judging => new Judging(by(store));
const reviewBy = (store: Store, actor?: string): Review => new Review(by(store, actor));

const full: Change = (config) => ({
  ...config,
  discrimination: { ...config.discrimination, mode: "full" },
  gates: { ...config.gates, afterDiscrimination: true },
});

const parentsOf = (candidates: readonly Candidate[], half: "hard" | "easy"): Set<number | null> =>
  new Set(candidates.filter((candidate) => candidate.half === half).map(({ parentId }) => parentId));

test("what a person judges at the gate behind the discrimination is what the generation draws from", async (t) => {
  const project = await LoopProject.oracle(t, SIZES, full);
  const gate = await project.runUntilStopped({});
  assert.equal(gate.kind, "person");
  assert.match(gate.message, /the generation waits/);
  const judged = await project.use((store) => {
    const { tau } = project.config.discrimination;
    const verdicts = store.ratings.verdicts(1, "draw").filter(({ gap }) => gap !== null);
    const of = (hard: boolean): number[] =>
      verdicts.filter(({ gap }) => isHard(gap as number, tau) === hard).map(({ instructionId }) => instructionId);
    const [hard, easy] = [of(true), of(false)];
    const [toEasy, excluded, undone] = hard as [number, number, number];
    const [toHard, unscored] = easy as [number, number];
    const target = (instructionId: number) => ({ iteration: 1, instructionId });
    const verdict = verdicts.find(({ instructionId }) => instructionId === unscored);
    assert.ok(verdict);
    store.ratings.putVerdict({ ...verdict, state: "unscored", gap: null, teacherScore: null, studentScore: null });
    const judging = judgingBy(store);
    judging.override(target(toEasy), "tie");
    judging.override(target(toHard), "teacher");
    judging.score(target(unscored), { teacher: 9, student: 5 });
    reviewBy(store).exclude([excluded], "not a task");
    judging.override(target(undone), "student");
    assert.equal(new Undoing(by(store)).undo().count, 1);
    return { toEasy, toHard, unscored, excluded, undone };
  });
  assert.match((await project.runUntilStopped({})).message, /candidates of iteration 1 wait/);
  await project.use((store) => {
    const candidates = store.candidates.ofIteration(1);
    const [hard, easy] = [parentsOf(candidates, "hard"), parentsOf(candidates, "easy")];
    assert.ok(hard.has(judged.toHard) && !easy.has(judged.toHard));
    assert.ok(!hard.has(judged.toEasy), "what the person found easy is no hard seed");
    assert.ok(hard.has(judged.unscored), "scored by hand it is a seed");
    assert.ok(!easy.has(judged.undone), "what was undone changes nothing");
    assert.ok(!hard.has(judged.excluded) && !easy.has(judged.excluded), "an excluded one is in no draw");
  });
});

test("an edited candidate is trained on in its new form and counts once; a disputed and an excluded one are not trained on", async (t) => {
  const project = await LoopProject.oracle(t, SIZES);
  await project.runUntilStopped({});
  const requests = (): Promise<number> => project.use((store) => store.ledger.callsByRole(1).get("generator") ?? 0);
  const made = await requests();
  const ids = await project.use((store) => {
    const review = reviewBy(store);
    const waiting = review.list({ state: "waiting" }).map(({ id }) => id);
    const [first, disputed] = waiting as [number, number];
    const text = { instruction: "Write the word lantern backwards, then name its third letter.", input: "" };
    const { replacement } = review.edit(first, text, checkEdit(store, project.config, first, text));
    review.approve([replacement]);
    review.approve([disputed]);
    reviewBy(store, "ben").refuse([disputed], "dull", { second: true });
    return { first, replacement, disputed, waiting };
  });
  await project.runUntilStopped({});
  assert.equal(await requests(), made, "an edit and a dispute leave nothing to top up");
  const excluded = await project.use((store) => {
    const [, , one] = ids.waiting as [number, number, number];
    reviewBy(store).exclude([one], "not a task");
    return one;
  });
  await project.runUntilStopped({});
  await project.use((store) => {
    const review = reviewBy(store);
    assert.equal(review.list({ state: "waiting" }).length, N - 2, "an excluded candidate is made good for");
    assert.ok(
      store.candidates
        .ofIteration(1)
        .every(({ half, ordinal }) => half === null || ordinal >= 0 || ordinal === -ids.replacement),
    );
    review.approve(review.list({ state: "waiting" }).map(({ id }) => id));
    assert.equal(finishApproval(store, clock, "ann").approved, N - 1);
  });
  await project.run({ only: "generation" });
  await project.run({ only: "imitation" });
  await project.use((store) => {
    for (const pool of [store.pools.train(2), store.pools.cache(2)]) {
      assert.ok(pool.includes(ids.replacement));
      assert.ok(![ids.first, ids.disputed, excluded].some((id) => pool.includes(id)));
    }
    assert.equal(store.pools.train(2).length, N - 1);
  });
});

const python = new Python({
  ...{ runner: new SystemProcessRunner(), configured: undefined, projectDir: "/", environment: process.env },
  trainerRoot: join(import.meta.dirname, "../../trainer"),
});
const missing = await python.versions().then(
  () => null,
  (error: Error) => error.message,
);

test("the training file holds what a person wrote in the teacher's place, and nothing that was rejected or excluded", {
  skip: missing ?? false,
  timeout: 120_000,
}, async (t) => {
  const tiny = {
    ...{ model_type: "llama", hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 2 },
    ...{ max_position_embeddings: 256, tie_word_embeddings: true },
  };
  const project = await LoopProject.unanswered(t, { ...SIZES, pool: 12 }, (config) => ({
    ...config,
    profiles: {
      ...config.profiles,
      student: {
        ...{ kind: "checkpoint", template: "lion", target: "local", maxNewTokens: 8, temperature: 0, topP: 1 },
        ...{ batchTokens: 256, base: { config: tiny, tokenizer: { vocabulary: 300 } } },
      },
    },
    gates: { ...config.gates, beforeTraining: true },
    training: { ...config.training, processes: 1, epochs: 1, first: { epochs: 1 } },
  }));
  assert.match((await project.runUntilStopped({})).message, /the training waits/);
  const { corrected, rejected, excluded } = await project.use((store) => {
    const [corrected, rejected, excluded] = store.pools.train(1) as [number, number, number];
    const judging = judgingBy(store);
    judging.correct(corrected, "What a person knows better.");
    judging.reject(rejected, store.ledger.answersOf(rejected, "teacher")[0]?.id ?? 0);
    reviewBy(store).exclude([excluded], "not a task");
    return { corrected, rejected, excluded };
  });
  await project.run({ only: "imitation" });
  const [file, ...others] = globSync(join(project.project.dataDirectory, "**/in/train.jsonl"));
  assert.ok(file !== undefined && others.length === 0);
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; output: string });
  assert.equal(rows.length, 10);
  assert.equal(rows.find(({ id }) => id === String(corrected))?.output, "What a person knows better.");
  assert.ok(!rows.some(({ id }) => [rejected, excluded].map(String).includes(id)));
  assert.ok(
    project.notes().some((note) => /1 of 11 instructions have no usable teacher's answer .*found wrong/.test(note)),
  );
});
