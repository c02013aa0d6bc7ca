/** A text without leading and trailing white space, every other run of white space as one space. */
function normalised(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

/** Whether an answer is the reference, white space aside. Letter case and punctuation count. */
export function isExactMatch(answer: string, reference: string): boolean {
  return normalised(answer) === normalised(reference);
}
