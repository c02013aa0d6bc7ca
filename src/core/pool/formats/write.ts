import { canonicalJson } from "../../hash.ts";
import { replaceFile } from "./replaceFile.ts";

export interface AlpacaRow {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
  readonly system?: string;
}

/**
 * Writes a JSON list of {instruction, input, output}, indented by two spaces; every row has `system`, too, if any row's
 * is not empty. Equal rows give equal bytes. Unless somebody says whether one is not, rows that can be gone through twice
 * (a list, or an object that begins anew each time) are not held in memory, and a generator's are.
 * @returns how many rows were written
 * @throws LionError if the file can't be written
 */
export async function writeAlpaca(
  path: string,
  rows: Iterable<AlpacaRow>,
  options: { readonly withSystem?: boolean } = {},
): Promise<number> {
  const repeatable = options.withSystem !== undefined || isRepeatable(rows) ? rows : [...rows];
  const withSystem = options.withSystem ?? hasSystem(repeatable);
  const count = { rows: 0 };
  await replaceFile(path, alpacaTexts(repeatable, withSystem, count));
  return count.rows;
}

/** Iterators return themselves when they are asked for an iterator, and are used up by the first who asks. */
function isRepeatable(rows: Iterable<AlpacaRow>): boolean {
  return !Object.is(rows[Symbol.iterator](), rows);
}

function hasSystem(rows: Iterable<AlpacaRow>): boolean {
  for (const { system } of rows) {
    if (system) {
      return true;
    }
  }
  return false;
}

function* alpacaTexts(rows: Iterable<AlpacaRow>, withSystem: boolean, count: { rows: number }): Generator<string> {
  for (const { instruction, input, output, system = "" } of rows) {
    const row = withSystem ? { instruction, input, output, system } : { instruction, input, output };
    yield count.rows++ === 0 ? "[\n" : ",\n";
    yield `  ${JSON.stringify(row, null, 2).replaceAll("\n", "\n  ")}`;
  }
  yield count.rows === 0 ? "[]\n" : "\n]\n";
}

/**
 * Writes one JSON value a line, keys sorted: equal rows give equal bytes.
 * @returns how many rows were written
 * @throws LionError if the file can't be written
 */
export async function writeJsonl(path: string, rows: Iterable<unknown>): Promise<number> {
  let count = 0;
  function* lines(): Generator<string> {
    for (const row of rows) {
      count++;
      yield `${canonicalJson(row)}\n`;
    }
  }
  await replaceFile(path, lines());
  return count;
}
