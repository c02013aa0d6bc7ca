import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Decision, DecisionKind } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";
import { addAct, requireReason } from "./act.ts";
import { holding, subjectNumber } from "./fold.ts";

/** What an agent proposes. */
export interface Suggestion {
  /** `agent (<tool client>)`. */
  readonly actor: string;
  /** `instruction:ID` or `verdict:ITERATION:ID`. */
  readonly subject: string;
  readonly kind: Exclude<DecisionKind, "finish" | "undo" | "edit">;
  /** As the decision itself would have it. */
  readonly payload: Decision["payload"];
  readonly reason: string;
}

/** The kinds that are about an instruction, and those that are about a verdict. */
const ABOUT_VERDICTS: readonly DecisionKind[] = ["override", "agree"];

/**
 * Stores a proposal, which counts for nothing until a person decides so. Its reason is the payload's note.
 *
 * @throws LionError of kind `input` when there is nothing of that kind to decide about, or no reason is given.
 */
export function suggest(store: Store, clock: Clock, suggestion: Suggestion): Decision {
  const { actor, subject, kind, payload, reason } = suggestion;
  requireReason(reason);
  return store.write(() => {
    if (!isThere(store, subject, kind)) {
      throw new LionError("input", `There is nothing to ${kind} at ${subject}: look the item up and name it again.`);
    }
    const row = { kind, subject, payload, context: "suggestion" as const };
    const [decision] = addAct({ store, clock, actor }, [row], { note: reason }).decisions;
    return decision as Decision;
  });
}

/** The suggestions on a subject that no person has decided about since, oldest first. */
export function openSuggestions(store: Store, subject: string): Decision[] {
  const about = store.decisions.about(subject);
  const decided = holding(about).at(-1)?.id ?? 0;
  return about.filter(({ id, context, kind }) => context === "suggestion" && kind !== "undo" && id > decided);
}

function isThere(store: Store, subject: string, kind: DecisionKind): boolean {
  const id = subjectNumber(subject);
  const verdict = /^verdict:(\d+):\d+$/.exec(subject);
  if (verdict) {
    const iteration = Number(verdict[1]);
    return ABOUT_VERDICTS.includes(kind) && store.ratings.verdictsOf(id).some((one) => one.iteration === iteration);
  }
  if (!/^instruction:\d+$/.test(subject) || ABOUT_VERDICTS.includes(kind)) {
    return false;
  }
  const wantsCandidate = kind === "approve" || kind === "refuse";
  return wantsCandidate ? store.candidates.get(id) !== null : store.instructions.get(id) !== null;
}
