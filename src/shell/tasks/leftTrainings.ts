import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { JobRow } from "../../core/store/training.ts";
import { JobDirectory } from "../../core/training/jobDirectory.ts";
import type { ProjectSession } from "../projectSession.ts";
import { isUnfinished, JobReports } from "../trees/jobReport.ts";

/** What a training outside the loop keeps its book in, beside its output. */
const WORK = ".work";

/** The loop's own training that is at work, or null. */
export function trainingAtWork({ store, project }: Pick<ProjectSession, "store" | "project">): JobRow | null {
  const reports = new JobReports(project.dataDirectory);
  const atWork = store.training
    .jobs()
    .findLast((job) => job.kind === "train" && job.state === "submitted" && isUnfinished(reports.of(job).state));
  return atWork ?? null;
}

/**
 * The output of a training outside the loop whose job is at work though nobody waits for it; the newest of several.
 *
 * @param trained the folder with the outputs that were named for the moment.
 */
export function outputAtWork(trained: string): string | null {
  const works = existsSync(trained) ? readdirSync(trained).filter((name) => name.endsWith(WORK)) : [];
  const left = works.sort().findLast((name) => {
    const job = lastJobOf(join(trained, name));
    return job !== null && isAtWork(job);
  });
  return left === undefined ? null : join(trained, basename(left, WORK));
}

/** The last job of a training outside the loop, or null before there is one. @param work `OUTPUT.work`. */
export function lastJobOf(work: string): JobDirectory | null {
  const jobs = join(work, "jobs");
  const id = existsSync(jobs) ? readdirSync(jobs).sort().at(-1) : undefined;
  return id === undefined ? null : new JobDirectory(join(jobs, id));
}

/** The folder in which a training outside the loop works. */
export function workFolderOf(output: string): string {
  return `${output}${WORK}`;
}

function isAtWork(job: JobDirectory): boolean {
  const reports = new JobReports(join(job.path, "..", ".."));
  const row = { id: job.id, directory: join("jobs", job.id), state: "submitted", exitCode: null } as const;
  return job.manifest() !== null && isUnfinished(reports.of(row).state);
}
