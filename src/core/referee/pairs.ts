import { type Claim, pairOfClaims } from "./claim.ts";
import { ASSISTANT_LABEL as LABEL, sideOf } from "./labels.ts";
import { scoreFrom } from "./scoreValue.ts";
import { SCORES_NOUN } from "./words.ts";

const NUMBER = "(?<![\\d.,/-])(\\d{1,3}(?:[.,]\\d{1,2})?)(?:\\s*(?:/|out of)\\s*(\\d{1,3}))?(?![\\d%/]|[.,]\\d)";
/** A comma parts two numbers only when a space follows it: "8,5" is one number in half of the world. */
const BETWEEN = "(?:\\s*[,;|&]\\s+|\\s+and\\s+|\\s*;\\s*|\\s+)";
/** Within brackets there must be two, so a bare comma can part them. */
const INSIDE = "\\s*[,;]\\s*";

const BARE = new RegExp(`^[("']?${NUMBER}${BETWEEN}${NUMBER}[)"']?\\.?$`, "iu");
const AFTER_HEAD = new RegExp(
  `^(?:(?:my|the|final|overall|output|total)\\s+){0,3}(?:${SCORES_NOUN})\\s*[:=–—-]+\\s*${NUMBER}${BETWEEN}${NUMBER}\\.?$`,
  "iu",
);
const TUPLE = `[(\\[]\\s*${NUMBER}${INSIDE}${NUMBER}\\s*[)\\]]`;
const TUPLES = new RegExp(TUPLE, "giu");
const TUPLE_ALONE = new RegExp(`^["']?${TUPLE}["']?\\.?$`, "iu");
const NAMED_TUPLE = new RegExp(`(?:${SCORES_NOUN}|(?<!\\p{L})tuple(?!\\p{L}))[^.\\d()[\\]]{0,60}${TUPLE}`, "giu");
const OUTPUT_TUPLE = new RegExp(
  `^(?:(?:so|thus|therefore|hence),?\\s+)?(?:the\\s+|final\\s+|correct\\s+)*(?:output|tuple|verdict)\\b[^.\\d()[\\]]{0,40}${TUPLE}\\.?$`,
  "iu",
);
const HEADED = new RegExp(
  `^(?:[^:]{0,30}(?:${SCORES_NOUN})[^:]{0,20}|\\(?)(?<one>${LABEL})\\s*(?:,|/|&|\\||and|vs\\.?)\\s*(?<other>${LABEL})\\s*\\)?\\s*[:=]\\s*[([]?${NUMBER}${BETWEEN}${NUMBER}[)\\]]?\\.?$`,
  "iu",
);
const LABELS = new RegExp(LABEL, "gu");
/** "for Assistant 1 and Assistant 2", "of Assistant 2 and Assistant 1": the order in which a tuple is to be read. */
const ORDER = new RegExp(`(?<one>${LABEL})\\s*(?:,|/|&|and)\\s*(?<other>${LABEL})`, "iu");
/** A line that does not lead into the next one: a whole sentence, or one about a side. */
const ENDED = new RegExp(`[.!?)\\]]$|^${LABEL}`, "u");
const ABOUT_SCORES = /scor|rating|tuple|output|verdict|evaluat|assess|judg/iu;

/** Reads pairs of numbers whose order ties them to the sides: on the first line, behind "Scores:", and in tuples. */
export function pairClaims(text: string): Claim[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const last = lines.length - 1;
  return lines.flatMap((line, at) => [
    ...(at === 0 ? ordered(BARE.exec(line)) : []),
    ...ordered(AFTER_HEAD.exec(line)),
    ...headed(line),
    ...tupleClaims(line, at === last ? lines[at - 1] : null),
  ]);
}

function score(digits: string | undefined, scale: string | undefined): number | null {
  return scoreFrom(digits ?? "", scale);
}

/** The claims of the first four groups of a match: number, scale, number, scale. */
function ordered(match: RegExpExecArray | null, reversed = false): Claim[] {
  if (!match) {
    return [];
  }
  const numbers = [...match].slice(-4);
  const one = score(numbers[0], numbers[1]);
  const other = score(numbers[2], numbers[3]);
  return reversed ? pairOfClaims(other, one) : pairOfClaims(one, other);
}

function headed(line: string): Claim[] {
  const match = HEADED.exec(line);
  const { one = "", other = "" } = match?.groups ?? {};
  return match && sideOf(one) !== sideOf(other) ? ordered(match, sideOf(one) === "second") : [];
}

/** `before` is the line before when this one is the reply's last, undefined when it is the only one, null otherwise. */
function tupleClaims(line: string, before: string | null | undefined): Claim[] {
  const isLast = before !== null;
  if (isLast && TUPLE_ALONE.test(line)) {
    const introduced = before !== undefined && !ENDED.test(before) && !ABOUT_SCORES.test(before);
    return introduced ? [] : ordered(TUPLE_ALONE.exec(line));
  }
  return line.split(/(?<=[.!?。])\s+/u).flatMap((sentence) => {
    const named = [...sentence.matchAll(NAMED_TUPLE)].filter(({ 0: text }) => isLast || !/tuple/iu.test(text));
    const match = named[0] ?? (isLast ? OUTPUT_TUPLE.exec(sentence) : null);
    if (!match || [...sentence.matchAll(TUPLES)].length > 1 || /=\s*[[(]/u.test(match[0])) {
      return [];
    }
    const order = ORDER.exec(sentence);
    if ([...sentence.matchAll(LABELS)].length !== (order ? 2 : 0)) {
      return [];
    }
    const [one = "", other = ""] = [order?.groups?.one, order?.groups?.other];
    return order && sideOf(one) === sideOf(other) ? [] : ordered(match, order !== null && sideOf(one) === "second");
  });
}
