import { canonicalJson, seedFrom, sha256 } from "../hash.ts";
import type { ChatMessage, Role } from "./types.ts";

/** Everything that makes two requests the same request. */
export interface RequestIdentity {
  readonly role: Role;
  readonly profile: string;
  /** The model's name, or what stands for a checkpoint. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly promptVersion: string;
  /** Which of several independent draws of the same question this is, from 0. */
  readonly draw: number;
}

/** The identity of a request: 64 hexadecimal digits that attempts and the answer are filed under. */
export function requestKey(request: RequestIdentity): string {
  const { role, profile, model, messages, parameters, promptVersion, draw } = request;
  const turns = messages.map((message) => [message.role, message.content]);
  return sha256(canonicalJson([role, profile, model, turns, parameters, promptVersion, draw]));
}

/** The sampling seed of a request: a non-negative 31-bit integer that depends on its identity alone. */
export function samplingSeed(key: string): number {
  return seedFrom(`sampling/${key}`);
}
