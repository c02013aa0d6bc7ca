import type { ReplyKind } from "../models/types.ts";
import { type InstructionText, instructionOf } from "../pool/instruction.ts";
import type { Generated } from "./parse.ts";
import { countWords } from "./words.ts";

/** Why a candidate is no instruction worth keeping. */
export type InvalidReason =
  | "refused"
  | "cut-off"
  | "empty"
  | "too-short"
  | "too-long"
  | "starts-with-punctuation"
  | "echoes-parent"
  | "leaks-markers"
  | "several-instructions"
  | "needs-missing-material";

/** One sentence a reason, for people. */
export const REASON_SENTENCES: Readonly<Record<InvalidReason, string>> = {
  refused: "The generator declined to write an instruction.",
  "cut-off": "The reply ended before the instruction did.",
  empty: "The reply holds no instruction.",
  "too-short": "The instruction has too few words.",
  "too-long": "The instruction has too many words.",
  "starts-with-punctuation": "The instruction begins with a punctuation mark, as if its beginning were missing.",
  "echoes-parent": "The instruction is the one it was to be modelled on.",
  "leaks-markers": "The instruction contains marks of a prompt or of a template.",
  "several-instructions": "The reply is a list of instructions instead of one.",
  "needs-missing-material": "The instruction is about a text or a picture that it does not contain.",
};

/** A candidate with what is known of the reply it was read from. */
export interface CandidateText extends Generated {
  readonly reply: { readonly kind: ReplyKind; readonly finishReason: string };
}

export interface ValidityContext {
  readonly parent: InstructionText;
  /** Words the instruction may have. */
  readonly limits: { readonly minWords: number; readonly maxWords: number };
}

export type Validity =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: InvalidReason; readonly detail: string };

/** Says what is wrong, or null. An empty text means that the reason's own sentence says it all. */
type Filter = (candidate: CandidateText, context: ValidityContext) => string | null;

const when = (wrong: boolean, detail = ""): string | null => (wrong ? detail : null);

/**
 * In this order; the first that objects decides. Self-instruct, Alpaca and Lion's published code have such filters; theirs
 * also drop every text with the word "instruction", every text that does not begin with an ASCII letter, and tasks about
 * programs, graphs or files. Those are kept here.
 */
const FILTERS: ReadonlyArray<readonly [InvalidReason, Filter]> = [
  ["refused", ({ instruction, reply }) => when(reply.kind === "refused" || declines(instruction))],
  ["cut-off", ({ reply }) => when(reply.kind === "cut" || reply.finishReason === "length")],
  ["empty", ({ instruction, reply }) => when(reply.kind === "empty" || instruction.trim() === "")],
  [
    "too-short",
    ({ instruction }, { limits }) => {
      const words = countWords(instruction).most;
      return when(words < limits.minWords, `It has ${words}, the least is ${limits.minWords}.`);
    },
  ],
  [
    "too-long",
    ({ instruction }, { limits }) => {
      const words = countWords(instruction).fewest;
      return when(words > limits.maxWords, `It has ${words}, the most is ${limits.maxWords}.`);
    },
  ],
  ["starts-with-punctuation", ({ instruction }) => when(STRAY_START.test(instruction))],
  ["echoes-parent", (candidate, { parent }) => when(echoes(candidate, parent))],
  [
    "leaks-markers",
    ({ instruction, input }) => {
      const marker = MARKERS.exec(instruction)?.[0] ?? MARKERS.exec(input)?.[0];
      return when(marker !== undefined, `It contains ${JSON.stringify(marker?.trim())}.`);
    },
  ],
  ["several-instructions", ({ instruction }) => when(isList(instruction))],
  ["needs-missing-material", (candidate) => when(lacksMaterial(candidate))],
];

/** Checks whether a candidate is a usable instruction. Whether it is new is the diversity check's question. */
export function checkValidity(candidate: CandidateText, context: ValidityContext): Validity {
  for (const [reason, filter] of FILTERS) {
    const detail = filter(candidate, context);
    if (detail !== null) {
      return { ok: false, reason, detail: `${REASON_SENTENCES[reason]}${detail === "" ? "" : ` ${detail}`}` };
    }
  }
  return { ok: true };
}

/** What every filter says of a candidate, in their order. The detail is empty where the reason's own sentence says it all. */
export function validityReport(
  candidate: CandidateText,
  context: ValidityContext,
): ReadonlyArray<{ readonly reason: InvalidReason; readonly passed: boolean; readonly detail: string }> {
  return FILTERS.map(([reason, filter]) => {
    const detail = filter(candidate, context);
    return { reason, passed: detail === null, detail: detail ?? "" };
  });
}

const UNABLE =
  "(?:can(?:no|')?t|can not|cannot|won't|will not|am unable|'m unable|am not able|'m not able|must decline|do not|don't)";
const DECLINES = new RegExp(
  [
    `^(?:(?:i'm|i am)\\s+(?:\\p{L}+\\s+)?(?:sorry|afraid)|sorry|i apologi[sz]e|my apologies|unfortunately|as an ai(?: (?:language )?model| assistant)?)[^.!?\\n]{0,60}?(?:\\bi\\s*${UNABLE}|\\bi(?:'m| am) (?:unable|not able))`,
    "^i\\s*(?:can(?:no|')?t|can not|am unable to|am not able to|'m unable to|'m not able to|won't)\\s+(?:help|assist|create|generate|provide|write|produce|fulfil\\p{L}*|comply|do (?:that|this)|answer|continue|come up)",
    "^(?:(?:很)?抱歉|对不起|對不起)[,，。\\s]*(?:但)?我?(?:无法|不能|無法|没有办法)",
    "^(?:申し訳|すみません)[^。\\n]{0,40}(?:できません|できかねます)",
    "^(?:es tut mir leid|lo siento|je suis désolée?|desculpe|mi dispiace)[^.!?\\n]{0,40}(?:kann|nicht|no puedo|ne peux|não posso|non posso)",
  ].join("|"),
  "iu",
);

function declines(instruction: string): boolean {
  return DECLINES.test(instruction.replaceAll(/[’‘]/gu, "'").trim());
}

/** Opening quotes and brackets, ¿, ¡, #, @, /, <, ` and the like begin texts of good right; these begin none. */
const STRAY_START = /^(?:[\p{Pe},;:!?…。、，；：！？|]|\.{3}|\.(?![\p{L}\p{N}./])|[-–—•*]\s)/u;

/** Prompt fences and the marks of chat and Alpaca templates. */
const MARKERS =
  /<<<[^<>\n]{1,80}>>>|<\|[a-z_]{2,30}\|>|\[\/?INST\]|<<\/?SYS>>|^#{1,4} ?(?:Instruction|Input|Response|Output) ?:|#(?:Given|Created|Rewritten|New) (?:Prompt|Instruction)#/imu;

const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{S}]+/gu, " ")
    .trim();

/** Equal but for case, spaces and punctuation. The same instruction about another input is no echo. */
function echoes({ instruction, input }: Generated, parent: InstructionText): boolean {
  const task = plain(instructionOf(parent));
  const whole = plain(`${instructionOf(parent)} ${parent.input}`);
  return plain(`${instruction} ${input}`) === whole || (plain(instruction) === task && plain(input) === "");
}

/** The whole text is a numbered list, or a second instruction is announced. */
function isList(instruction: string): boolean {
  const numbered = /^\(?1[.):]\s+\S/u.test(instruction) && /\n\s*\(?2[.):]\s+\S/u.test(instruction);
  const announces = (number: number): boolean =>
    new RegExp(`^[*#\\s]*(?:instruction|task|prompt)\\s*#?${number}\\s*[:.)]`, "imu").test(instruction);
  return (
    numbered ||
    (announces(2) && (!announces(1) || /^[*#\s]*(?:instruction|task|prompt)\s*#?1\s*[:.)]/iu.test(instruction)))
  );
}

const MATERIAL =
  "(?:text|passage|paragraph|article|essay|excerpt|story|poem|image|picture|photo(?:graph)?|figure|diagram|chart|graph|table|code|dialogue|conversation|email|sentences?|document|file|video|audio|list)";
const POINTS_AT = new RegExp(
  `(?<!\\p{L})(?:(?:the|this|these)\\s+(?:following|attached|above|below)\\s+(?:\\p{L}+\\s+){0,2}${MATERIAL}|(?:the\\s+)?(?:\\p{L}+\\s+)?${MATERIAL}\\s+(?:above|below|attached))(?!\\p{L})[^.!?\\n]{0,60}[.!?]?$`,
  "iu",
);

/** One sentence or two that point at a text, and nothing that could be it: no colon, quote, bracket or further line. */
function lacksMaterial({ instruction, input }: Generated): boolean {
  return input === "" && !/[:：\n"“”„«»「`[({<]/u.test(instruction) && POINTS_AT.test(instruction);
}
