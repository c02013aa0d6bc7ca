import { SystemClock } from "../../src/core/clock.ts";
import type { StageContext } from "../../src/core/loop/context.ts";
import { Discrimination } from "../../src/core/loop/discrimination.ts";
import type { Listener } from "../../src/core/loop/events.ts";
import { PairRater } from "../../src/core/loop/pairRater.ts";
import { Asker } from "../../src/core/models/asker.ts";
import { Endpoints } from "../../src/core/models/endpoints.ts";
import type { Project } from "../../src/core/project/project.ts";
import { effectiveState } from "../../src/core/review/fold.ts";
import { SandboxProcess } from "../../src/core/sandbox/child.ts";
import { Lease } from "../../src/core/store/lease.ts";
import type { Store } from "../../src/core/store/store.ts";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import { sandboxEntry, trainerRoot } from "../../src/engine/installation.ts";
import { targetsOf } from "../../src/engine/services.ts";

/** Under this number the student before any training is rated; the loop's iterations begin with 1. */
export const BASELINE = 0;

/**
 * Rates the panel with the student as it was given, by the loop's own discrimination: same panel, same teacher's
 * answers, same referee in both orders as after the training.
 */
export async function rateBaseline(
  project: Project,
  store: Store,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const { config } = project;
  const clock = new SystemClock();
  const lease = new Lease(store.connection, clock);
  lease.take();
  const sandbox = await SandboxProcess.start({
    config: config.sandbox as NonNullable<typeof config.sandbox>,
    baseDir: project.directory,
    entry: sandboxEntry,
  });
  try {
    const endpoints = new Endpoints({
      profiles: config.profiles,
      clock,
      keyOf: () => undefined,
      sandboxUrl: () => sandbox.url,
      spending: (profile) => store.ledger.spending(profile),
    });
    const note = (text: string): void => listener({ event: "note", text });
    const training = {
      store,
      clock,
      targets: targetsOf(project, trainerRoot, clock),
      projectDir: project.directory,
      dataDir: project.dataDirectory,
    };
    const context: StageContext = {
      ...{ store, clock, endpoints, config, signal, note },
      asker: new Asker({ ledger: store.ledger, clock, endpoints, onEvent: ({ reason }) => note(reason) }),
      trainer: new StudentTrainer(training),
      checkpointStudent: new CheckpointStudent(training),
      iteration: BASELINE,
      decided: effectiveState([]),
      report: (step, done, total, detail = "") =>
        listener({ event: "progress", iteration: BASELINE, stage: "discrimination", step, done, total, detail }),
    };
    await new Discrimination(context, new PairRater(context)).runPanel();
  } finally {
    await sandbox.stop();
    lease.release();
  }
}
