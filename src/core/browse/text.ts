import type { LongText } from "../../protocol/queue.ts";
import { TEXT_HEAD } from "../../protocol/queue.ts";
import { LionError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** A piece of a text and where the next one begins; null behind the last. Places are UTF-16 units. */
export interface TextPiece {
  readonly text: string;
  readonly next: number | null;
}

/** A text as an item carries it: its beginning, and the name by which `pieceOf` finds the whole. */
export function longText(ref: string, text: string): LongText {
  return { ref, head: pieceFrom(text, 0, TEXT_HEAD).text, length: text.length };
}

/**
 * A piece of a stored text, of at most `length` units from `from` on. A character that takes two units is never split: the
 * piece begins with the whole of one, and ends a unit early before one (a piece has a whole character at the least).
 *
 * @param ref `answer:12`, `rating:7` (what the referee wrote), `turn:5:0`, `input:5` or `system:5`.
 * @throws LionError of kind `input` when nothing has this name.
 */
export function pieceOf(store: Store, ref: string, from: number, length: number): TextPiece {
  const text = textOf(store, ref);
  if (text === null) {
    throw new LionError(
      "input",
      `There is no text ${JSON.stringify(ref.slice(0, 40))} in this project: show the item anew.`,
    );
  }
  return pieceFrom(text, from, length);
}

function pieceFrom(text: string, from: number, length: number): TextPiece {
  const begin = splitsPair(text, from) ? from - 1 : Math.max(0, from);
  const wanted = begin + Math.max(1, length);
  const end = splitsPair(text, wanted) ? (wanted - 1 > begin ? wanted - 1 : wanted + 1) : wanted;
  return { text: text.slice(begin, end), next: end < text.length ? end : null };
}

/** Whether a place is in the middle of a character that takes two units. */
function splitsPair(text: string, at: number): boolean {
  const isIn = (unit: number, first: number): boolean => unit >= first && unit < first + 0x400;
  return isIn(text.charCodeAt(at - 1), 0xd800) && isIn(text.charCodeAt(at), 0xdc00);
}

function textOf({ connection, instructions }: Store, ref: string): string | null {
  const [, kind = "", id = "", turn] = /^([a-z]+):(\d{1,15})(?::(\d{1,9}))?$/.exec(ref) ?? [];
  const read = (sql: string): string | null =>
    (connection.prepare(sql).pluck().get(Number(id)) ?? null) as string | null;
  switch (turn === undefined ? kind : `${kind} of turn`) {
    case "answer":
      return read("SELECT text FROM answer WHERE id = ?");
    case "rating":
      return read("SELECT a.text FROM rating r JOIN answer a ON a.id = r.answer_id WHERE r.id = ?");
    case "input":
      return read("SELECT input FROM instruction WHERE id = ?");
    case "system":
      return read("SELECT system FROM instruction WHERE id = ?");
    case "turn of turn":
      return instructions.get(Number(id))?.turns[Number(turn)]?.content ?? null;
    default:
      return null;
  }
}
