import type { LongText } from "../../protocol/queue.ts";
import { countWords } from "../generator/words.ts";
import type { ReplyKind } from "../models/types.ts";
import type { Answer } from "../store/ledger.ts";
import type { ItemSource } from "./itemSource.ts";
import { longText } from "./text.ts";

/** An answer with what is known of it. Its text is hostile: data, never markup. */
export interface AnswerFacts {
  readonly answerId: number;
  readonly role: "teacher" | "student";
  /** The model that replied, or the name of the person or file that it came from. */
  readonly writtenBy: string;
  readonly origin: Answer["origin"];
  /** Of a student that we trained, the iteration whose checkpoint answered; null for every other answer. */
  readonly studentVersion: number | null;
  readonly kind: ReplyKind;
  readonly finishReason: string;
  readonly text: LongText;
  readonly words: number;
}

/** Texts longer than this have their words counted by spaces alone, so that counting takes no time that is felt. */
const LONGEST_COUNTED = 50_000;

/** How many words a text has: in a script without spaces, two characters a word. */
export function wordsOf(text: string): number {
  if (text.length <= LONGEST_COUNTED) {
    return countWords(text).fewest;
  }
  let words = 0;
  let isInside = false;
  for (let at = 0; at < text.length; at++) {
    const isSpace = text.charCodeAt(at) <= 0x20;
    words += !isSpace && !isInside ? 1 : 0;
    isInside = !isSpace;
  }
  return words;
}

/** What is shown of an answer. */
export function answerFacts(source: ItemSource, answer: Answer, role: "teacher" | "student"): AnswerFacts {
  const { id, writtenBy, origin, kind, finishReason, text } = answer;
  return {
    ...{ answerId: id, role, writtenBy, origin, kind, finishReason },
    studentVersion: role === "student" ? versionOf(source, answer) : null,
    text: longText(`answer:${id}`, text),
    words: wordsOf(text),
  };
}

function versionOf({ state }: ItemSource, { checkpointId }: Answer): number | null {
  const iteration = state.sql("SELECT iteration FROM checkpoint WHERE id = ?").pluck().get(checkpointId);
  return (iteration as number | undefined) ?? null;
}
