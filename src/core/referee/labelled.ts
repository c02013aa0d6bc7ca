import type { Claim, Side } from "./claim.ts";
import { ANY_LABEL, isAssistant, sideOf } from "./labels.ts";
import { readScore, type ScoreValue } from "./scoreValue.ts";
import { CRITERION, SCORE_WORD } from "./words.ts";

const LABEL = new RegExp(ANY_LABEL, "gu");
const HAS_SCORE_WORD = new RegExp(SCORE_WORD, "iu");
const HAS_CRITERION = new RegExp(CRITERION, "iu");

/** "Score of the …", "Bewertung von …", "Scores: …" directly before a label. */
const SCORE_BEFORE = new RegExp(
  `(?:${SCORE_WORD})(?:\\s*\\([^()]{0,30}\\))?(?:\\s+(?:are|is|sind|ist|sont|est))?\\s*[:=,–—-]?\\s*[("'\\[<]*\\s*(?:(?:of|for|to|von|für|de|du|do|da|des|del|della|за|для|van|voor|för|của|给|對|的)(?!\\p{Script=Latin}))?\\s*(?:(?:the|el|la|il|lo|o|den|der|die|dem|dell'|d'|l')(?!\\p{Script=Latin}))?\\s*[("'\\[<]*\\s*$`,
  "iu",
);

/** What may stand between a label and its number: 's overall score (1-10): */
const AFTER = new RegExp(
  `^(?<np>(?:'s(?!\\p{L})|\\s*(?:的|の|의)|'?n?[ıiuü]n(?!\\p{L}))?(?:\\s*(?:ai|overall|final|total|combined|answer|response|solution|code|submission|reply|work|performance|quality)(?!\\p{L}))*)` +
    `\\s*(?<score>${SCORE_WORD}(?:\\s*${SCORE_WORD})?)?(?<paren>\\s*\\((?!\\s*\\d+(?:[.,]\\d+)?\\s*(?:/|out of)\\s*10\\s*\\))[^()\\n]{1,40}\\)(?=\\s*[:=–—>-]))?["')\\]]?` +
    "(?<sep>\\s*(?::=|[-=]>|[:=→>])\\s*|\\s+[-–—]+\\s+|\\s+(?:is|was|ist|est|es|è|é|jest|of)(?!\\p{L})\\s*|\\s*[是为為はがは은는이]\\s*|(?=\\s*\\()|\\s+)",
  "iu",
);

/** The name of another side, perhaps after "and", "score of": the next claim on the same line. */
const NEXT_CLAIM = new RegExp(
  `^[)\\]]?\\s*[,;.|&/)–—-]*\\s*["'([]?(?:(?:and|und|et|y|e|и|while|whereas|和)\\s+)?(?:(?:the\\s+)?${SCORE_WORD}\\s*(?:of|for|von|für|de)?\\s*(?:the\\s+)?)?${ANY_LABEL}`,
  "iu",
);
const END = /^[)\]"'}]*\s*[.!;,。|]?\s*[)\]"'}]*\s*$/u;
/** Prose that may follow a number of which it is certain that it is a score. */
const EXPLANATION =
  /^[)\]"'}]*\s*(?:[.,;:!。(<]|[-–—]\s*(?=\D)|(?:and|but|because|as|since|due|while|whereas|for|with|und|weil|y|porque|et|car|и)(?!\p{L}))/iu;
/** More numbers of the same kind, such as partial scores. */
const LISTED = /^[)\]"'}]*\s*(?:[,;&|]|and)?\s*\d/u;
/** Signs that the number is taken back in the same breath. */
const CORRECTION =
  /(?<!\p{L})(?:wait|actually,|correction|make (?:that|it)|no,|(?:revised|adjusted|changed?|lowered|raised|reduced) (?:it |this )?(?:to|down|up))(?!\p{L})|[-=]>|→/iu;
/** The number is about one criterion only. */
const FOR_CRITERION = new RegExp(
  `^\\s*[(,]?\\s*(?:for|in|on|in terms of)\\s+(?:its|their|the|his)?\\s*(?:${CRITERION})`,
  "iu",
);
const CRITERION_BEFORE = new RegExp(
  `(?:${CRITERION})\\s*(?:${SCORE_WORD})?\\s*(?:of|for)?\\s*(?:the)?\\s*[:(]?\\s*$`,
  "iu",
);
/** "Final verdict: Assistant 1: 8/10" */
const VERDICT_BEFORE =
  /(?<!\p{L})(?:(?:verdict|evaluation|assessment|judge?ment|conclusion)[^.!?]{0,20}|final)[:(]\s*$/iu;
const JOINED = new RegExp(`${ANY_LABEL}(?:'s)?\\s*(?:,|/|&|\\||and|or|vs\\.?|than|und|et|y|>)\\s*$`, "iu");

/** What the line that introduces it says about a line's numbers: scores, something else, or nothing. */
export type Context = "scores" | "others" | "none";

/** Reads every "label: number" on a line. `line` has labels in place of the names of the sides. */
export function labelledClaims(line: string, context: Context): Claim[] {
  if (startsWithCriterion(line)) {
    return [];
  }
  const claims: Claim[] = [];
  let start = 0;
  for (const match of line.matchAll(LABEL)) {
    const before = line.slice(start, match.index);
    const after = line.slice(match.index + 1);
    const claim = claimAt(match[0], before, after, context, start === 0);
    if (claim) {
      claims.push({ side: sideOf(match[0]), value: claim.value });
      start = line.length - claim.rest.length;
    }
  }
  return claims;
}

function claimAt(label: string, before: string, after: string, context: Context, isFirst: boolean): ScoreValue | null {
  const groups = AFTER.exec(after);
  if (!groups?.groups) {
    return null;
  }
  const { np = "", score, paren = "", sep = "" } = groups.groups;
  const found = readScore(after.slice(groups[0].length));
  if (!found || HAS_CRITERION.test(np + paren) || CRITERION_BEFORE.test(before) || FOR_CRITERION.test(found.rest)) {
    return null;
  }
  if (JOINED.test(before)) {
    return null;
  }
  const spelt = score !== undefined || SCORE_BEFORE.test(before) || context === "scores";
  const placed = isSeparated(before, isFirst) || VERDICT_BEFORE.test(before);
  if (!spelt && (context !== "none" || !placed)) {
    return null;
  }
  const certain = spelt || found.marked;
  const loose = /^\s*$/u.test(sep) || /^\s*of\s*$/iu.test(sep);
  const verb = /^\s*\p{L}+\s*$/u.test(sep);
  // "Assistant 1's answer is 8" is about what it answered.
  const aboutAnswer = np.trim() !== "" && score === undefined && !found.marked && (verb || !certain);
  if (aboutAnswer || ((loose || verb) && !certain)) {
    return null;
  }
  if (certain) {
    const claim = certainClaim(found);
    return spelt || claim.value !== null || !found.unitOnly ? claim : null;
  }
  return isAssistant(label) && isSeparated(before, isFirst) ? bareClaim(found) : null;
}

/** A number that is certainly a score, with an explanation behind it at most. */
function certainClaim(found: ScoreValue): ScoreValue {
  const { rest } = found;
  const clause = rest.split(new RegExp(ANY_LABEL, "u"))[0] ?? "";
  const readable = !LISTED.test(rest) && (END.test(rest) || NEXT_CLAIM.test(rest) || EXPLANATION.test(rest));
  return readable && !CORRECTION.test(clause) ? found : { ...found, value: null };
}

/** A number behind a name and a colon could be anything, an answer to a sum too: nothing else may stand there. */
function bareClaim(found: ScoreValue): ScoreValue | null {
  return !found.formula && (END.test(found.rest) || NEXT_CLAIM.test(found.rest)) ? found : null;
}

const isSeparated = (before: string, isFirst: boolean): boolean =>
  isFirst
    ? /^["'([{]*$/u.test(before.trim())
    : /^[)\]"'}]*\s*[,;.|&/]*\s*(?:and|und|et|y|e|и|和)?\s*["'([{]*$/iu.test(before.trim());

function startsWithCriterion(line: string): boolean {
  const head = /^[^:=|–—]{1,40}(?=[:=|–—])/u.exec(line)?.[0] ?? "";
  return HAS_CRITERION.test(head) && !new RegExp(ANY_LABEL, "u").test(head) && !/overall|total|final/iu.test(head);
}

const HEADING = new RegExp(
  `^(?:\\p{L}[\\p{L} ]{0,30}\\s(?:of|for|on|von|für|de|du)\\s+(?:the\\s+)?)?(?<label>${ANY_LABEL})(?<noun>(?:'s?)?(?:\\s+[\\p{L}-]+){0,3}\\s*(?:\\([^()]{0,40}\\))?\\s*:|\\s*)$`,
  "iu",
);
const OWN_SCORE = new RegExp(
  `^(?:the\\s+)?(?:overall|final|total)?\\s*${SCORE_WORD}(?:\\s*${SCORE_WORD})?(?:\\s*\\([^()]{0,40}\\))?\\s*(?:[:=]|\\s[-–—]|\\sis\\s|是)\\s*`,
  "iu",
);

/** The part of a reply under a heading that names one side. */
export interface Section {
  readonly side: Side;
  /** What counts without the word score before it: a number where the heading asks for it, a fraction of ten, nothing. */
  readonly bare: "number" | "fraction" | "nothing";
}

/** The section that a heading such as "Assistant 1:" or "Score of Assistant 1:" opens. */
export function sectionOf(line: string): Section | null {
  const { label, noun = "" } = HEADING.exec(line)?.groups ?? {};
  const asksScore = HAS_SCORE_WORD.test(line);
  if (label === undefined || HAS_CRITERION.test(line) || (!isAssistant(label) && !asksScore)) {
    return null;
  }
  return { side: sideOf(label), bare: asksScore ? "number" : /^\s*:?\s*$/u.test(noun) ? "fraction" : "nothing" };
}

/** Reads "Score: 7/10" within a section, and right under its heading what counts there without a word before it. */
export function ownScoreClaim(line: string, { side, bare }: Section): Claim | null {
  const head = OWN_SCORE.exec(line);
  const found = readScore(line.slice(head?.[0].length ?? 0));
  if (!found || LISTED.test(found.rest)) {
    return null;
  }
  const stands = bare === "number" || (bare === "fraction" && found.marked);
  return head || (stands && END.test(found.rest)) ? { side, value: certainClaim(found).value } : null;
}
