import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Instruction } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate, Half } from "../store/candidates.ts";
import type { Decision, NewDecision } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";
import { approvalSample } from "./approval.ts";
import { type CandidateState, stateOf } from "./candidateState.ts";
import { type EffectiveState, effectiveState, instructionSubject, subjectNumber } from "./fold.ts";
import { addGroup } from "./group.ts";

/** Which candidates are meant; what is left out matches all. */
export interface CandidateFilter {
  readonly state?: CandidateState;
  readonly half?: Half;
  readonly iteration?: number;
  /** Only the random sample of `sample` approval under this configuration. */
  readonly sampleOf?: Pick<ProjectConfig, "approval" | "seed">;
}

/** A candidate as a person sees it. */
export interface ListedCandidate {
  readonly id: number;
  readonly iteration: number;
  readonly state: CandidateState;
  readonly half: Half | null;
  readonly parentId: number | null;
  /** Reason code of the filter that refused it. */
  readonly filter: string | null;
  /** Why it was refused or excluded, by a filter or by a person. */
  readonly reason: string | null;
  readonly nearestId: number | null;
  readonly nearestScore: number | null;
  readonly instruction: Instruction;
}

/** One person's decisions about candidates and instructions. Every act is one group, stored whole or not at all. */
export class Review {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #actor: string;

  constructor(options: { readonly store: Store; readonly clock: Clock; readonly actor: string }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#actor = options.actor;
  }

  /** Candidates that match, oldest first. */
  list(filter: CandidateFilter = {}): ListedCandidate[] {
    const decided = this.#decided();
    const { instructions } = this.#store;
    return this.#population(filter, decided)
      .filter((candidate) => filter.half === undefined || candidate.half === filter.half)
      .map((candidate) => ({ candidate, state: stateOf(candidate, decided) }))
      .filter(({ state }) => filter.state === undefined || state === filter.state)
      .flatMap(({ candidate, state }) => {
        const instruction = instructions.get(candidate.instructionId);
        return instruction ? [listed(candidate, state, decided, instruction)] : [];
      });
  }

  #population({ iteration, sampleOf }: CandidateFilter, decided: EffectiveState): Candidate[] {
    const { candidates } = this.#store;
    const all = iteration === undefined ? candidates.all() : candidates.ofIteration(iteration);
    return sampleOf ? approvalSample(all, decided, sampleOf).sort((a, b) => a.instructionId - b.instructionId) : all;
  }

  /**
   * Approves candidates. What a filter refused needs `overrule`.
   *
   * @throws LionError of kind `input` when one of them cannot be approved; then nothing is stored.
   */
  approve(ids: readonly number[], options: { readonly overrule?: boolean } = {}): void {
    this.#decide(ids, (id, { state, candidate }) => {
      if (state === "filtered" && !options.overrule) {
        throw new LionError(
          "input",
          `#${id} was refused by the filter "${candidate.filter}": say --overrule to approve it all the same.`,
        );
      }
      this.#refuseEvaluation(id);
      return { kind: "approve", subject: instructionSubject(id), payload: options.overrule ? { overrule: true } : {} };
    });
  }

  /** Refuses candidates, with a reason. @throws LionError of kind `input`; then nothing is stored. */
  refuse(ids: readonly number[], reason: string, note?: string): void {
    requireReason(reason);
    this.#decide(ids, (id, { state, candidate }) => {
      if (state === "filtered") {
        throw new LionError("input", `#${id} was refused by the filter "${candidate.filter}" already: leave it out.`);
      }
      if (this.#isInPool(id)) {
        throw new LionError("input", `#${id} is in the pools already, so it cannot be refused any more: exclude it.`);
      }
      return {
        kind: "refuse",
        subject: instructionSubject(id),
        payload: { reason, ...(note !== undefined && { note }) },
      };
    });
  }

  /**
   * Leaves instructions, candidates or not, out of draws, training, exports and counts from the next stage on; they stay
   * in the Cache. @throws LionError of kind `input` when one does not exist; then nothing is stored.
   */
  exclude(ids: readonly number[], reason: string): void {
    requireReason(reason);
    this.#store.write(() => {
      const unique = [...new Set(ids)];
      for (const id of unique) {
        this.#requireInstruction(id);
      }
      this.#add(unique.map((id) => ({ kind: "exclude", subject: instructionSubject(id), payload: { reason } })));
    });
  }

  /**
   * Takes back this person's last act that is still in force, whole; again for the one before. Approvals of instructions
   * that are in the pools already are made good for by excluding them, since a pool never shrinks.
   *
   * @returns how many decisions were taken back; 0 when there is nothing left to undo.
   * @throws LionError of kind `input` when it is a finished approval that an iteration has begun with.
   */
  undo(): number {
    return this.#store.write(() => {
      const act = this.#lastAct();
      this.#add(act.flatMap((decision) => this.#undoing(decision)));
      return act.length;
    });
  }

  /** What is still in force of this person's last act of which something is; what an undo made good for is none. */
  #lastAct(): Decision[] {
    const { decisions } = this.#store;
    const undone = new Set<number>();
    const counts = ({ id, actor, kind, context }: Decision): boolean =>
      actor === this.#actor && kind !== "undo" && context !== "suggestion" && !undone.has(id);
    const passed = new Set<string>();
    for (const decision of decisions.newestFirst()) {
      const { id, groupId, undoes } = decision;
      if (undoes !== null && !undone.has(id)) {
        undone.add(undoes);
      }
      if (counts(decision) && !passed.has(groupId)) {
        passed.add(groupId);
        const group = decisions.ofGroup(groupId);
        if (!group.some(({ kind }) => kind === "undo")) {
          return group.filter(counts);
        }
      }
    }
    return [];
  }

  #undoing(decision: Decision): NewRow[] {
    const number = subjectNumber(decision.subject);
    const undo: NewRow = { kind: "undo", subject: decision.subject, payload: {}, undoes: decision.id };
    if (decision.kind === "finish" && (this.#store.iterations.latest()?.number ?? 0) > number) {
      throw new LionError(
        "input",
        `Iteration ${number + 1} has begun with what was approved, so finishing iteration ${number} cannot be undone: exclude what should not be used.`,
      );
    }
    if (decision.kind === "approve" && this.#isInPool(number)) {
      const already = this.#decidedAbout([number]).excluded.has(number);
      return already
        ? [undo]
        : [undo, { kind: "exclude", subject: decision.subject, payload: { reason: "approval undone" } }];
    }
    return [undo];
  }

  /** Checks every candidate before the first decision is stored. */
  #decide(
    ids: readonly number[],
    decide: (id: number, about: { state: CandidateState; candidate: Candidate }) => NewRow,
  ): void {
    this.#store.write(() => {
      const unique = [...new Set(ids)];
      const decided = this.#decidedAbout(unique);
      const rows = unique.map((id) => {
        const candidate = this.#store.candidates.get(id);
        if (!candidate) {
          this.#requireInstruction(id);
          throw new LionError("input", `#${id} is no candidate: \`lion review list\` shows what can be decided about.`);
        }
        const state = stateOf(candidate, decided);
        if (state === "excluded") {
          throw new LionError("input", `#${id} is excluded: undo that first.`);
        }
        return decide(id, { state, candidate });
      });
      this.#add(rows);
    });
  }

  #add(rows: readonly NewRow[]): void {
    addGroup(this.#store, this.#clock, this.#actor, rows);
  }

  #decided(): EffectiveState {
    return effectiveState(this.#store.decisions.upTo());
  }

  /** What was decided about some instructions: with a long log, far less to read than all of it. */
  #decidedAbout(ids: readonly number[]): EffectiveState {
    return effectiveState(ids.flatMap((id) => this.#store.decisions.about(instructionSubject(id))));
  }

  #isInPool(id: number): boolean {
    return this.#store.pools.isInCache(id);
  }

  #requireInstruction(id: number): Instruction {
    const instruction = this.#store.instructions.get(id);
    if (!instruction) {
      throw new LionError("input", `There is no instruction #${id}: \`lion review list\` shows the ids.`);
    }
    return instruction;
  }

  /** An evaluation set may have been imported after the candidate was made. */
  #refuseEvaluation(id: number): void {
    const { contentHash } = this.#requireInstruction(id);
    const evaluationId = this.#store.instructions.findByContent(contentHash, "evaluation");
    if (evaluationId !== null) {
      throw new LionError(
        "input",
        `#${id} is equal to the evaluation instruction #${evaluationId} and must not be trained on: refuse it.`,
      );
    }
  }
}

type NewRow = Omit<NewDecision, "actor" | "groupId">;

function requireReason(reason: string): void {
  if (reason.trim() === "") {
    throw new LionError("input", "A reason is needed: say why in a word or a sentence.");
  }
}

function listed(
  candidate: Candidate,
  state: CandidateState,
  decided: EffectiveState,
  instruction: Instruction,
): ListedCandidate {
  const { instructionId: id, iteration, half, parentId, filter, filterDetail, nearestId, nearestScore } = candidate;
  const reasons: Readonly<Record<CandidateState, string | null>> = {
    waiting: null,
    approved: null,
    refused: decided.refused.get(id)?.reason ?? null,
    filtered: filterDetail ?? filter,
    excluded: decided.excluded.get(id) ?? null,
  };
  return { id, iteration, state, half, parentId, filter, reason: reasons[state], nearestId, nearestScore, instruction };
}
