import type { Claim } from "./claim.ts";
import { ANY_LABEL, sideOf } from "./labels.ts";
import { readScore } from "./scoreValue.ts";
import { CRITERION, SCORE_WORD } from "./words.ts";

const LABEL_CELL = new RegExp(
  `^(?:(?:the\\s+)?${SCORE_WORD}\\s+(?:of|for)\\s+)?(${ANY_LABEL})(?:'s)?(?:\\s+${SCORE_WORD})?(?:\\s*\\([^()]*\\))?:?$`,
  "iu",
);
const SCORES = new RegExp(SCORE_WORD, "iu");
const CRITERIA = new RegExp(CRITERION, "iu");
const OVERALL = /overall|final|total|总分|总体|gesamt|insgesamt/iu;
const RULE = /^[\s|:+-]*$/u;

/** The claims of a reply's tables, and the reply without them. */
export interface TablesRead {
  readonly claims: Claim[];
  readonly rest: string;
}

/**
 * Reads Markdown tables: sides in the columns and a row of overall scores, or sides in the rows and a column of them. Rows
 * and columns about single criteria are left out.
 */
export function readTables(text: string): TablesRead {
  const claims: Claim[] = [];
  const rest: string[] = [];
  let table: string[] = [];
  const close = (): void => {
    if (table.some((line) => line.includes("-") && RULE.test(line)) && table.length >= 3) {
      claims.push(...tableClaims(table.filter((line) => !RULE.test(line)).map(cellsOf)));
    } else {
      rest.push(...table);
    }
    table = [];
  };
  for (const line of text.split("\n")) {
    if (line.includes("|") || (table.length > 0 && /^[\s:+-]*-{2,}[\s:+-]*$/u.test(line))) {
      table.push(line);
    } else {
      close();
      rest.push(line);
    }
  }
  close();
  return { claims, rest: rest.join("\n") };
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\s*\|/u, "")
    .replace(/\|\s*$/u, "")
    .split("|")
    .map((cell) => cell.trim());

const labelOf = (cell: string): string | undefined => LABEL_CELL.exec(cell)?.[1];

function claimOf(label: string, cell: string): Claim[] {
  const found = readScore(cell);
  return found ? [{ side: sideOf(label), value: /^\s*$/u.test(found.rest) ? found.value : null }] : [];
}

function tableClaims(rows: readonly string[][]): Claim[] {
  const [header = [], ...body] = rows;
  const columns = header.map(labelOf);
  if (columns.some((label) => label !== undefined)) {
    const row = overallOf(body, (cells) => cells[0] ?? "");
    return columns.flatMap((label, at) => (label === undefined || !row ? [] : claimOf(label, row[at] ?? "")));
  }
  const names = header.map((name, at) => ({ name, at })).slice(1);
  const column = overallOf(names, ({ name }) => name);
  return body.flatMap((cells) => {
    const label = labelOf(cells[0] ?? "");
    return label === undefined || !column ? [] : claimOf(label, cells[column.at] ?? "");
  });
}

/** The one that is about the whole: called overall, or the only one called a score, or the only one there is if it has no name. */
function overallOf<T>(all: readonly T[], nameOf: (one: T) => string): T | null {
  const whole = all.filter((one) => OVERALL.test(nameOf(one)));
  const scores = all.filter((one) => SCORES.test(nameOf(one)) && !CRITERIA.test(nameOf(one)));
  const unnamed = all.length === 1 ? all.filter((one) => !/\p{L}/u.test(nameOf(one))) : [];
  for (const candidates of [whole, scores, unnamed]) {
    if (candidates.length > 0) {
      return candidates.length === 1 ? (candidates[0] ?? null) : null;
    }
  }
  return null;
}
