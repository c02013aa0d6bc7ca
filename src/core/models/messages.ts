import type { InstructionText } from "../pool/instruction.ts";
import type { ChatMessage } from "./types.ts";

/** Names the way `messagesOf` lays out an instruction; part of a request's identity. */
export const PLAIN_PROMPT_VERSION = "plain/1";

/**
 * An instruction as a conversation, the way the teacher and a served student are asked: the system message first, then
 * the turns; the input follows the last user turn after a blank line.
 */
export function messagesOf(text: InstructionText): ChatMessage[] {
  const messages: ChatMessage[] = text.system === "" ? [] : [{ role: "system", content: text.system }];
  const lastUser = text.turns.findLastIndex((turn) => turn.role === "user");
  text.turns.forEach((turn, position) => {
    const content = position === lastUser && text.input !== "" ? `${turn.content}\n\n${text.input}` : turn.content;
    messages.push({ role: turn.role, content });
  });
  return messages;
}
