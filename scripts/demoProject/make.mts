import { readFileSync, writeFileSync } from "node:fs";
import { environmentKey, withStore } from "../../src/cli/shared.ts";
import { SystemClock } from "../../src/core/clock.ts";
import { LionError } from "../../src/core/errors.ts";
import type { LoopEvent } from "../../src/core/loop/events.ts";
import { fillFromOracle } from "../../src/core/pool/fromOracle.ts";
import { createProject } from "../../src/core/project/create.ts";
import type { SandboxSizes } from "../../src/core/project/presets.ts";
import { loadProject, type Project } from "../../src/core/project/project.ts";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";
import { Engine } from "../../src/engine/engine.ts";
import { sandboxEntry, trainerRoot } from "../../src/engine/installation.ts";

/** Small enough for a minute, large enough for every view to have something to show and for the student to learn. */
const SIZES: SandboxSizes = {
  families: ["copy", "reverse", "max", "count-even"],
  maxLevel: 3,
  pool: 1000,
  testPerCell: 8,
  newInstructions: 400,
  panel: 100,
  maxRated: 400,
  iterations: 4,
  student: { hidden: 64, layers: 2, heads: 4, intermediate: 168 },
  firstEpochs: 8,
  epochs: 10,
  learningRate: 1e-3,
  batchSize: 32,
};

/** Iterations that are over; the next one waits at its approval. */
const FINISHED = 2;

/** The profile by which somebody without Python goes on: the sandbox speaks for the student. */
const SERVED_STUDENT = "sandbox-student";

/**
 * Makes the demo project in an empty folder by a real run of the loop: an iteration that is over and one that waits at its
 * approval, each with a student that was trained for it.
 *
 * @throws LionError when the run does not come to the approval.
 */
export async function makeDemo(directory: string, listener: (event: LoopEvent) => void): Promise<Project> {
  createProject(directory, { mind: "oracle", sizes: SIZES, name: "Sandbox demo" });
  const project = withServedStudent(directory);
  await withStore(project, (store) => fillFromOracle({ project, store, clock: new SystemClock(), sizes: SIZES }));
  const engine = await Engine.open(project, { listener, keyOf: environmentKey, sandboxEntry, trainerRoot });
  try {
    // Until its closing training, which is the imitation of the next iteration.
    await engine.run({ approval: "auto", iterations: FINISHED });
    await engine.run({});
  } catch (error) {
    if (!(error instanceof LionError && error.kind === "person")) {
      throw error;
    }
  } finally {
    await engine.close();
  }
  return project;
}

function withServedStudent(directory: string): Project {
  const { configFile } = loadProject(directory);
  const config = JSON.parse(readFileSync(configFile, "utf8")) as ProjectConfigInput;
  config.profiles[SERVED_STUDENT] = { kind: "sandbox", model: "oracle-student", limits: { concurrency: 16 } };
  writeFileSync(configFile, `${JSON.stringify(config, null, 2)}\n`);
  return loadProject(directory);
}
