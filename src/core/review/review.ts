import { LionError } from "../errors.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { type Act, type ActContext, type ActOptions, type ActRow, addAct, requireReason } from "./act.ts";
import { sampleState } from "./approval.ts";
import { stateOf } from "./candidateState.ts";
import { type CheckedEdit, storeEdit } from "./editing.ts";
import { effectiveState, instructionSubject } from "./fold.ts";
import { type KnownCandidate, KnownCandidates, requireInstruction } from "./knownCandidates.ts";
import { type CandidateFilter, type ListedCandidate, listCandidates } from "./listing.ts";

/**
 * One person's decisions about candidates and instructions. Every act checks everything before its first row is stored
 * and is one group: whole, or not at all.
 */
export class Review {
  readonly #context: ActContext;

  constructor(options: ActContext) {
    this.#context = options;
  }

  /** Candidates that match, oldest first. */
  list(filter: CandidateFilter = {}): ListedCandidate[] {
    return listCandidates(this.#context.store, filter);
  }

  /**
   * Approves candidates. What a filter refused needs `overrule`.
   *
   * @throws LionError of kind `input` when one of them cannot be approved; then nothing is stored.
   */
  approve(ids: readonly number[], options: { readonly overrule?: boolean } & ActOptions = {}): Act {
    const { overrule = false } = options;
    return this.#decide(ids, options, (id, { state, candidate, evaluationId }) => {
      if (state === "filtered" && !overrule) {
        throw new LionError(
          "input",
          `#${id} was refused by the filter "${candidate.filter}": say --overrule to approve it all the same.`,
        );
      }
      // An evaluation set may have been imported after the candidate was made.
      if (evaluationId !== undefined) {
        throw new LionError(
          "input",
          `#${id} is equal to the evaluation instruction #${evaluationId} and must not be trained on: refuse it.`,
        );
      }
      return { kind: "approve", subject: instructionSubject(id), payload: overrule ? { overrule } : {} };
    });
  }

  /** Refuses candidates, with a reason. @throws LionError of kind `input`; then nothing is stored. */
  refuse(ids: readonly number[], reason: string, options: ActOptions = {}): Act {
    requireReason(reason);
    return this.#decide(ids, options, (id, { state, candidate, isInCache }) => {
      // A repeat changes nothing, so that it may say what comes too late.
      if (options.again === undefined && state === "filtered") {
        throw new LionError("input", `#${id} was refused by the filter "${candidate.filter}" already: leave it out.`);
      }
      if (options.again === undefined && isInCache) {
        throw new LionError("input", `#${id} is in the pools already, so it cannot be refused any more: exclude it.`);
      }
      return { kind: "refuse", subject: instructionSubject(id), payload: { reason } };
    });
  }

  /**
   * Leaves instructions, candidates or not, out of draws, training, exports and counts from the next stage on; they stay
   * in the Cache. @throws LionError of kind `input` when one does not exist; then nothing is stored.
   */
  exclude(ids: readonly number[], reason: string, options: ActOptions = {}): Act {
    requireReason(reason);
    const { store } = this.#context;
    return store.write(() => {
      const unique = [...new Set(ids)];
      for (const id of unique) {
        requireInstruction(store, id);
      }
      const rows = unique.map(
        (id): ActRow => ({ kind: "exclude", subject: instructionSubject(id), payload: { reason } }),
      );
      return addAct(this.#context, rows, options);
    });
  }

  /**
   * Puts a new text in a candidate's place, as a candidate of its own with what the filters said of it. An approved one
   * stays approved where the filters let the new text pass.
   *
   * @param checked what `checkEdit` found about this very text.
   * @throws LionError of kind `input` when it cannot be edited; then nothing is stored.
   */
  edit(
    id: number,
    text: { readonly instruction: string; readonly input: string },
    checked: CheckedEdit,
    options: ActOptions = {},
  ): Act & { readonly replacement: number } {
    const { store } = this.#context;
    return store.write(() => {
      const { candidate, state, isInCache } = new KnownCandidates(store, [id]).get(id);
      if (isInCache) {
        throw new LionError("input", `#${id} is in the pools already, so it cannot be edited any more: exclude it.`);
      }
      const replacement = storeEdit(this.#context, { original: candidate, text, checked });
      const rows: ActRow[] = [{ kind: "edit", subject: instructionSubject(id), payload: { replacement } }];
      if (state === "approved" && checked.filter === null) {
        rows.push({ kind: "approve", subject: instructionSubject(replacement), payload: {} });
      }
      return { ...addAct(this.#context, rows, options), replacement };
    });
  }

  /**
   * Approves what waits of an iteration on the strength of its random sample, when that is decided about and good enough.
   *
   * @param config how `sample` approval is set at present.
   * @throws LionError of kind `input` when it is not, or nothing waits.
   */
  approveRest(
    iteration: number,
    config: Pick<ProjectConfig, "approval" | "seed">,
    options: Omit<ActOptions, "again" | "confirms"> = {},
  ): Act {
    const { store } = this.#context;
    return store.write(() => {
      const decided = effectiveState(store.decisions.upTo());
      const candidates = store.candidates.ofIteration(iteration);
      const { pending, acceptable, refused, inspected } = sampleState(candidates, decided, config);
      if (!acceptable) {
        throw new LionError(
          "input",
          pending.length > 0
            ? `${pending.length} of the sample of iteration ${iteration} are not decided about: decide about them first.`
            : `${refused} of ${inspected} in the sample of iteration ${iteration} were refused, which is too many to approve the rest unseen: decide about the others one by one.`,
        );
      }
      const waiting = candidates.filter((candidate) => stateOf(candidate, decided) === "waiting");
      if (waiting.length === 0) {
        throw new LionError("input", `No candidate of iteration ${iteration} waits: there is no rest to approve.`);
      }
      const equal = store.instructions.equalToEvaluation(waiting.map(({ instructionId }) => instructionId));
      const rows = waiting
        .filter(({ instructionId }) => !equal.has(instructionId))
        .map(
          ({ instructionId }): ActRow => ({
            kind: "approve",
            subject: instructionSubject(instructionId),
            payload: { policy: "sample" },
          }),
        );
      return addAct(this.#context, rows, options);
    });
  }

  /** Checks every candidate before the first decision is stored. */
  #decide(ids: readonly number[], options: ActOptions, decide: (id: number, known: KnownCandidate) => ActRow): Act {
    const { store } = this.#context;
    return store.write(() => {
      const unique = [...new Set(ids)];
      const known = new KnownCandidates(store, unique);
      const rows = unique.map((id) => decide(id, known.get(id)));
      return addAct(this.#context, rows, options);
    });
  }
}
