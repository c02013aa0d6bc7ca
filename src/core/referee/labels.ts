import type { Side } from "./claim.ts";
import { ANSWER, ASSISTANT } from "./words.ts";

/** Stands for "Assistant 1" or "Assistant A", in whatever language, once a text is labelled. */
const FIRST = "\uE001";
const SECOND = "\uE002";
/** Stand for "Answer 1", "Response B" and the like, which may also mean an answer to the task itself. */
const FIRST_ANSWER = "\uE003";
const SECOND_ANSWER = "\uE004";

/** Fragments of regular expressions that match one label: of an assistant; of an assistant or an answer. */
export const ASSISTANT_LABEL = `[${FIRST}${SECOND}]`;
export const ANY_LABEL = `[${FIRST}${SECOND}${FIRST_ANSWER}${SECOND_ANSWER}]`;

const NUMBER_MARK = "(?:\\s*(?:#|№|no\\.?|nr\\.?|n[°ºo]\\.?|number|nummer|num[ée]ro|número))?";
/** The number itself: not the beginning of a longer one, nor of a list such as 1/2. */
const NUMBER =
  "[ -]?\\s?(1|2|a|b|one|two)(?![\\p{Script=Latin}\\p{Script=Cyrillic}\\p{N}])(?![.,]\\d)(?![-–/&][12ab](?![\\d.]))";

const ASSISTANTS = new RegExp(`${ASSISTANT}${NUMBER_MARK}${NUMBER}`, "giu");
const ORDINALS = /(?<!\p{L})(first|second|1st|2nd) (?:ai )?assistant(?!\p{L})/giu;
const ANSWERS = new RegExp(`${ANSWER}${NUMBER_MARK}${NUMBER}`, "giu");

/** In "gave each assistant a score" the letter is an article. */
const isArticle = (number: string): boolean => number === "a" || number === "b";
const isFirst = (number: string): boolean => /^(?:1|a|one|first|1st)$/iu.test(number);

/** The text with one character in place of each name of a side. */
export function withLabels(text: string): string {
  const replace =
    (first: string, second: string) =>
    (match: string, number: string): string =>
      isArticle(number) ? match : isFirst(number) ? first : second;
  return text
    .replaceAll(ASSISTANTS, replace(FIRST, SECOND))
    .replaceAll(ORDINALS, replace(FIRST, SECOND))
    .replaceAll(ANSWERS, replace(FIRST_ANSWER, SECOND_ANSWER))
    .split("\n")
    .map(withoutQuotations)
    .join("\n");
}

export function sideOf(label: string): Side {
  return label === FIRST || label === FIRST_ANSWER ? "first" : "second";
}

/** Whether the label is an assistant's, whose number needs no score word beside it. */
export function isAssistant(label: string): boolean {
  return label === FIRST || label === SECOND;
}

const QUOTED_CLAIM = new RegExp(`"[^"]*${ANY_LABEL}[^"]*\\d[^"]*"`, "gu");

/** What a reply quotes inside a sentence is somebody else's claim; a line that is quoted as a whole is its own. */
function withoutQuotations(line: string): string {
  return /^"[^"]*"[.,;]?$/u.test(line) ? line : line.replaceAll(QUOTED_CLAIM, "…");
}
