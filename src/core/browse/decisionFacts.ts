import {
  effectiveState,
  holding,
  instructionSubject,
  isRepeat,
  isSecondOpinion,
  opinionOf,
  verdictSubject,
} from "../review/fold.ts";
import { openSuggestions } from "../review/suggestions.ts";
import type { Half } from "../store/candidates.ts";
import type { Decision, DecisionKind } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";

/** A decision, or an agent's suggestion, as people are told of it. Notes are hostile: data, never markup. */
export interface DecisionFacts {
  readonly decisionId: number;
  readonly actor: string;
  readonly kind: DecisionKind;
  /** The kind and, for an override, what was chosen: `approve`, `override:student` … */
  readonly what: string;
  readonly subject: string;
  /** Of a verdict's decision: the half that it amounts to, or null where it is a gap. */
  readonly half: Half | null;
  /** Teacher minus student, where a person scored by hand. */
  readonly gap: number | null;
  /** Reason code of a refusal or an exclusion. */
  readonly reason: string | null;
  readonly note: string | null;
  readonly isBlind: boolean;
  /** A second opinion, made without seeing the first. */
  readonly isSecond: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What has been decided about an item. */
export interface ItemDecisions {
  /** Those in force, oldest first: the latest of each sort, and opinions of others beside it. */
  readonly standing: readonly DecisionFacts[];
  /** What agents propose and nobody has answered, oldest first. */
  readonly suggestions: readonly DecisionFacts[];
  /** Two people's opinions differ: on the verdict where one is meant, else on the candidate. */
  readonly isDisputed: boolean;
  /** Why the instruction is left out of everything; null where it is not, empty where no reason is given. */
  readonly excluded: string | null;
}

/** The decisions about a verdict and the instruction that it is about; or about the instruction alone. */
export function itemDecisions(store: Store, instructionId: number, iteration: number | null): ItemDecisions {
  const subjects = [instructionSubject(instructionId)];
  if (iteration !== null) {
    subjects.push(verdictSubject(iteration, instructionId));
  }
  const logs = subjects.map((subject) => store.decisions.about(subject));
  const byId = (a: Decision, b: Decision): number => a.id - b.id;
  const { disputed, excluded } = effectiveState(logs.flat().sort(byId));
  return {
    standing: logs.flatMap(inForce).sort(byId).map(decisionFacts),
    suggestions: subjects
      .flatMap((subject) => openSuggestions(store, subject))
      .sort(byId)
      .map(decisionFacts),
    isDisputed: disputed.has(subjects.at(-1) ?? ""),
    excluded: excluded.get(instructionId) ?? null,
  };
}

/** Decisions of one family replace one another; every other kind is a family of its own. */
const FAMILIES: Partial<Record<DecisionKind, string>> = {
  approve: "approval",
  refuse: "approval",
  override: "verdict",
  agree: "verdict",
};

/** Of all decisions about one subject (oldest first), those in force. Repeats only measure and are none. */
function inForce(decisions: readonly Decision[]): Decision[] {
  const latest = new Map<string, Decision[]>();
  for (const decision of holding(decisions)) {
    if (isRepeat(decision)) {
      continue;
    }
    const family = familyOf(decision);
    const before = latest.get(family) ?? [];
    const stands = isSecondOpinion(decision) && before.length > 0;
    latest.set(family, stands ? [...before, decision] : [decision]);
  }
  return [...latest.values()].flat();
}

function familyOf({ kind, payload }: Decision): string {
  return kind === "reject" ? `reject ${payload.answerId}` : (FAMILIES[kind] ?? kind);
}

function decisionFacts(decision: Decision): DecisionFacts {
  const { id, actor, kind, subject, payload, context, createdAt } = decision;
  const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  const chosen = kind === "override" ? (text(payload.choice) ?? text(payload.half)) : null;
  const opinion = kind === "override" || kind === "agree" ? opinionOf(decision) : null;
  return {
    ...{ decisionId: id, actor, kind, subject, at: createdAt },
    what: chosen === null ? kind : `${kind}:${chosen}`,
    half: opinion === "hard" || opinion === "easy" ? opinion : null,
    gap: typeof payload.gap === "number" ? payload.gap : null,
    reason: text(payload.reason),
    note: text(payload.note),
    isBlind: context === "blind",
    isSecond: isSecondOpinion(decision),
  };
}
