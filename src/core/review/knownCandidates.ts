import { LionError } from "../errors.ts";
import type { Candidate } from "../store/candidates.ts";
import type { Store } from "../store/store.ts";
import { type CandidateState, stateOf } from "./candidateState.ts";
import { decidedAbout } from "./decided.ts";
import { currentVersion, type EffectiveState, effectiveState } from "./fold.ts";

/** What is known of a candidate that is decided about. */
export interface KnownCandidate {
  readonly candidate: Candidate;
  readonly state: CandidateState;
  readonly isInCache: boolean;
  /** The evaluation instruction that it equals, if any. */
  readonly evaluationId: number | undefined;
}

/** What an act must know of the candidates that it is about, read by one query a table, however many they are. */
export class KnownCandidates {
  readonly #store: Store;
  readonly #decided: EffectiveState;
  readonly #candidates: ReadonlyMap<number, Candidate>;
  readonly #cached: ReadonlySet<number>;
  readonly #evaluation: ReadonlyMap<number, number>;

  constructor(store: Store, ids: readonly number[]) {
    this.#store = store;
    this.#decided = decidedAbout(store, ids);
    this.#candidates = store.candidates.getMany(ids);
    this.#cached = store.pools.cached(ids);
    this.#evaluation = store.instructions.equalToEvaluation(ids);
  }

  /** One of them. @throws LionError of kind `input` when it cannot be decided about. */
  get(id: number): KnownCandidate {
    const candidate = this.#candidates.get(id);
    if (!candidate) {
      requireInstruction(this.#store, id);
      throw new LionError("input", `#${id} is no candidate: \`lion review list\` shows what can be decided about.`);
    }
    const state = stateOf(candidate, this.#decided);
    if (state === "excluded") {
      throw new LionError("input", `#${id} is excluded: undo that first.`);
    }
    if (state === "replaced") {
      throw new LionError("input", this.#replacedSentence(id));
    }
    return { candidate, state, isInCache: this.#cached.has(id), evaluationId: this.#evaluation.get(id) };
  }

  #replacedSentence(id: number): string {
    if (!this.#decided.superseded.has(id)) {
      return `The edit that made #${id} was undone: decide about what it was made from.`;
    }
    const current = currentVersion(id, effectiveState(this.#store.decisions.upTo()));
    return `#${id} was edited and #${current} stands in its place: decide about that.`;
  }
}

/** @throws LionError of kind `input` when there is no instruction of this id. */
export function requireInstruction(store: Store, id: number): void {
  if (!store.instructions.get(id)) {
    throw new LionError("input", `There is no instruction #${id}: \`lion review list\` shows the ids.`);
  }
}
