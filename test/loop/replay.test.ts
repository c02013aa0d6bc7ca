import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { type ImportOptions, type ImportResult, importFile } from "../../src/core/pool/importing.ts";
import { instructionOf } from "../../src/core/pool/instruction.ts";
import type { ProjectConfig, SandboxConfig } from "../../src/core/project/schema.ts";
import { isHard } from "../../src/core/referee/verdict.ts";
import { isCorrupted } from "../../src/core/sandbox/replay.ts";
import { Store } from "../../src/core/store/store.ts";
import { LoopProject } from "../support/loopProject.ts";
import { dataFolder, missing } from "../support/realData.ts";
import { type RecordedRow, recordedRows } from "../support/recordedRows.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const ALPACA = "alpaca_52k.jsonl.gz";
const ALPACA_ROWS = 52_002;
/** The limit that the import of the whole set has to keep on an idle machine; other tests may run beside this one. */
const IMPORT_SECONDS = 10;
const BUSY_FACTOR = 4;

interface Sizes {
  readonly pool: number;
  readonly newInstructions: number;
  readonly panel: number;
  readonly maxRated: number;
}

/** A whole iteration over recorded text: what is imported, then all three stages and the closing one. */
async function runReplay(context: TestContext, set: string, sizes: Sizes): Promise<LoopProject> {
  const project = LoopProject.replay(context, set, (config) => ({
    ...config,
    loop: { ...config.loop, iterations: 1, newInstructions: sizes.newInstructions },
    discrimination: { ...config.discrimination, panel: sizes.panel, maxRated: sizes.maxRated },
  }));
  const { imported } = await project.use((store) =>
    importInto(store, { file: set, limit: sizes.pool, outputs: "teacher" }),
  );
  assert.equal(imported, sizes.pool);
  await project.run({ approval: "auto" });
  return project;
}

function importInto(store: Store, options: Partial<ImportOptions> & { readonly file: string }): Promise<ImportResult> {
  return importFile({
    ...{ store, clock: new SystemClock(), into: "pools", outputs: "keep", duplicates: "keep", iteration: 1 },
    ...options,
  });
}

/** How many verdicts there are, and how many of them say what the corruption of the student's answer says. */
async function agreement(project: LoopProject): Promise<{ scored: number; agreeing: number; hard: number }> {
  const { sandbox, discrimination } = project.config as ProjectConfig & { sandbox: SandboxConfig };
  return project.use((store) => {
    const counts = { scored: 0, agreeing: 0, hard: 0 };
    for (const { gap, instructionId } of store.ratings.allVerdicts()) {
      const instruction = store.instructions.get(instructionId);
      if (gap !== null && instruction) {
        const corrupted = isCorrupted(sandbox, instructionOf(instruction), instruction.input);
        const hard = isHard(gap, discrimination.tau);
        counts.scored++;
        counts.agreeing += hard === corrupted ? 1 : 0;
        counts.hard += hard ? 1 : 0;
      }
    }
    return counts;
  });
}

async function checkReplay(context: TestContext, project: LoopProject, sizes: Sizes): Promise<void> {
  const status = await project.status();
  assert.equal(status.trainPool, sizes.newInstructions);
  assert.equal(status.cachePool, sizes.pool + sizes.newInstructions);
  const [first, closing] = status.iterations;
  assert.equal(first?.trainPool, sizes.pool);
  assert.deepEqual(
    first?.stages.map(({ name, state }) => [name, state]),
    ["imitation", "discrimination", "generation"].map((name) => [name, "done"]),
  );
  assert.deepEqual(
    closing?.stages.map(({ name, state }) => [name, state]),
    [["imitation", "done"]],
  );
  assert.equal(first?.panel.rated, sizes.panel);
  const { scored, agreeing, hard } = await agreement(project);
  context.diagnostic(`${agreeing} of ${scored} verdicts agree with the corruption, ${hard} are hard`);
  assert.ok(hard > scored / 10 && hard < scored / 2, `${hard} of ${scored} are hard`);
  assert.ok(agreeing >= 0.99 * scored, `${agreeing} of ${scored}`);
}

test("a made-up recorded set goes through all stages", async (t) => {
  const set = join(temporaryFolder(t), "recorded.jsonl");
  writeJsonLines(set, recordedRows(400, "replay test"));
  const sizes = { pool: 300, newInstructions: 20, panel: 30, maxRated: 100 };
  const project = await runReplay(t, set, sizes);
  await checkReplay(t, project, sizes);
  await project.use((store) => {
    const recorded = recordedRows(400, "replay test").map(({ instruction }) => instruction);
    for (const candidate of store.instructions.getMany(store.pools.train(2))) {
      const row = recorded.indexOf(instructionOf(candidate).split("\n")[0] ?? "");
      assert.ok(row >= sizes.pool, `what is generated was not imported: row ${row}`);
    }
  });
});

test("40,000 recorded instructions go through all stages", { skip: missing(ALPACA) }, async (t) => {
  const sizes = { pool: 40_000, newInstructions: 60, panel: 200, maxRated: 300 };
  await checkReplay(t, await runReplay(t, join(dataFolder, ALPACA), sizes), sizes);
});

test("52,002 rows are imported quickly, and once", { skip: missing(ALPACA) }, async (t) => {
  const file = join(dataFolder, ALPACA);
  const store = newStore(t);
  const began = performance.now();
  const first = await importInto(store, { file, duplicates: "keep" });
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(
    `${first.imported} rows in ${seconds.toFixed(1)} s (the limit on an idle machine is ${IMPORT_SECONDS} s)`,
  );
  assert.deepEqual(first, { imported: ALPACA_ROWS, duplicates: 0, refused: [] });
  assert.ok(seconds < IMPORT_SECONDS * BUSY_FACTOR, `${seconds} s`);
  assert.equal(store.pools.train(1).length, ALPACA_ROWS);
  assert.equal(store.pools.cache(1).length, ALPACA_ROWS);
  const second = await importInto(store, { file, duplicates: "keep" });
  assert.equal(second.imported, 0);
  assert.equal(store.pools.train(1).length, ALPACA_ROWS);
});

test("merging counts the rows that are equal in instruction and input, and keeping takes them all in", async (t) => {
  const file = join(temporaryFolder(t), "repeated.jsonl");
  const rows = recordedRows(500, "repeated");
  const repeated = rows.slice(0, 120).map((row, i) => (i % 2 === 0 ? row : { ...row, output: "Another output." }));
  const otherInput = rows.slice(0, 30).map((row) => ({ ...row, input: `${row.input} Besides, there is more.` }));
  writeJsonLines(file, [...rows, ...repeated, ...otherInput]);
  const merging = newStore(t);
  const merged = await importInto(merging, { file, duplicates: "merge" });
  assert.deepEqual(merged, { imported: 530, duplicates: 120, refused: [] });
  assert.equal(merging.pools.train(1).length, 530);
  const keeping = newStore(t);
  const kept = await importInto(keeping, { file, duplicates: "keep" });
  assert.deepEqual(kept, { imported: 650, duplicates: 0, refused: [] });
  assert.equal(keeping.pools.cache(1).length, 650);
});

test("the good lines of a broken file are imported, the others listed by line and reason", async (t) => {
  const file = join(temporaryFolder(t), "broken.jsonl");
  const [a, b, c] = recordedRows(3, "broken").map((row) => JSON.stringify(row));
  const output = "It has an output alone.";
  writeFileSync(file, [a, "{ this is not JSON", b, JSON.stringify({ output }), "[1, 2]", c, b].join("\n"));
  const store = newStore(t);
  const result = await importInto(store, { file, duplicates: "merge" });
  assert.equal(result.imported, 3);
  assert.equal(result.duplicates, 1);
  assert.deepEqual(
    result.refused.map(({ line }) => line),
    [2, 4, 5],
  );
  assert.ok(result.refused.every(({ reason }) => reason.length > 10));
  assert.equal(store.pools.train(1).length, 3);
  const again = await importInto(store, { file, duplicates: "merge" });
  assert.equal(again.imported, 0);
  assert.deepEqual(again.refused, result.refused);
  assert.equal(store.pools.cache(1).length, 3);
});

function newStore(context: TestContext): Store {
  const store = new Store(join(temporaryFolder(context), "lion.db"));
  context.after(() => store.close());
  return store;
}

function writeJsonLines(file: string, rows: readonly RecordedRow[]): void {
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
