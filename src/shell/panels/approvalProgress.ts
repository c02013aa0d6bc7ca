import { isFinished, missingTo, sampleState } from "../../core/review/approval.ts";
import { effectiveState } from "../../core/review/fold.ts";
import type { ApprovalProgress, SampleProgress } from "../../protocol/candidates.ts";
import type { ProjectSession } from "../projectSession.ts";

/** What the approval of the newest iteration amounts to so far; null before there is one with candidates. */
export function approvalProgress({ store, browser, project }: ProjectSession): ApprovalProgress | null {
  const latest = store.iterations.latest();
  if (!latest || !store.iterations.stage(latest.number, "generation")) {
    return null;
  }
  const { number: iteration, config } = latest;
  const counts = browser.candidates.counts({ iteration });
  const approved = counts.find(({ state }) => state === "approved");
  const wanted = config.loop.newInstructions;
  const waiting = counts.find(({ state }) => state === "waiting")?.count ?? 0;
  return {
    ...{ iteration, wanted },
    approved: approved?.count ?? 0,
    hard: approved?.byHalf.hard ?? 0,
    easy: approved?.byHalf.easy ?? 0,
    missing: missingTo(wanted, { approved: approved?.count ?? 0 }),
    finished: isFinished(store, iteration),
    sample:
      project.config.approval.mode === "sample" ? sampleProgress(store, iteration, project.config, waiting) : null,
  };
}

function sampleProgress(
  store: ProjectSession["store"],
  iteration: number,
  config: ProjectSession["project"]["config"],
  waiting: number,
): SampleProgress {
  const decided = effectiveState(store.decisions.upTo());
  const state = sampleState(store.candidates.ofIteration(iteration), decided, config);
  const { maxRefusalRate: limit, confidence } = config.approval;
  const { inspected, refused, bound, acceptable, sample, pending } = state;
  return {
    ...{ inspected, refused, bound, limit, confidence, acceptable },
    size: sample.length,
    rest: Math.max(0, waiting - pending.length),
  };
}
