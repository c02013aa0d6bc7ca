import { type Claim, pairOfClaims } from "./claim.ts";
import { ASSISTANT_LABEL as LABEL, sideOf } from "./labels.ts";
import { readScore } from "./scoreValue.ts";
import { CRITERION, SCORES_NOUN } from "./words.ts";

const NOUN = "(?:score|rating|mark|grade)s?";
/** A possessive with up to three nouns: 's code submission. */
const OWN = `(?:'s?(?:\\s+(?!${NOUN}\\b)[\\p{L}-]+){0,3}?)?`;
/** Words that lead from a name to its number; no other words may stand between them. */
const LEAD = `(?:(?:\\s+(?:a|an|the|as|at|with|to|is|was|are|would|should|will|be|of|receives?|received|gets?|got|earns?|earned|deserves?|deserved|scores?|scored|rated|given|awarded|merits?|obtains?|achieves?|both|each|overall|final|total|slightly|higher|lower|high|low|perfect|good|solid|strong|top|full|${NOUN}))+(?:\\s*:)?\\s+)`;
const NUMBER = "(?=\\d)";

const SINGLE = new RegExp(`(?<label>${LABEL})${OWN}(?<lead>${LEAD})${NUMBER}`, "giu");
const JOINT = new RegExp(
  `(?<!\\p{L})(?:both|each)(?:\\s+of)?(?:\\s+the)?(?:\\s+two)?\\s+(?:ai\\s+)?(?:assistants?|${LABEL}${OWN}\\s+and\\s+${LABEL})${OWN}(?<lead>${LEAD})${NUMBER}`,
  "giu",
);
const GIVEN_TO = new RegExp(
  `(?<!\\p{L})${NOUN}\\s+of\\s+(?<number>\\d[^\\n]{0,16}?)\\s+(?:to|for)\\s+(?<label>${LABEL})(?<own>(?:'s?[^.,;]{0,40})?)`,
  "giu",
);
const RESPECTIVELY = new RegExp(
  `(?:${SCORES_NOUN})\\s+(?:for|of|to)\\s+(?<one>${LABEL})\\s*(?:and|,|&)\\s*(?<other>${LABEL})\\s*(?:are|is|were|would be|:|=)\\s*(?<a>\\d[\\d.,/]*)(?:\\s+out of 10)?\\s*(?:and|,|&)\\s*(?<b>\\d[\\d.,/]*)(?:\\s+out of 10)?`,
  "giu",
);

/** Words that make a number a supposition, a comparison, a quotation or a denial rather than a verdict. */
const HEDGE =
  /(?<!\p{L})(?:not|nor|neither|never|cannot|without|if|unless|whether|would have|should have|could|might|may|perhaps|maybe|between|at least|at most|less than|more than|rather|instead|originally|initially|previously|minus|deduct(?:ed)?|about|around|approximately|roughly|nearly|almost|claims?|claimed|says?|said|asks?|demands?|wants?|tries)(?!\p{L})|n't(?!\p{L})/iu;
const SAYS_SCORE = /(?<!\p{L})(?:scores?|scored|ratings?|rated|marks?|grades?|deserves?|deserved|merits?)(?!\p{L})/iu;
const GIVES =
  /(?<!\p{L})(?:giv(?:e|es|en|ing)|gave|award(?:s|ed|ing)?|grant(?:s|ed)?|assign(?:s|ed)?|rat(?:e|es|ed|ing)|scor(?:e|es|ed|ing)|grad(?:e|es|ed|ing))(?!\p{L})/iu;
const TAIL =
  /^[)\]"'}]*\s*(?:[.,;:!?。(]|[-–—]\s*\D|$|(?:and|but|because|as|since|due|while|whereas|for|with|overall|out|respectively)(?!\p{L}))/iu;
const ABOUT_CRITERION = new RegExp(
  `^\\s*,?\\s*(?:for|in|on|in terms of|regarding)\\s+(?:its|their|the)?\\s*(?:${CRITERION})`,
  "iu",
);
const CRITERIA = new RegExp(CRITERION, "iu");
const ANOTHER_NUMBER = /^\s*(?:,|and|&|or)\s*\d/iu;

/**
 * Reads sentences that give a number to a named side: "I would give Assistant 1 a score of 8 out of 10", "Assistant 2's
 * score is 5", "a score of 9 to Assistant 2", "both assistants receive a score of 10", "the scores of … are 4 and 9,
 * respectively". Sentences that deny, suppose or quote are left alone.
 */
export function proseClaims(text: string): Claim[] {
  return text
    .split("\n")
    .flatMap((line) => line.split(/(?<=[.!?。])\s+/u))
    .flatMap(sentenceClaims);
}

function sentenceClaims(sentence: string): Claim[] {
  if (!/\d/u.test(sentence)) {
    return [];
  }
  const joint = [...sentence.matchAll(JOINT)];
  const claims = joint.flatMap((match) => {
    const value = numberAfter(sentence, match);
    return value === undefined ? [] : pairOfClaims(value, value);
  });
  for (const match of sentence.matchAll(SINGLE)) {
    const inJoint = joint.some((other) => match.index >= other.index && match.index < other.index + other[0].length);
    const afterAnother = new RegExp(`${LABEL}${OWN}\\s*(?:and|or|&|,)\\s*$`, "iu").test(sentence.slice(0, match.index));
    const value = inJoint || afterAnother ? undefined : numberAfter(sentence, match);
    if (value !== undefined) {
      claims.push({ side: sideOf(match.groups?.label ?? ""), value });
    }
  }
  return [...claims, ...givenTo(sentence), ...respectively(sentence)];
}

/** The number that a match leads to; undefined where it is no score, null where it is no score from 1 to 10. */
function numberAfter(sentence: string, match: RegExpExecArray): number | null | undefined {
  const end = match.index + match[0].length;
  const found = readScore(sentence.slice(end));
  if (!found || HEDGE.test(sentence.slice(0, end)) || CRITERIA.test(match[0]) || ABOUT_CRITERION.test(found.rest)) {
    return undefined;
  }
  const lead = match.groups?.lead ?? "";
  const handed = /\ban?\s+$/iu.test(lead) && GIVES.test(sentence.slice(0, match.index));
  const isScore = SAYS_SCORE.test(lead) || (found.marked && !found.unitOnly) || handed || verbless(sentence, match);
  if (!isScore || ANOTHER_NUMBER.test(found.rest) || !TAIL.test(found.rest) || found.formula) {
    return undefined;
  }
  return found.value;
}

/** "… an 8 and Assistant 2 a 6": the second half borrows the verb of the first. */
function verbless(sentence: string, match: RegExpExecArray): boolean {
  return /^\s+an?\s+$/iu.test(match.groups?.lead ?? "") && SAYS_SCORE.test(sentence.slice(0, match.index));
}

function givenTo(sentence: string): Claim[] {
  return [...sentence.matchAll(GIVEN_TO)].flatMap((match) => {
    const { number = "", label = "", own = "" } = match.groups ?? {};
    const found = readScore(number);
    const before = sentence.slice(0, match.index);
    const unclear = HEDGE.test(before) || CRITERIA.test(own) || CRITERIA.test(before.slice(-20));
    return !found || unclear || found.rest.trim() !== "" ? [] : [{ side: sideOf(label), value: found.value }];
  });
}

function respectively(sentence: string): Claim[] {
  return [...sentence.matchAll(RESPECTIVELY)].flatMap((match) => {
    const { one = "", other = "", a = "", b = "" } = match.groups ?? {};
    const scores = [a, b].map((number) => readScore(number.replace(/[.,/]+$/u, ""))?.value ?? null);
    if (sideOf(one) === sideOf(other) || HEDGE.test(sentence.slice(0, match.index))) {
      return [];
    }
    const [first = null, second = null] = sideOf(one) === "first" ? scores : scores.reverse();
    return pairOfClaims(first, second);
  });
}
