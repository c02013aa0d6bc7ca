import type { PageSettings, QueueString } from "../../src/protocol/queue.ts";
import { Formats, fill } from "./format.ts";

/** What the parts of a page are made with: its texts, its numbers, its keys, and the way to the editor's commands. */
export interface Tools<Key extends string> {
  readonly text: (key: Key, ...values: readonly string[]) => string;
  readonly formats: Formats;
  /** The key that a command is bound to by default, as keycaps show it; null when it has none. */
  readonly keyOf: (command: string) => string | null;
  /** Runs a command of the editor, as its key does. */
  readonly act: Act;
}

/** How many words a text has, in words. */
export function wordsText(words: number, { text, formats }: Pick<Tools<QueueString>, "text" | "formats">): string {
  return words === 1 ? text("oneWord") : text("words", formats.whole(words));
}

export type Act = (command: string, argument?: unknown) => void;

/** Tools in the person's language. */
export function toolsOf<Key extends string>(
  { strings, language, keys }: PageSettings<Readonly<Record<Key, string>>>,
  act: Act,
): Tools<Key> {
  return {
    text: (key, ...values) => fill(strings[key], ...values),
    formats: new Formats(language),
    keyOf: (command) => keys[command] ?? null,
    act,
  };
}
