import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tokenizerFor } from "../../src/core/diversity/tokenize.ts";
import { exportRows } from "../../src/core/pool/exporting.ts";
import { instructionOf } from "../../src/core/pool/instruction.ts";
import { isHard } from "../../src/core/referee/verdict.ts";
import { stateOf } from "../../src/core/review/candidateState.ts";
import { effectiveState } from "../../src/core/review/fold.ts";
import type { Candidate } from "../../src/core/store/candidates.ts";
import type { Store } from "../../src/core/store/store.ts";
import { LoopProject } from "../support/loopProject.ts";
import { naiveBest } from "../support/naiveRougeL.ts";

const POOL = 300;
const N = 40;
const PANEL = 20;
const ITERATIONS = 3;
const SIZES = { pool: POOL, testPerCell: 3, newInstructions: N, panel: PANEL, maxRated: 200, iterations: ITERATIONS };

function approvedOf(store: Store, iteration: number): Candidate[] {
  const decided = effectiveState(store.decisions.upTo());
  return store.candidates.ofIteration(iteration).filter((candidate) => stateOf(candidate, decided) === "approved");
}

/** What the comparison with everything known refuses; other filters look at the text alone. */
const BY_DIVERSITY: ReadonlySet<string> = new Set(["too-similar", "near-evaluation"]);

const idsOf = (candidates: readonly Candidate[]): number[] => candidates.map(({ instructionId }) => instructionId);

async function exported(project: LoopProject, what: "train" | "cache"): Promise<Buffer> {
  const file = join(project.project.directory, `${what}.json`);
  await project.use((store) => exportRows(store, project.config, what, file));
  return readFileSync(file);
}

test("three iterations and the closing one", async (t) => {
  const project = await LoopProject.oracle(t, SIZES);
  await project.run();
  await project.run();
  const { iterations, trainPool, cachePool, toReview } = await project.status();

  await t.test("the pools are those of the paper's scheme", () => {
    const later = Array.from({ length: ITERATIONS }, (_, i) => i + 1);
    assert.deepEqual(
      iterations.map((one) => [one.trainPool, one.cachePool]),
      [[POOL, POOL], ...later.map((k) => [N, POOL + k * N])],
    );
    assert.deepEqual([trainPool, cachePool, toReview], [N, POOL + ITERATIONS * N, 0]);
    return project.use((store) => {
      for (let k = 1; k <= ITERATIONS; k++) {
        const approved = idsOf(approvedOf(store, k));
        assert.equal(approved.length, N);
        assert.deepEqual(store.pools.train(k + 1), approved, "the next Train pool is exactly what was approved");
        assert.deepEqual(store.pools.cache(k + 1), [...store.pools.cache(k), ...approved]);
      }
    });
  });

  await t.test("every stage is done, the closing iteration has one, and the panel is rated in each", () => {
    const states = iterations.map(({ stages }) => stages.map(({ name, state }) => `${name} ${state}`));
    const all = ["imitation done", "discrimination done", "generation done"];
    assert.deepEqual(states, [all, all, all, ["imitation done"]]);
    assert.deepEqual(
      iterations.map(({ panel }) => panel.rated),
      [PANEL, PANEL, PANEL, PANEL],
    );
    assert.ok(iterations.every(({ evaluation }) => evaluation !== null));
  });

  await t.test("half of what is approved is written from hard seeds, and every candidate has its lineage", () =>
    project.use((store) => {
      for (let k = 1; k <= ITERATIONS; k++) {
        const halves = approvedOf(store, k).map(({ half }) => half);
        assert.equal(halves.filter((half) => half === "hard").length, N / 2);
        assert.equal(halves.filter((half) => half === "easy").length, N / 2);
        const verdicts = new Map(store.ratings.verdicts(k, "draw").map((one) => [one.instructionId, one]));
        const cache = new Set(store.pools.cache(k));
        for (const candidate of store.candidates.ofIteration(k)) {
          const { instructionId, parentId, half, answerId, filter, filterDetail } = candidate;
          assert.ok(parentId !== null && cache.has(parentId) && parentId < instructionId);
          const gap = verdicts.get(parentId)?.gap;
          assert.ok(typeof gap === "number", "a seed has a verdict");
          assert.equal(half, isHard(gap, project.config.discrimination.tau) ? "hard" : "easy");
          assert.ok(answerId !== null);
          assert.equal(store.ledger.answer(answerId).role, "generator");
          assert.equal(store.instructions.get(instructionId)?.origin, "generated");
          if (filter !== null) {
            assert.ok(filterDetail, `${filter} is explained`);
          }
        }
      }
    }),
  );

  await t.test("no accepted candidate is like another, like the Cache or like the evaluation set", () =>
    project.use((store) => {
      const { tokenize } = tokenizerFor(project.config.diversity.tokenizer);
      const tokens = (id: number): readonly string[] => {
        const instruction = store.instructions.get(id);
        return tokenize(instruction ? instructionOf(instruction) : "");
      };
      const known = [...store.pools.cache(1), ...store.instructions.evaluationSet().map(({ id }) => id)];
      const texts = known.map(tokens);
      let refused = 0;
      for (let k = 1; k <= ITERATIONS; k++) {
        // In the order in which they were stored, hard and easy alike: one index over both halves.
        for (const { instructionId, filter, nearestId, nearestScore } of store.candidates.ofIteration(k)) {
          if (filter !== null && !BY_DIVERSITY.has(filter)) {
            continue;
          }
          const query = tokens(instructionId);
          const { score } = naiveBest(texts, query);
          assert.equal(
            score < 0.7,
            filter === null,
            `#${instructionId} scores ${score} and is ${filter ?? "accepted"}`,
          );
          assert.equal(nearestScore, score);
          assert.equal(naiveBest([tokens(nearestId as number)], query).score, score, "the nearest one is named");
          if (filter === null) {
            texts.push(query);
          } else {
            const isEvaluation = store.instructions.get(nearestId as number)?.purpose === "evaluation";
            assert.equal(filter, isEvaluation ? "near-evaluation" : "too-similar");
            refused++;
          }
        }
      }
      assert.ok(refused > 0, "the check has refused something");
    }),
  );

  await t.test("evaluation instructions are in no pool and never a seed", () =>
    project.use((store) => {
      const evaluation = store.instructions.evaluationSet();
      assert.ok(evaluation.length > 0);
      const ids = new Set(evaluation.map(({ id }) => id));
      const hashes = new Set(evaluation.map(({ contentHash }) => contentHash));
      const members = store.instructions.getMany(store.pools.cache(ITERATIONS + 1));
      assert.ok(members.every(({ id, contentHash }) => !ids.has(id) && !hashes.has(contentHash)));
      assert.ok(store.candidates.all().every(({ parentId }) => !ids.has(parentId as number)));
    }),
  );

  await t.test("replies beyond the stop are kept and have no verdict", () =>
    project.use((store) => {
      // The served student says the same in every iteration, and an equal rating is stored once, under its first one.
      const judged = new Set([...store.ratings.allVerdicts()].map(({ instructionId }) => instructionId));
      const rated = new Set([...store.ratings.all()].map(({ instructionId }) => instructionId));
      assert.ok(judged.isSubsetOf(rated), "every verdict rests on ratings");
      assert.ok(rated.size > judged.size, "some ratings came in after the stop");
    }),
  );

  await t.test("the same seed gives the same pools, at whatever concurrency", async (inner) => {
    const other = await LoopProject.oracle(inner, SIZES, (config) => ({
      ...config,
      profiles: Object.fromEntries(
        Object.entries(config.profiles).map(([name, profile]) => [
          name,
          profile.kind === "checkpoint" ? profile : { ...profile, limits: { concurrency: 3 } },
        ]),
      ),
    }));
    await other.run();
    for (const what of ["train", "cache"] as const) {
      assert.ok((await exported(project, what)).equals(await exported(other, what)), `${what} is equal to the byte`);
    }
  });
});
