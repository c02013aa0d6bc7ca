import type { Turn } from "../instruction.ts";
import { type Fields, isObject, kindOf, optionalText, outputText, requiredText, sourceIdOf, tagsOf } from "./fields.ts";
import { type ImportedRecord, RefusedRow } from "./record.ts";

/** Who speaks, in OpenAI's messages and in the dumps of ShareGPT. */
const ROLES: Readonly<Record<string, "system" | Turn["role"]>> = {
  system: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  chatgpt: "assistant",
};

/**
 * A conversation: `messages` of {role, content}, or `conversations` of {from, value}. Its last reply is the output;
 * everything before it, from the first question to the one that was answered, are the turns.
 * @throws RefusedRow
 */
export function conversationRecord(row: Fields): ImportedRecord {
  const name = row.messages === undefined ? "conversations" : "messages";
  const list = row[name];
  if (!Array.isArray(list)) {
    throw new RefusedRow(`has ${kindOf(list)} as its ${name}, not a list`);
  }
  const spoken = list.map(readTurn);
  const opening = spoken[0]?.role === "system" ? spoken.shift() : undefined;
  const reply = spoken.at(-1)?.role === "assistant" ? spoken.pop() : undefined;
  return {
    turns: alternating(spoken),
    input: "",
    system: optionalText(opening ? opening.content : row.system, "system message"),
    output: outputText(reply?.content),
    tags: tagsOf(row, ["messages", "conversations", "system"]),
    ...sourceIdOf(row),
  };
}

/** The turns before the last reply: user and assistant in turn, the user first and last. */
function alternating(spoken: readonly Spoken[]): Turn[] {
  if (spoken.length === 0) {
    throw new RefusedRow("has no turn of the user's");
  }
  return spoken.map(({ role, content }, at) => {
    const expected = at % 2 === 0 ? "user" : "assistant";
    if (role !== expected) {
      throw new RefusedRow(`has a turn of the ${role}'s where the ${expected}'s is due (number ${at + 1})`);
    }
    return { role: expected, content: requiredText(content, `turn ${at + 1}`) };
  });
}

interface Spoken {
  readonly role: "system" | Turn["role"];
  readonly content: unknown;
}

function readTurn(turn: unknown, at: number): Spoken {
  if (!isObject(turn)) {
    throw new RefusedRow(`has ${kindOf(turn)} as its turn ${at + 1}, not an object`);
  }
  const speaker = turn.role ?? turn.from;
  const role = typeof speaker === "string" && Object.hasOwn(ROLES, speaker) ? ROLES[speaker] : undefined;
  if (!role) {
    throw new RefusedRow(`has a turn (number ${at + 1}) that is neither the user's nor the assistant's`);
  }
  return { role, content: plainContent(turn.content ?? turn.value, at) };
}

/** OpenAI's list of parts is taken when all of them are text. */
function plainContent(content: unknown, at: number): unknown {
  if (!Array.isArray(content)) {
    return content;
  }
  const parts = content.map((part) => (isObject(part) && part.type === "text" ? part.text : undefined));
  if (!parts.every((part) => typeof part === "string")) {
    throw new RefusedRow(`has something else than text in its turn ${at + 1}`);
  }
  return parts.join("");
}
