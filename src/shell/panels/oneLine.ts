const LONGEST = 120;

/** A text that others wrote as a single line of moderate length, without control characters and without icons. */
export function oneLine(text: string): string {
  const plain = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll("$(", "$\u200b(")
    .replaceAll(/\s+/g, " ")
    .trim();
  const characters = [...plain];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : plain;
}
