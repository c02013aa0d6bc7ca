import type { RefusedRow } from "../core/pool/importing.ts";

/** Longer reasons are cut: a field's name can be long. */
const LONGEST_REASON = 500;

/** The refused rows of an import as a text to read: a line for each, as it stands in the file. */
export function refusedRowsText(heading: string, refused: readonly RefusedRow[]): string {
  const width = String(refused.at(-1)?.line ?? 0).length;
  const lines = refused.map(({ line, reason }) => `${String(line).padStart(width)}  ${plain(reason)}`);
  return `${[heading, "", ...lines].join("\n")}\n`;
}

function plain(reason: string): string {
  return reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").slice(0, LONGEST_REASON);
}
