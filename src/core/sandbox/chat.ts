import { canonicalJson } from "../hash.ts";
import { Random } from "../random.ts";

/** One message, its content already joined to one text. */
export interface SandboxMessage {
  readonly role: string;
  readonly content: string;
}

/** The body of a chat completion, as far as the sandbox reads it. Everything in it decides the reply. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly SandboxMessage[];
  readonly [parameter: string]: unknown;
}

/** What a mind says to a request. */
export interface MindReply {
  readonly content: string;
  readonly finishReason: "stop" | "length" | "content_filter";
}

/** Characters of a token, roughly, in English text; the sandbox counts no finer. */
const CHARACTERS_PER_TOKEN = 4;

/** Tokens of a text by the sandbox's rough count. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** A reply that came to its end by itself. */
export function complete(content: string): MindReply {
  return { content, finishReason: "stop" };
}

/** The reply as far as the request's token limit lets it come. */
export function withinLimit(reply: MindReply, body: ChatBody): MindReply {
  const limit = body.max_completion_tokens ?? body.max_tokens;
  return typeof limit === "number" && countTokens(reply.content) > limit
    ? { content: reply.content.slice(0, limit * CHARACTERS_PER_TOKEN), finishReason: "length" }
    : reply;
}

/** A stream of numbers that depends on the sandbox's seed and on all of the request's content. */
export function randomFor(body: ChatBody, seed: number, purpose: string): Random {
  return new Random(`${seed} ${purpose} ${canonicalJson(body)}`);
}

/** The position of the last user message; −1 when there is none. */
function lastUserIndex(body: ChatBody): number {
  return body.messages.findLastIndex((message) => message.role === "user");
}

/** The text of the last user message; empty when there is none. */
export function lastUserText(body: ChatBody): string {
  return body.messages[lastUserIndex(body)]?.content ?? "";
}

/** The texts of all messages but the last of the user. */
export function otherTexts(body: ChatBody): string[] {
  const last = lastUserIndex(body);
  return body.messages.filter((_, i) => i !== last).map((message) => message.content);
}

const INSTRUCTION_HEADING = /^###[ \t]*Instruction:?[ \t]*$/mu;
const INPUT_HEADING = /^###[ \t]*Input:?[ \t]*$/mu;
const RESPONSE_HEADING = /^###[ \t]*Response:?$/u;

/**
 * What a teacher or student is asked: the last user message, which is an instruction with its input, if any, after a
 * blank line. In a message laid out by the Alpaca or Lion template the headings are taken away.
 */
export function questionOf(body: ChatBody): string {
  const text = lastUserText(body).replaceAll("\r\n", "\n").trimEnd();
  const lastLine = text.lastIndexOf("\n") + 1;
  const heading = INSTRUCTION_HEADING.exec(text);
  if (heading === null || !RESPONSE_HEADING.test(text.slice(lastLine))) {
    return text;
  }
  const asked = text.slice(heading.index + heading[0].length, lastLine);
  const input = INPUT_HEADING.exec(asked);
  return input === null
    ? asked.trim()
    : `${asked.slice(0, input.index).trim()}\n\n${asked.slice(input.index + input[0].length).trim()}`;
}
