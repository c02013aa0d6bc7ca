import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Instruction } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate, Half } from "../store/candidates.ts";
import type { DecisionKind } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";
import { approvalSample } from "./approval.ts";
import { effectiveState, holding, instructionSubject } from "./fold.ts";

/** waiting for a person; approved or refused by a decision; filtered: refused by a filter and not overruled. */
export type CandidateState = "waiting" | "approved" | "refused" | "filtered";

export interface CandidateFilter {
  readonly state?: CandidateState;
  readonly half?: Half;
  readonly iteration?: number;
  /** Only the random sample of `sample` approval, of the given configuration. */
  readonly sampleOf?: ProjectConfig;
}

export interface ListedCandidate {
  readonly id: number;
  readonly iteration: number;
  readonly state: CandidateState;
  readonly half: Half | null;
  readonly parentId: number | null;
  readonly filter: string | null;
  /** Why it was refused, by a filter or by a person. */
  readonly reason: string | null;
  readonly nearestId: number | null;
  readonly nearestScore: number | null;
  readonly instruction: Instruction;
}

/** One person's decisions about candidates. Every act is one group, which undo takes back as a whole. */
export class Review {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #actor: string;

  constructor({ store, clock, actor }: { store: Store; clock: Clock; actor: string }) {
    this.#store = store;
    this.#clock = clock;
    this.#actor = actor;
  }

  /** Candidates that match the filter, oldest first. */
  list(filter: CandidateFilter = {}): ListedCandidate[] {
    const { approved, refused } = effectiveState(this.#store.decisions.upTo());
    const { iteration } = filter;
    let candidates =
      iteration === undefined ? this.#store.candidates.all() : this.#store.candidates.ofIteration(iteration);
    if (filter.sampleOf) {
      const sample = approvalSample(
        candidates.filter((candidate) => candidate.filter === null),
        filter.sampleOf,
      );
      candidates = sample.sort((a, b) => a.instructionId - b.instructionId);
    }
    const stateOf = ({ instructionId, filter }: Candidate): CandidateState =>
      approved.has(instructionId)
        ? "approved"
        : refused.has(instructionId)
          ? "refused"
          : filter === null
            ? "waiting"
            : "filtered";
    return candidates.flatMap((candidate) => {
      const state = stateOf(candidate);
      const wanted = (!filter.state || state === filter.state) && (!filter.half || candidate.half === filter.half);
      const instruction = wanted ? this.#store.instructions.get(candidate.instructionId) : null;
      if (!instruction) {
        return [];
      }
      const { instructionId: id, half, parentId, nearestId, nearestScore } = candidate;
      const reason = refused.get(id) ?? candidate.filterDetail ?? candidate.filter;
      return [
        {
          id,
          iteration: candidate.iteration,
          state,
          half,
          parentId,
          filter: candidate.filter,
          reason,
          nearestId,
          nearestScore,
          instruction,
        },
      ];
    });
  }

  /** @throws LionError when an id is no candidate, or was refused by a filter and `overrule` is not set. */
  approve(ids: readonly number[], options: { overrule: boolean } = { overrule: false }): void {
    this.#decide("approve", ids, {}, ({ instructionId, filter }) => {
      if (filter !== null && !options.overrule) {
        throw new LionError(
          "input",
          `Candidate ${instructionId} was refused by a filter (${filter}): say --overrule to approve it all the same.`,
        );
      }
    });
  }

  /** @throws LionError when an id is no candidate. */
  refuse(ids: readonly number[], reason: string, note = ""): void {
    this.#decide("refuse", ids, { reason, ...(note !== "" && { note }) }, () => {});
  }

  /** Takes back this person's last act that still holds. Returns how many decisions it had. */
  undo(): number {
    return this.#store.write(() => {
      const own = holding(this.#store.decisions.upTo()).filter(({ actor }) => actor === this.#actor);
      const last = own.at(-1);
      if (!last) {
        return 0;
      }
      const group = own.filter(({ groupId }) => groupId === last.groupId);
      const groupId = randomUUID();
      for (const { id, subject } of group) {
        this.#store.decisions.add(
          { actor: this.#actor, kind: "undo", subject, payload: {}, groupId, undoes: id },
          this.#clock.now(),
        );
      }
      return group.length;
    });
  }

  /** All decisions are stored, or none. */
  #decide(
    kind: DecisionKind,
    ids: readonly number[],
    payload: Readonly<Record<string, unknown>>,
    check: (candidate: Candidate) => void,
  ): void {
    const groupId = randomUUID();
    this.#store.write(() => {
      for (const id of ids) {
        const candidate = this.#store.candidates.get(id);
        if (!candidate) {
          throw new LionError("input", `There is no candidate ${id}: \`lion review list\` shows those there are.`);
        }
        check(candidate);
        this.#store.decisions.add(
          { actor: this.#actor, kind, subject: instructionSubject(id), payload, groupId },
          this.#clock.now(),
        );
      }
    });
  }
}
