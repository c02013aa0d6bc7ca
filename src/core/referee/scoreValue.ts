import { SCORE_WORD } from "./words.ts";

/** What stands where a score is expected. */
export interface ScoreValue {
  /** Null when it is no single number from 1 to 10. */
  readonly value: number | null;
  /** Whether a scale ("/10", "out of 10") or a unit ("points") says that it is a score. */
  readonly marked: boolean;
  /** Whether only a unit, which may count other things too, says so. */
  readonly unitOnly: boolean;
  /** Whether it is the beginning of a formula, a time, a percentage or the like. */
  readonly formula: boolean;
  /** The text behind it. */
  readonly rest: string;
}

const DIGITS = "\\d+(?:[.,]\\d+)?";
const SCALE = "(?:/|out of|of|von|sur|su|de|из|na|av|van|uit|sobre)";
const UNIT =
  "(?:points?|pts\\.?|punkte?n?|puntos?|punti|pontos|балл(?:ов|а)?|分|点|점|stars?)(?![\\p{Script=Latin}\\p{Script=Cyrillic}])";

const VALUE = new RegExp(
  `^[<(\\[{"']*\\s*(?:${SCORE_WORD}\\s*[:=]?\\s*)?([-+~≈]?)(${DIGITS})(?:\\s*${SCALE}\\s*(${DIGITS}))?(\\s*${UNIT})?[>)\\]}"']*`,
  "iu",
);
/** A range or a choice; both ends of the scale itself are an echo of the question and no answer. */
const RANGE = /^\s*(?:[-–—~]|\.{2,}|to|or|bis|oder|à|ou|至|到|或)\s*(\d+)/iu;
/** Something that makes the number part of a formula, a time, a date, a percentage or a longer number. */
const FORMULA =
  /^(?:[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d%‰°^_]|\s*[+×=*√>≤≥±?]|\s*<(?!\/)|\s*\/\s*[\p{Script=Latin}\d]|[.,:]\d)/u;

/** A single number from 1 to 10, with at most two decimals; null for anything else. */
export function scoreFrom(digits: string, scale?: string): number | null {
  if (!/^\d{1,2}(?:[.,]\d{1,2})?$/u.test(digits) || (scale !== undefined && Number(scale) !== 10)) {
    return null;
  }
  const score = Number(digits.replace(",", "."));
  return score >= 1 && score <= 10 ? score : null;
}

/**
 * Reads a score at the beginning of the text: `8`, `8.5`, `8,5`, `8/10`, `8 out of 10`, `8 points`, `<8>`, `(8)`. Null when
 * there is no number, or the number belongs to the question ("1-10") and not to an answer.
 */
export function readScore(text: string): ScoreValue | null {
  const match = VALUE.exec(text);
  if (!match) {
    return null;
  }
  const [all, sign, digits, scale, unit] = match;
  const rest = text.slice(all.length);
  const range = RANGE.exec(rest);
  if (digits === "1" && range?.[1] === "10") {
    return null;
  }
  const formula = range === null && FORMULA.test(rest);
  const whole = sign === "" && range === null && !formula;
  return {
    value: whole ? scoreFrom(digits ?? "", scale) : null,
    marked: scale !== undefined || unit !== undefined,
    unitOnly: scale === undefined && unit !== undefined,
    formula,
    rest,
  };
}
