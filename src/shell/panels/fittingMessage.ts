import type { TextPiece } from "../../core/browse/text.ts";
import { LARGEST_MESSAGE } from "../../protocol/messages.ts";
import { type Editing, TEXT_HEAD, TEXT_PIECE } from "../../protocol/queue.ts";

/** Characters that the rest of the message may have: the queue, the state, the names. */
const REST = 16 * 1024;
/** What is edited takes no more of a message, so that its item has room too. Counted in JSON, where a character may take six. */
const LARGEST_EDITING = LARGEST_MESSAGE / 2;

/**
 * An item whose message is not too large: where it would be, the beginnings of its long texts are cut, the same length
 * for all, and the page asks for the rest.
 *
 * @param editing what is edited of it, in the same message.
 * @returns the item with its JSON, by which it can be told whether the item has changed.
 */
export function fitting<Item>(
  item: Item,
  editing: Editing | null = null,
): { readonly item: Item; readonly json: string } {
  const most = LARGEST_MESSAGE - REST - (editing ? JSON.stringify(editing).length : 0);
  let fitted = item;
  let json = JSON.stringify(fitted);
  for (let head = TEXT_HEAD / 2; json.length > most && head >= 1; head = Math.floor(head / 2)) {
    fitted = withHeads(item, head) as Item;
    json = JSON.stringify(fitted);
  }
  return { item: fitted, json };
}

/** Whether what is edited fits into a message beside its item. */
export function fits({ fields }: Editing): boolean {
  return JSON.stringify(fields).length <= LARGEST_EDITING;
}

/** A piece of a text that is as long as a message can hold. @param read reads at most so many characters of it. */
export function fittingPiece(read: (length: number) => TextPiece): TextPiece {
  let piece = read(TEXT_PIECE);
  for (let length = TEXT_PIECE / 2; JSON.stringify(piece).length > LARGEST_MESSAGE - REST; length /= 2) {
    piece = read(Math.floor(length));
  }
  return piece;
}

function withHeads(value: unknown, most: number): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => withHeads(one, most));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const { ref, head, length } = value as { ref?: unknown; head?: unknown; length?: unknown };
  if (typeof ref === "string" && typeof head === "string" && typeof length === "number") {
    return { ...value, head: beginning(head, most) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withHeads(one, most)]));
}

/** Never half of a character that takes two units. */
function beginning(text: string, most: number): string {
  const cut = text.slice(0, most);
  return cut.length < text.length && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
