import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { sha256 } from "../hash.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate, Half } from "../store/candidates.ts";
import type { Store } from "../store/store.ts";
import { addAct } from "./act.ts";
import { type CandidateState, type DecidedCandidates, stateOf } from "./candidateState.ts";
import { upperBound } from "./clopperPearson.ts";
import { type EffectiveState, effectiveState, holding, instructionSubject, iterationSubject } from "./fold.ts";

/** Who decides when a policy does. */
export const POLICY_ACTOR = "lion";

export interface ApprovalCounts {
  readonly waiting: number;
  readonly approved: number;
  readonly refused: number;
  /** Refused by a filter, overruled ones left out. */
  readonly filtered: number;
  /** Two people's opinions differ. */
  readonly disputed: number;
  /** The approved ones by the kind of seed they were written from. */
  readonly byHalf: Readonly<Record<Half | "imported", number>>;
}

/** What a finished approval amounts to. */
export interface FinishedApproval {
  readonly iteration: number;
  readonly approved: number;
  readonly byHalf: ApprovalCounts["byHalf"];
  /** How many fewer than N were approved. */
  readonly missing: number;
}

/** How the random sample of an iteration's candidates stands. */
export interface SampleState {
  /** Ids of the sample, in its random order. */
  readonly sample: readonly number[];
  /** Of the sample, those that wait for a person, or for one who settles two people's dispute. */
  readonly pending: readonly number[];
  /** Of the sample, those a person has decided about. */
  readonly inspected: number;
  readonly refused: number;
  /** Upper confidence bound of the refusal rate. */
  readonly bound: number;
  /** Whether the rest may be accepted: the whole sample is inspected and the bound is under the set limit. */
  readonly acceptable: boolean;
}

/** Counts of candidates, of one iteration or of all; excluded and replaced ones are in none of them. */
export function approvalCounts(store: Store, iteration?: number): ApprovalCounts {
  const decided = effectiveState(store.decisions.upTo());
  const counts: Record<CandidateState, number> = {
    ...{ waiting: 0, approved: 0, refused: 0, filtered: 0, disputed: 0, excluded: 0, replaced: 0 },
  };
  const byHalf = { hard: 0, easy: 0, imported: 0 };
  for (const candidate of candidatesOf(store, iteration)) {
    const state = stateOf(candidate, decided);
    counts[state]++;
    if (state === "approved") {
      byHalf[candidate.half ?? "imported"]++;
    }
  }
  const { excluded: _excluded, replaced: _replaced, ...rest } = counts;
  return { ...rest, byHalf };
}

/** How many approved instructions are missing to N. */
export function missingTo(wanted: number, { approved }: Pick<ApprovalCounts, "approved">): number {
  return Math.max(0, wanted - approved);
}

/** Whether the approval of an iteration is finished, so that its approved candidates are the next Train pool. */
export function isFinished(store: Store, iteration: number): boolean {
  return holding(store.decisions.about(iterationSubject(iteration))).some(({ kind }) => kind === "finish");
}

/**
 * Decides what a policy may decide about an iteration's waiting candidates: `auto` approves all, `sample` approves the
 * rest once a person has looked at a random sample and found few enough to refuse, `manual` decides nothing.
 */
export function approveByPolicy(
  store: Store,
  clock: Clock,
  options: {
    readonly iteration: number;
    readonly mode: ProjectConfig["approval"]["mode"];
    readonly config: Pick<ProjectConfig, "approval" | "seed">;
    /** Told what a person must do or know. */
    readonly note: (text: string) => void;
  },
): void {
  if (options.mode === "manual") {
    return;
  }
  store.write(() => {
    const decided = effectiveState(store.decisions.upTo());
    const candidates = store.candidates.ofIteration(options.iteration);
    const waiting = candidates.filter((candidate) => stateOf(candidate, decided) === "waiting");
    if (waiting.length === 0 || (options.mode === "sample" && !acceptsBySample(candidates, decided, options))) {
      return;
    }
    addAct(
      { store, clock, actor: POLICY_ACTOR },
      waiting.map(({ instructionId }) => ({
        kind: "approve",
        subject: instructionSubject(instructionId),
        payload: { policy: options.mode },
      })),
    );
  });
}

function acceptsBySample(
  candidates: readonly Candidate[],
  decided: EffectiveState,
  { config, note }: { config: Pick<ProjectConfig, "approval" | "seed">; note: (text: string) => void },
): boolean {
  const state = sampleState(candidates, decided, config);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const { maxRefusalRate, confidence } = config.approval;
  if (state.pending.length > 0) {
    note(
      `${state.pending.length} of a random sample of ${state.sample.length} candidates wait for a person (\`lion review list --sample\` shows them); the rest is accepted when the sample is good.`,
    );
  } else if (state.acceptable) {
    note(
      `${state.refused} of ${state.inspected} in the sample were refused, so with ${percent(confidence)} confidence no more than ${percent(state.bound)} of all are bad: the rest is accepted.`,
    );
  } else if (state.inspected > 0) {
    note(
      `${state.refused} of ${state.inspected} in the sample were refused, so up to ${percent(state.bound)} of all may be bad, and ${percent(maxRefusalRate)} is the limit: all candidates wait for a person.`,
    );
  }
  return state.acceptable;
}

const LEFT_OUT: readonly CandidateState[] = ["excluded", "replaced"];

/**
 * The candidates that people look at under `sample` approval: of those that passed the filters, the first ones in the
 * order of a seeded hash. That is a uniform random sample, and stays one when candidates are added later, of which a few
 * then take others' places.
 */
export function approvalSample(
  candidates: readonly Candidate[],
  decided: DecidedCandidates,
  { approval, seed }: Pick<ProjectConfig, "approval" | "seed">,
): Candidate[] {
  return candidates
    .filter((candidate) => candidate.filter === null && !LEFT_OUT.includes(stateOf(candidate, decided)))
    .map((candidate) => ({ candidate, rank: sha256(`approval/${seed}/${candidate.instructionId}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, approval.sampleSize)
    .map(({ candidate }) => candidate);
}

/** The sample of an iteration's candidates that passed the filters, and what a person has decided about it. */
export function sampleState(
  candidates: readonly Candidate[],
  decided: EffectiveState,
  { approval, seed }: Pick<ProjectConfig, "approval" | "seed">,
): SampleState {
  const sample = approvalSample(candidates, decided, { approval, seed });
  const idsIn = (state: CandidateState): number[] =>
    sample.filter((candidate) => stateOf(candidate, decided) === state).map(({ instructionId }) => instructionId);
  const approved = idsIn("approved").filter((id) => !decided.approved.get(id)?.unseen).length;
  const refused = idsIn("refused").length;
  const pending = [...idsIn("waiting"), ...idsIn("disputed")];
  const inspected = approved + refused;
  const bound = upperBound(refused, inspected, approval.confidence);
  return {
    sample: sample.map(({ instructionId }) => instructionId),
    pending,
    inspected,
    refused,
    bound,
    acceptable: pending.length === 0 && bound < approval.maxRefusalRate,
  };
}

/**
 * Ends the approval of the newest iteration: its approved candidates become the next Train pool and join the Cache when
 * the next imitation starts. What still waits goes on waiting.
 *
 * @throws LionError of kind `input` when there is nothing to finish.
 */
export function finishApproval(store: Store, clock: Clock, actor: string): FinishedApproval {
  return store.write(() => {
    const iteration = store.iterations.latest();
    if (!iteration || !store.iterations.stage(iteration.number, "generation")) {
      throw new LionError("input", "There is no approval to finish yet: `lion run` makes the candidates first.");
    }
    const { number, config } = iteration;
    if (isFinished(store, number)) {
      throw new LionError("input", `The approval of iteration ${number} is finished already: \`lion run\` goes on.`);
    }
    const counts = approvalCounts(store, number);
    if (counts.approved === 0) {
      throw new LionError(
        "input",
        `Nothing is approved in iteration ${number} (${counts.waiting} wait): approve candidates with \`lion review approve\` first.`,
      );
    }
    const missing = missingTo(config.loop.newInstructions, counts);
    const payload = { approved: counts.approved, missing };
    addAct({ store, clock, actor }, [{ kind: "finish", subject: iterationSubject(number), payload }]);
    return { iteration: number, approved: counts.approved, byHalf: counts.byHalf, missing };
  });
}

function candidatesOf(store: Store, iteration: number | undefined): Candidate[] {
  return iteration === undefined ? store.candidates.all() : store.candidates.ofIteration(iteration);
}
