import { type Claim, pairOfClaims, type Side } from "./claim.ts";
import { readScore } from "./scoreValue.ts";

/** The claims of a reply's JSON objects, and the reply with their texts in their place. */
export interface StructuredRead {
  readonly claims: Claim[];
  readonly rest: string;
}

/** More objects than this are no verdict, and looking at each of a thousand braces takes too long. */
const MOST_OBJECTS = 20;

/**
 * Reads JSON objects anywhere in a reply: `{"score_assistant_1": 8, "score_assistant_2": 6}`, nested and listed forms
 * too. Other numbers in an object are no scores, its texts are read on; what is no JSON stays as it is.
 */
export function readStructured(text: string): StructuredRead {
  const claims: Claim[] = [];
  let rest = "";
  let from = 0;
  let start = text.indexOf("{");
  for (let tried = 0; start >= 0 && tried < MOST_OBJECTS; tried++) {
    const end = endOfObject(text, start);
    const source = end < 0 ? "" : text.slice(start, end);
    const found = claimsOfObject(source);
    if (found) {
      claims.push(...found.claims);
      rest += `${text.slice(from, start)}\n${found.texts.join("\n")}\n`;
      from = end;
    }
    start = text.indexOf("{", found ? end : start + 1);
  }
  return { claims, rest: rest + text.slice(from) };
}

/** The index behind the brace that closes the one at `start`; -1 when none does. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      at += character === "\\" ? 1 : 0;
      quoted = character !== '"';
    } else if (character === '"') {
      quoted = true;
    } else if (character === "{") {
      depth++;
    } else if (character === "}" && --depth === 0) {
      return at + 1;
    }
  }
  return -1;
}

function claimsOfObject(source: string): { claims: Claim[]; texts: string[] } | null {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return null;
  }
  const claims: Claim[] = [];
  const texts: string[] = [];
  collect(value, null, claims, texts);
  // JSON.parse keeps the last of two members with one name; two readings are none.
  const keys = [...source.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/gu)].flatMap(([, key = ""]) =>
    sideOfKey(key) ? [key] : [],
  );
  return new Set(keys).size === keys.length ? { claims, texts } : { claims: pairOfClaims(null, null), texts };
}

const SIDE_KEYS = [
  /^(?:ai)?assistant(1|2|a|b)$/u,
  /^(?:final|overall|total)?(?:score|rating)(?:of|for)?(?:the)?(?:ai)?(?:assistant|answer|response|model)?(1|2|a|b)$/u,
  /^(?:ai)?(?:assistant|answer|response|model)(1|2|a|b)(?:final|overall|total)?(?:score|rating)$/u,
];
/** Members that may hold the sides' members. */
const CONTAINERS =
  /^(?:(?:final|overall|total)[ _-]?)?(?:scores?|ratings?|verdict|evaluation|assessment|overall|final|result)$/iu;

/** The side that a member's name means; null when it means something else. */
function sideOfKey(key: string): Side | null {
  const plain = key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const number = SIDE_KEYS.map((pattern) => pattern.exec(plain)?.[1]).find((found) => found !== undefined);
  return number === undefined ? null : number === "1" || number === "a" ? "first" : "second";
}

const isScoreKey = (key: string): boolean => /^(?:(?:final|overall|total)[ _-]?)?(?:scores?|ratings?)$/iu.test(key);

function collect(value: unknown, side: Side | null, claims: Claim[], texts: string[]): void {
  if (typeof value !== "object" || value === null) {
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const named = sideOfKey(key);
    const score = named ?? (isScoreKey(key) ? side : null);
    if (isScoreKey(key) && Array.isArray(member) && member.length === 2 && side === null) {
      claims.push(...pairOfClaims(scoreOf(member[0]) ?? null, scoreOf(member[1]) ?? null));
    } else if (typeof member === "object" && member !== null) {
      if (named || CONTAINERS.test(key)) {
        collect(member, named ?? side, claims, texts);
      }
    } else if (score !== null && scoreOf(member) !== undefined) {
      claims.push({ side: score, value: scoreOf(member) ?? null });
    } else if (typeof member === "string") {
      texts.push(member);
    }
  }
}

/** The score that a member's value is; null for a number that is none, undefined for no number at all. */
function scoreOf(value: unknown): number | null | undefined {
  const found = typeof value === "number" || typeof value === "string" ? readScore(String(value).trim()) : null;
  return found ? (found.rest === "" ? found.value : null) : undefined;
}
