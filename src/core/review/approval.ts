import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { sha256 } from "../hash.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate, Half } from "../store/candidates.ts";
import type { Store } from "../store/store.ts";
import { upperBound } from "./bound.ts";
import { effectiveState, instructionSubject, iterationSubject } from "./fold.ts";

/** The actor of decisions that a policy makes. */
export const POLICY_ACTOR = "lion";

export interface ApprovalCounts {
  readonly waiting: number;
  readonly approved: number;
  /** Refused by a decision. */
  readonly refused: number;
  /** Refused by a filter. */
  readonly filtered: number;
  /** The approved, by the kind of seed they were written from. */
  readonly byHalf: Readonly<Record<Half, number>>;
}

export interface FinishedApproval {
  readonly iteration: number;
  readonly approved: number;
  readonly byHalf: Readonly<Record<Half, number>>;
  /** How many fewer than N were approved. */
  readonly missing: number;
}

/** Counts candidates by what became of them, in one iteration or in all. */
export function approvalCounts(store: Store, iteration?: number): ApprovalCounts {
  const { approved, refused } = effectiveState(store.decisions.upTo());
  const counts = { waiting: 0, approved: 0, refused: 0, filtered: 0, byHalf: { hard: 0, easy: 0 } };
  const candidates = iteration === undefined ? store.candidates.all() : store.candidates.ofIteration(iteration);
  for (const { instructionId, filter, half } of candidates) {
    if (approved.has(instructionId)) {
      counts.approved++;
      if (half) {
        counts.byHalf[half]++;
      }
    } else if (refused.has(instructionId)) {
      counts.refused++;
    } else if (filter !== null) {
      counts.filtered++;
    } else {
      counts.waiting++;
    }
  }
  return counts;
}

/** Whether the approval of an iteration is finished. */
export function isFinished(store: Store, iteration: number): boolean {
  return effectiveState(store.decisions.upTo()).finished.has(iteration);
}

/**
 * Decides about waiting candidates as the mode says. `manual` decides nothing. `auto` approves all. `sample` looks at
 * the random sample that people have judged: when the upper bound of its refusal rate is under the limit, the rest is
 * approved, else all of it goes on waiting. Call it inside a write transaction.
 */
export function approveByPolicy(
  store: Store,
  clock: Clock,
  options: {
    readonly iteration: number;
    readonly mode: ProjectConfig["approval"]["mode"];
    readonly config: ProjectConfig;
    readonly note: (text: string) => void;
  },
): void {
  const { iteration, mode, config, note } = options;
  if (mode === "manual") {
    return;
  }
  const { approved, refused } = effectiveState(store.decisions.upTo());
  const passed = store.candidates.ofIteration(iteration).filter(({ filter }) => filter === null);
  if (mode === "sample") {
    const judgement = judgeSample(passed, config, approved, refused);
    note(judgement.text);
    if (!judgement.accepted) {
      return;
    }
  }
  const waiting = passed.filter(({ instructionId }) => !approved.has(instructionId) && !refused.has(instructionId));
  const now = clock.now();
  for (const { instructionId } of waiting) {
    store.decisions.add(
      {
        actor: POLICY_ACTOR,
        kind: "approve",
        subject: instructionSubject(instructionId),
        payload: { policy: mode },
        groupId: `policy-${iteration}-${now}`,
      },
      now,
    );
  }
}

/** The candidates that people judge under `sample` approval: a random sample that depends on the seed and the ids. */
export function approvalSample(passed: readonly Candidate[], config: ProjectConfig): Candidate[] {
  const rank = ({ instructionId }: Candidate): string => sha256(`approval/${config.seed}/${instructionId}`);
  return passed
    .map((candidate) => ({ candidate, rank: rank(candidate) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, config.approval.sampleSize)
    .map(({ candidate }) => candidate);
}

function judgeSample(
  passed: readonly Candidate[],
  config: ProjectConfig,
  approved: ReadonlySet<number>,
  refused: ReadonlyMap<number, string>,
): { accepted: boolean; text: string } {
  const sample = approvalSample(passed, config);
  const refusals = sample.filter(({ instructionId }) => refused.has(instructionId)).length;
  const judged = refusals + sample.filter(({ instructionId }) => approved.has(instructionId)).length;
  const { maxRefusalRate, confidence } = config.approval;
  if (judged < sample.length) {
    return {
      accepted: false,
      text: `${sample.length - judged} of the sample of ${sample.length} candidates are not judged yet: \`lion review list --sample\` shows them.`,
    };
  }
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  // A sample that is everything leaves nothing uncertain.
  const bound = sample.length === passed.length ? refusals / sample.length : upperBound(refusals, judged, confidence);
  const accepted = bound < maxRefusalRate;
  return {
    accepted,
    text: `${refusals} of the sample of ${judged} were refused: with ${percent(confidence)} confidence at most ${percent(bound)} of all would be, ${accepted ? "under" : "not under"} the limit of ${percent(maxRefusalRate)}, so the rest ${accepted ? "is approved" : "waits for a person"}.`,
  };
}

/**
 * Finish Approval: what is approved becomes the next Train pool and joins the Cache when the next imitation begins.
 *
 * @throws LionError when no approval is open, or nothing is approved.
 */
export function finishApproval(store: Store, clock: Clock, actor: string): FinishedApproval {
  return store.write(() => {
    const iteration = store.iterations.latest();
    const stage = iteration ? store.iterations.stage(iteration.number, "generation") : null;
    if (!iteration || !stage || isFinished(store, iteration.number)) {
      throw new LionError(
        "input",
        "No approval is open: the generation of the current iteration has not run yet, or is finished.",
      );
    }
    const { approved, byHalf } = approvalCounts(store, iteration.number);
    if (approved === 0) {
      throw new LionError(
        "input",
        `No candidate of iteration ${iteration.number} is approved: approve some with \`lion review approve\` first.`,
      );
    }
    const now = clock.now();
    store.decisions.add(
      {
        actor,
        kind: "finish",
        subject: iterationSubject(iteration.number),
        payload: { approved },
        groupId: `finish-${iteration.number}-${now}`,
      },
      now,
    );
    const missing = Math.max(0, iteration.config.loop.newInstructions - approved);
    return { iteration: iteration.number, approved, byHalf, missing };
  });
}
