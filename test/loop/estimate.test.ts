import assert from "node:assert/strict";
import { test } from "node:test";
import { type Estimate, estimateIteration } from "../../src/core/loop/estimate.ts";
import type { Store } from "../../src/core/store/store.ts";
import { type Change, LoopProject } from "../support/loopProject.ts";

const SIZES = { pool: 120, testPerCell: 1, newInstructions: 16, panel: 10, maxRated: 100, iterations: 2 };

function done(store: Store): Map<string, number> {
  const rows = store.connection
    .prepare("SELECT iteration || ' ' || role AS who, count(*) AS calls FROM attempt GROUP BY iteration, role")
    .all() as Array<{ who: string; calls: number }>;
  return new Map(rows.map(({ who, calls }) => [who, calls]));
}

/** Runs the project and checks each estimate, made before a stage, against what came until the iteration's end. */
async function checkEstimates(project: LoopProject): Promise<void> {
  const made: Array<{ estimate: Estimate; before: Map<string, number> }> = [];
  const take = (): Promise<unknown> =>
    project.use((store) => made.push({ estimate: estimateIteration(store, project.config), before: done(store) }));
  for (let iteration = 1; iteration <= SIZES.iterations; iteration++) {
    for (const only of ["imitation", "discrimination", "generation"] as const) {
      await take();
      await project.run({ only, approval: "auto" });
    }
  }
  await take();
  await project.run({ approval: "auto" });
  const after = await project.use(done);
  for (const { estimate, before } of made) {
    for (const { role, requests } of estimate.roles) {
      const who = `${estimate.iteration} ${role}`;
      const calls = (after.get(who) ?? 0) - (before.get(who) ?? 0);
      const where = `${who} from ${estimate.stages[0]}: ${calls} in ${requests.low} to ${requests.high}`;
      assert.ok(requests.low <= calls && calls <= requests.high, where);
    }
  }
  const last = made.at(-1)?.estimate;
  assert.deepEqual([last?.iteration, last?.stages], [SIZES.iterations + 1, ["imitation"]], "the closing imitation");
  const atEnd = await project.use((store) => estimateIteration(store, project.config));
  assert.deepEqual([atEnd.stages, atEnd.requests], [[], { low: 0, high: 0 }], "nothing is left");
}

const full: Change = (config) => ({ ...config, discrimination: { ...config.discrimination, mode: "full" } });

test("a lazy run's requests lie inside what was estimated before", async (t) => {
  await checkEstimates(await LoopProject.unanswered(t, SIZES));
});

test("a full run's requests lie inside what was estimated before", async (t) => {
  await checkEstimates(await LoopProject.oracle(t, SIZES, full));
});
