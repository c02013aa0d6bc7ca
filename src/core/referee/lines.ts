import type { Claim } from "./claim.ts";
import { type Context, labelledClaims, ownScoreClaim, type Section, sectionOf } from "./labelled.ts";
import { ANY_LABEL } from "./labels.ts";
import { CRITERION, SCORE_HEADING } from "./words.ts";

const SCORES = new RegExp(SCORE_HEADING, "iu");
const CRITERIA = new RegExp(CRITERION, "giu");
const LABELS = new RegExp(ANY_LABEL, "u");
const WHOLE = /overall|final|total/iu;
/** Introduce a verdict, so that numbers below may be scores; the second only where nothing is counted. */
const VERDICT =
  /(?<!\p{L})(?:evaluation|assessment|verdict|judge?ment|feedback|review|opinion|would give|bewertung|评估)(?!\p{Script=Latin})/iu;
const ENDING = /(?<!\p{L})(?:conclusion|decision|summary|follows|final|overall|fazit|结论)(?!\p{Script=Latin})/iu;
/** Introduces numbers of another kind: how many there are of something, or who comes first. */
const COUNTS =
  /(?<!\p{L})(?:how (?:many|long|much|often)|numbers? of|counts?|rank(?:s|ed|ings?)?|plac(?:e|ed|ing)s?|errors?|mistakes?|bugs?|answer(?:s|ed)?|solutions?|results?|values?|outputs?|words?|steps?|length|seconds?|confidence)(?!\p{L})/iu;
/** A heading that closes the section about one side. */
const CLOSING = /(?<!\p{L})(?:overall|both|conclusion|comparison|summary|in total)(?!\p{L})/iu;

/** A line no longer than this, without a full stop, is a heading. */
const HEADING_LENGTH = 60;

const isHeading = (line: string): boolean => line.length <= HEADING_LENGTH && !/[.!?]$/u.test(line);

/** What the numbers below a line are, as far as the line says so. */
function contextAfter(line: string): Context {
  const announces = line.endsWith(":");
  if (!announces && !isHeading(line)) {
    return /how many|numbers? of|(?<!\p{L})rank/iu.test(line) ? "others" : "none";
  }
  // One criterion heads partial scores; a list of them is what the overall scores rest on.
  const criteria = [...line.matchAll(CRITERIA)].length;
  if (criteria === 1 && (announces || line.split(" ").length <= 3) && !WHOLE.test(line)) {
    return "others";
  }
  if (/numbers? of/iu.test(line)) {
    return "others";
  }
  if (SCORES.test(line)) {
    return "scores";
  }
  if (announces) {
    return VERDICT.test(line) || (ENDING.test(line) && !COUNTS.test(line)) ? "none" : "others";
  }
  return COUNTS.test(line) ? "others" : "none";
}

/**
 * Reads line by line: "label: number" on one line, and "Score: number" within the section that a label heads. What the
 * numbers are is taken from the line that introduces them.
 */
export function lineClaims(text: string): Claim[] {
  const claims: Claim[] = [];
  let context: Context = "none";
  let section: Section | null = null;
  for (const line of text.split("\n").filter((other) => other !== "")) {
    const found = labelledClaims(line, context);
    claims.push(...found);
    if (found.length === 0) {
      const own: Claim | null = section && ownScoreClaim(line, section);
      claims.push(...(own ? [own] : []));
      section = sectionAfter(line, section);
    }
    if (found.length === 0 && !isAboutOneSide(line)) {
      context = contextAfter(line);
    }
  }
  return claims;
}

function sectionAfter(line: string, section: Section | null): Section | null {
  const heading = sectionOf(line);
  if (heading) {
    return heading;
  }
  const closes = CLOSING.test(line) && !SCORES.test(line) && isHeading(line);
  return section && !closes ? { side: section.side, bare: "nothing" } : null;
}

/** "Assistant 1: N/A" stands among labelled numbers and does not change what they are. */
const isAboutOneSide = (line: string): boolean => LABELS.test(line.slice(0, 1));
