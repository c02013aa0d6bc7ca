import type { Claim, Side } from "./claim.ts";
import { withLabels } from "./labels.ts";
import { lineClaims } from "./lines.ts";
import { pairClaims } from "./pairs.ts";
import { proseClaims } from "./prose.ts";
import { plainText } from "./replyText.ts";
import { readStructured } from "./structured.ts";
import { readTables } from "./tables.ts";

/** The scores of the answers in the order in which the referee was shown them, 1 to 10. */
export interface PairScores {
  readonly first: number;
  readonly second: number;
}

export type Parsed = PairScores | { readonly unparsed: string };

/**
 * Reads the two scores from a referee's reply. A number counts only where a label, the order (two bare numbers on the
 * first line, as FastChat's 2023 prompts asked for) or a tuple or JSON object ties it to a side. Every such place is read:
 * the reply has scores only if all of them agree and all are single numbers from 1 to 10. Whatever else is in the reply, a
 * formula or a number in passing, is never a score. Never throws.
 */
export function parseScores(text: string): Parsed {
  const claims = claimsIn(text);
  const first = scoreOf("first", claims);
  const second = scoreOf("second", claims);
  if (typeof first === "string" || typeof second === "string") {
    return { unparsed: typeof first === "string" ? first : (second as string) };
  }
  return { first, second };
}

function claimsIn(text: string): Claim[] {
  const structured = readStructured(text);
  const labelled = withLabels(plainText(structured.rest));
  const tables = readTables(labelled);
  return [
    ...structured.claims,
    ...tables.claims,
    ...pairClaims(tables.rest),
    ...lineClaims(tables.rest),
    ...proseClaims(tables.rest),
  ];
}

/** The one score that all claims for a side agree on, or why there is none. */
function scoreOf(side: Side, claims: readonly Claim[]): number | string {
  const values = new Set(claims.filter((claim) => claim.side === side).map(({ value }) => value));
  const [value] = values;
  const name = `Assistant ${side === "first" ? 1 : 2}`;
  if (value === undefined) {
    return `No score is tied to ${name}.`;
  }
  if (values.has(null)) {
    return `What stands as the score of ${name} is no single number from 1 to 10.`;
  }
  return values.size > 1 || value === null
    ? `The reply gives ${name} more than one score: ${[...values].join(", ")}.`
    : value;
}
