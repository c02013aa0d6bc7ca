import type { SandboxConfig } from "../../../src/core/project/schema.ts";
import type { ChatBody } from "../../../src/core/sandbox/chat.ts";

/** The sandbox's configuration with its defaults. */
export function sandboxConfig(changes: Partial<SandboxConfig> = {}): SandboxConfig {
  return {
    mind: "oracle",
    seed: 1,
    maxLevel: 8,
    noise: 0.5,
    positionBias: 0.5,
    corruption: 0.3,
    malformed: 0.04,
    latencyMs: 0,
    ...changes,
  };
}

/** A request of one user message. */
export function ask(model: string, content: string, parameters: Record<string, unknown> = {}): ChatBody {
  return { model, messages: [{ role: "user", content }], ...parameters };
}

/** A referee's prompt as a stranger might word it. */
export function compare(
  instruction: string,
  first: string,
  second: string,
  closing = "Explain, then score both.",
): string {
  return [
    "Judge two answers. Sections are fenced.",
    `<<<instruction 3f9a>>>\n${instruction}\n<<<end of instruction 3f9a>>>`,
    `<<<answer of Assistant 1 3f9a>>>\n${first}\n<<<end of answer of Assistant 1 3f9a>>>`,
    `<<<answer of Assistant 2 3f9a>>>\n${second}\n<<<end of answer of Assistant 2 3f9a>>>`,
    closing,
  ].join("\n\n");
}

/** The two scores in a referee's reply; null when it has none. */
export function scoresIn(text: string): [number, number] | null {
  const match = /\n\nScore of Assistant 1: ([\d.]+)\nScore of Assistant 2: ([\d.]+)$/u.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2])];
}
