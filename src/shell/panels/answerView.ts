import type { AnswerFacts } from "../../core/browse/answerFacts.ts";
import type { RelativeFacts } from "../../core/browse/lineage.ts";
import type { AnswerSide, Relative } from "../../protocol/compare.ts";
import { stateTitle } from "../trees/candidateItems.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";

/** An answer as one side of a comparison. @param blind leaves out whose it is. */
export function answerView(
  facts: AnswerFacts | null,
  role: "teacher" | "student",
  blind: boolean,
  words: Localizer,
): AnswerSide {
  if (!facts) {
    const text = { ref: "", head: "", length: 0 };
    return { answerId: 0, role: blind ? null : role, by: null, origin: null, flaw: "empty", text, words: 0 };
  }
  const { answerId, origin, text } = facts;
  return {
    ...{ answerId, text },
    role: blind ? null : role,
    by: blind ? null : writer(facts, words),
    origin: blind ? null : origin,
    flaw: flawOf(facts),
    words: facts.words,
  };
}

/** Another instruction that one is related to. */
export function relativeView({ instructionId, text, state }: RelativeFacts, words: Localizer): Relative {
  return {
    instructionId,
    text: oneLine(text, 200),
    state: state === null ? "" : stateTitle(state, words),
  };
}

function writer({ writtenBy, studentVersion }: AnswerFacts, words: Localizer): string {
  const name = oneLine(writtenBy, 60);
  return studentVersion === null ? name : words.t("{0}, student v{1}", name, studentVersion);
}

function flawOf({ kind, text }: AnswerFacts): AnswerSide["flaw"] {
  switch (kind) {
    case "refused":
      return "refused";
    case "empty":
      return "empty";
    case "complete":
      return text.length === 0 ? "empty" : null;
    default:
      return "cut";
  }
}
