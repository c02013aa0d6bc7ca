/**
 * Characters that nobody sees although they change what is seen or what a model reads: controls, zero-width characters,
 * directions (a right-to-left override turns words around), fillers, and the tag characters in which whole sentences hide.
 * They are shown as small tags with their code, and never act: in their place stands U+FFFD, as often as the character has
 * UTF-16 units, so that offsets into the text stay right. Joiners within emoji, Persian and Indic words and the
 * variation selectors of emoji belong to ordinary writing and stay.
 */
const INVISIBLE =
  /(?![\t\n\r]|[\ufe00-\ufe0f])(?!(?<=(?!\p{ASCII}|\p{Script=Latin})[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d](?=(?!\p{ASCII}|\p{Script=Latin})[\p{L}\p{M}\p{Extended_Pictographic}]))([\p{Cc}\p{DI}\p{Zl}\p{Zp}\ufff9-\ufffb])\1*/gu;

/** Marks in one text; what is beyond them is replaced all the same, but has no tag: a page of tags says no more. */
const MOST_MARKS = 1000;

/** A stretch of a text: as it is, or an invisible character that stands there once or several times in a row. */
export interface Seen {
  readonly text: string;
  /** `U+202E` or `U+202E ×3`; null for text that is shown as it is. */
  readonly code: string | null;
}

/** A text without invalid Unicode: a surrogate without its other half becomes U+FFFD, which is as long. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** A text in stretches, one after the other; as long together as the text. */
export function seen(text: string): Seen[] {
  const all: Seen[] = [];
  let from = 0;
  let marks = 0;
  let plain = "";
  for (const match of text.matchAll(INVISIBLE)) {
    plain += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (++marks > MOST_MARKS) {
      plain += stand(match[0]);
      continue;
    }
    if (plain !== "") {
      all.push({ text: plain, code: null });
      plain = "";
    }
    all.push({ text: stand(match[0]), code: codeOf(match[0], match[1] ?? "") });
  }
  plain += text.slice(from);
  if (plain !== "") {
    all.push({ text: plain, code: null });
  }
  return all;
}

/** The same for a string of HTML whose tags hold none of these characters. */
export function markInvisible(html: string): string {
  return seen(html)
    .map(({ text, code }) => (code === null ? text : `<span class="invisible" data-code="${code}">${text}</span>`))
    .join("");
}

function stand(run: string): string {
  return "\ufffd".repeat(run.length);
}

function codeOf(run: string, one: string): string {
  const code = `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const times = one === "" ? 1 : run.length / one.length;
  return times > 1 ? `${code} ×${times}` : code;
}
