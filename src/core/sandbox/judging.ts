import type { SandboxConfig } from "../project/schema.ts";
import type { Random } from "../random.ts";
import { type ChatBody, complete, lastUserText, type MindReply, randomFor } from "./chat.ts";
import { readSections } from "./sections.ts";

/** Share of the referee's replies in which no scores can be read, so that asking again is used. */
const UNREADABLE_SHARE = 0.01;

/** What a mind thinks of two answers that it has no measure for. */
const UNKNOWN_QUALITY = 5;

/** What a referee is shown. */
interface Comparison {
  /** The instruction, its input after a blank line. */
  readonly question: string;
  readonly answers: readonly [string, string];
}

const ANSWER = /\b(?:answers?|responses?|repl(?:y|ies)|assistants?|outputs?|solutions?|candidates?)\b/u;
const QUESTION = /\b(?:instructions?|questions?|quer(?:y|ies)|prompts?)\b/u;

/**
 * The parts of a referee's prompt: the two sections that are called answers, or else the last two; what stands before
 * them is the instruction, perhaps with an input. Null when there are fewer than three sections.
 */
function comparisonOf(prompt: string): Comparison | null {
  const { sections } = readSections(prompt, 3);
  const named = sections.flatMap(({ label }, i) => (ANSWER.test(label) ? [i] : []));
  const [first, second] = named.length === 2 ? named : [sections.length - 2, sections.length - 1];
  const before = sections.slice(0, Math.max(0, first ?? 0));
  if (before.length === 0) {
    return null;
  }
  const start = Math.max(
    0,
    before.findIndex(({ label }) => QUESTION.test(label)),
  );
  const question = before
    .slice(start)
    .map(({ text }) => text)
    .filter((text) => text !== "")
    .join("\n\n");
  return { question, answers: [sections[first ?? 0]?.text ?? "", sections[second ?? 0]?.text ?? ""] };
}

interface Judged {
  readonly empty: boolean;
  /** 1 to 10. */
  readonly quality: number;
}

/** A score as a referee gives it: the quality, its liking for what it reads first, its mood; in half points. */
function scoreOf({ empty, quality }: Judged, liking: number, noise: number, random: Random): number {
  const felt = quality + liking + random.normal(0, noise);
  return empty ? 1 : Math.min(10, Math.max(1, Math.round(felt * 2) / 2));
}

function remark(assistant: number, quality: number): string {
  const name = `Assistant ${assistant}`;
  if (quality >= 10) {
    return `${name} does exactly what was asked.`;
  }
  if (quality > 7) {
    return `${name} comes close, with a small slip.`;
  }
  return quality > 3 ? `${name} gets a part of it right and misses the rest.` : `${name} misses what was asked.`;
}

const UNREADABLE = [
  "Both answers have their merits, and I would rather not put a number on them.",
  "The first answer is the better one in my view.\n\nScore of Assistant 1: high\nScore of Assistant 2: lower",
  "I compared the two with care; they differ in accuracy, and the difference is not large.",
];

function asText(explanation: string, [first, second]: readonly [number, number]): string {
  return `${explanation}\n\nScore of Assistant 1: ${first}\nScore of Assistant 2: ${second}`;
}

/** The properties of the JSON schema that a request's `response_format` asks for; null when it asks for none. */
function requestedProperties(body: ChatBody): [string, unknown][] | null {
  const format = body.response_format as
    | { type?: unknown; json_schema?: { schema?: { properties?: unknown } } }
    | null
    | undefined;
  const properties = format?.type === "json_schema" ? format.json_schema?.schema?.properties : undefined;
  return typeof properties === "object" && properties !== null ? Object.entries(properties) : null;
}

function asJson(properties: [string, unknown][], explanation: string, scores: readonly [number, number]): string {
  const rest = [...scores];
  const members = properties.map(([name, schema]) => {
    const type = (schema as { type?: unknown } | null)?.type;
    if (type === "number") {
      return [name, rest.shift() ?? null];
    }
    if (type === "integer") {
      return [name, Math.round(rest.shift() ?? 1)];
    }
    return [name, type === "string" ? explanation : null];
  });
  return JSON.stringify(Object.fromEntries(members));
}

/**
 * A referee's reply. `quality` says what an answer to the question is worth, 1 to 10, or null when the mind does not know
 * the question. An explanation comes first; the scores, in half points, come last, or in the requested JSON. An empty
 * answer always has 1.
 */
export function judge(
  body: ChatBody,
  config: SandboxConfig,
  quality: (question: string, answer: string) => number | null,
): MindReply {
  const comparison = comparisonOf(lastUserText(body));
  if (comparison === null) {
    return complete("I was shown no two answers that I could compare.");
  }
  const random = randomFor(body, config.seed, "referee");
  const unreadable = random.next() < UNREADABLE_SHARE;
  const [first, second] = comparison.answers.map((answer) => ({
    empty: answer.trim() === "",
    quality: answer.trim() === "" ? 1 : (quality(comparison.question, answer) ?? UNKNOWN_QUALITY),
  })) as [Judged, Judged];
  const explanation = `${remark(1, first.quality)} ${remark(2, second.quality)}`;
  const scores: [number, number] = [
    scoreOf(first, config.positionBias, config.noise, random),
    scoreOf(second, 0, config.noise, random),
  ];
  const properties = requestedProperties(body);
  if (properties !== null) {
    return complete(asJson(properties, explanation, scores));
  }
  return complete(unreadable ? random.pick(UNREADABLE) : asText(explanation, scores));
}
