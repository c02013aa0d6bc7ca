import type { PoolBrowser } from "../../core/browse/poolBrowser.ts";
import type { Project } from "../../core/project/project.ts";
import { isFinished } from "../../core/review/approval.ts";
import { STAGES } from "../../core/store/iterations.ts";
import { Lease } from "../../core/store/lease.ts";
import type { Store } from "../../core/store/store.ts";
import { isUnfinished, JobReports } from "../trees/jobReport.ts";
import type { Reached } from "./announcement.ts";
import type { LeftJob, LeftOff, ProjectFacts } from "./standing.ts";

/** An open project, as far as it is read here. */
export interface ReadProject {
  readonly project: Project;
  readonly store: Store;
  readonly browser: PoolBrowser;
}

/** What the database and the lease say about a project; a few milliseconds at 100,000 instructions. */
export function factsOf({ project, store, browser }: ReadProject): ProjectFacts {
  const iteration = store.iterations.latest()?.number ?? 0;
  const stages = STAGES.flatMap((name) => store.iterations.stage(iteration, name) ?? []);
  const generated = stages.some(({ name }) => name === "generation");
  return {
    poolEmpty: store.pools.isEmpty(),
    wanted: project.config.loop.iterations,
    iteration,
    stages,
    holder: Lease.holder(store.connection),
    candidates: generated ? candidatesOf(browser, iteration) : { waiting: 0, approved: 0, refused: 0 },
    approvalFinished: generated && isFinished(store, iteration),
    job: leftJobOf({ store, project }, iteration),
  };
}

/** The job that an iteration was at when it was left, where that goes on or has ended well. */
function leftJobOf({ store, project }: Pick<ReadProject, "store" | "project">, iteration: number): LeftJob | null {
  const row = store.training.jobs().findLast((job) => job.iteration === iteration && job.state === "submitted");
  const state = row && new JobReports(project.dataDirectory).of(row).state;
  return row && state && (state === "ended" || isUnfinished(state))
    ? { id: row.id, kind: row.kind, ended: state === "ended" }
    : null;
}

function candidatesOf(browser: PoolBrowser, iteration: number): ProjectFacts["candidates"] {
  const buckets = browser.candidates.counts({ iteration });
  const count = (state: string): number =>
    buckets.filter((bucket) => bucket.state === state).reduce((sum, bucket) => sum + bucket.count, 0);
  return { waiting: count("waiting"), approved: count("approved"), refused: count("refused") };
}

/** How far a stage had come that a run left off, where it had begun and the database tells. */
export function reachedOf({ store, browser }: ReadProject, { kind, iteration, stage }: LeftOff): Reached | null {
  if (kind === "between") {
    return null;
  }
  switch (stage) {
    case "imitation":
      return null;
    case "discrimination": {
      const counts = browser.ratedOf({ iteration });
      return counts && { done: counts.rated, total: counts.mode === "full" ? counts.total : null };
    }
    case "generation": {
      const { waiting, approved } = candidatesOf(browser, iteration);
      const wanted = store.iterations.latest()?.config.loop.newInstructions ?? null;
      return { done: waiting + approved, total: wanted };
    }
  }
}
