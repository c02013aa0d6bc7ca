import type { ChatAnswer, ChatString, ChatStudent } from "../../src/protocol/chat.ts";
import { type Formats, fill } from "../ui/format.ts";

/** What the page is worded with. */
export interface Wording {
  readonly text: (key: ChatString, ...values: readonly string[]) => string;
  readonly formats: Formats;
}

/** Wording in the person's language. */
export function wordingOf(strings: Readonly<Record<ChatString, string>>, formats: Formats): Wording {
  return { text: (key, ...values) => fill(strings[key], ...values), formats };
}

/** A student with where it is, as it is chosen. */
export function studentName(student: ChatStudent, { text, formats }: Wording): string {
  const number = formats.whole(student.iteration);
  const name = student.target === "local" ? text("studentName", number) : text("studentOn", number, student.target);
  return student.usable ? name : text("weightsGone", name);
}

/** Who gave an answer. */
export function answererName({ iteration }: ChatAnswer, { text, formats }: Wording): string {
  return text("studentName", formats.whole(iteration));
}

/** How long an answer is and how long it took. */
export function answerFacts({ outputTokens, milliseconds, isCut }: ChatAnswer, { text, formats }: Wording): string {
  const seconds = milliseconds === null ? null : milliseconds / 1000;
  return [
    ...(outputTokens === null
      ? []
      : [outputTokens === 1 ? text("oneToken") : text("tokens", formats.whole(outputTokens))]),
    ...(seconds === null ? [] : [text("took", formats.significant(seconds, 2))]),
    ...(seconds && outputTokens ? [text("tokensASecond", formats.significant(outputTokens / seconds, 2))] : []),
    ...(isCut ? [text("cut")] : []),
  ].join(" · ");
}
