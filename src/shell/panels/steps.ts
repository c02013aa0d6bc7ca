import { Undoing } from "../../core/review/undo.ts";
import { actSentence } from "../commands/decisionWords.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Localizer } from "../trees/localizer.ts";
import type { Steps } from "./queueDesk.ts";

/** What the next undo and the next redo of a person would be about, in words. */
export function stepsOf(
  { store, clock }: Pick<ProjectSession, "store" | "clock">,
  actor: string,
  words: Localizer,
): Steps {
  const { undo, redo } = new Undoing({ store, clock, actor }).next();
  return { undo: actSentence(undo, words), redo: actSentence(redo, words) };
}
