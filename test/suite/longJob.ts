import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SystemClock } from "../../src/core/clock.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { LocalTarget } from "../../src/core/training/localTarget.ts";
import { SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import type { ProjectSession } from "../../src/shell/projectSession.ts";

/** A shell script that says how far it is as the trainer does, and goes on until a file named `end` is there. */
const SCRIPT = `
echo '{"step": 3, "steps": 9, "loss": 1.25, "eta_s": 60}' > metrics.jsonl
echo 'the first line'
while [ ! -e end ]; do sleep 0.05; done
echo 'the last line'
exit "$(cat end)"
`;

/** Starts a real job of iteration 1 on this machine, as an engine that has gone would have left it. */
export async function startLongJob(session: ProjectSession, id: string): Promise<JobDirectory> {
  const { store, project } = session;
  const path = join("jobs", id);
  const job = new JobDirectory(join(project.dataDirectory, path));
  job.create();
  job.seal({
    ...{
      id,
      kind: "train",
      iteration: 1,
      purpose: "imitation",
      fingerprint: id,
      previous: null,
      createdAt: Date.now(),
    },
    ...{ details: {}, argv: ["sh", "-c", SCRIPT], environment: {} },
  });
  if (!store.iterations.latest()) {
    store.write(() =>
      store.iterations.open({ number: 1, config: project.config, prompts: {}, decisionFloor: 0 }, Date.now()),
    );
  }
  store.write(() =>
    store.training.addJob(
      { id, kind: "train", iteration: 1, purpose: "imitation", target: "local", directory: path },
      Date.now(),
    ),
  );
  const python = new Python({
    ...{ runner: new SystemProcessRunner(), configured: undefined, projectDir: project.directory },
    ...{ trainerRoot: project.directory, environment: process.env },
  });
  const target = new LocalTarget({ clock: new SystemClock(), python, environment: process.env, gpus: 0 });
  await target.submit(job);
  return job;
}

/** Lets the job end with a code. */
export function endLongJob(job: JobDirectory, code: number): void {
  writeFileSync(job.file("end.tmp"), String(code));
  renameSync(job.file("end.tmp"), job.file("end"));
}
