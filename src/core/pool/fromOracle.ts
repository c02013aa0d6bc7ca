import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { SandboxSizes } from "../project/presets.ts";
import type { Project } from "../project/project.ts";
import { identitiesOf, OracleTasks } from "../sandbox/families/draw.ts";
import type { Store } from "../store/store.ts";
import { writeJsonl } from "./formats/write.ts";
import { type ImportOptions, importFile } from "./importing.ts";

/**
 * Fills an oracle project: both pools with drawn tasks and their recorded answers, which serve as the teacher's, and an
 * evaluation set of every family and level that shares no task with them from level 3 on.
 */
export async function fillFromOracle(options: {
  readonly project: Project;
  readonly store: Store;
  readonly clock: Clock;
  readonly sizes: Pick<SandboxSizes, "pool" | "testPerCell">;
  readonly slice?: ImportOptions["slice"];
}): Promise<void> {
  const { project, store, clock, sizes, slice } = options;
  const { sandbox } = project.config;
  if (!sandbox) {
    throw new Error("An oracle project has a sandbox section.");
  }
  const tasks = new OracleTasks(sandbox);
  const pool = tasks.pool(sizes.pool);
  const evaluation = tasks.testSet(sizes.testPerCell, identitiesOf(pool.map(({ instruction }) => instruction)));
  const folder = join(project.dataDirectory, "seeds");
  mkdirSync(folder, { recursive: true });
  const sets = [
    { into: "evaluation", file: join(folder, "evaluation.jsonl"), rows: evaluation },
    { into: "pools", file: join(folder, "pool.jsonl"), rows: pool },
  ] as const;
  for (const { into, file, rows } of sets) {
    await writeJsonl(
      file,
      rows.map(({ instruction, output, tags }) => ({ instruction, input: "", output, ...tags })),
    );
    await importFile({
      store,
      clock,
      file,
      into,
      outputs: "teacher",
      by: "oracle-teacher",
      duplicates: "keep",
      iteration: 1,
      ...(slice !== undefined && { slice }),
    });
  }
}
