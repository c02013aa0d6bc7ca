import { Random } from "../../src/core/random.ts";

/** What becomes of a text's words when a near duplicate is made: each is replaced, dropped, doubled or swapped on. */
export function edited(
  words: readonly string[],
  share: number,
  random: Random,
  vocabulary: readonly string[],
): string[] {
  const result: string[] = [];
  for (const word of words) {
    if (random.next() >= share) {
      result.push(word);
      continue;
    }
    const change = random.below(4);
    if (change === 0) {
      result.push(random.pick(vocabulary));
    } else if (change === 1) {
      result.push(word, random.pick(vocabulary));
    } else if (change === 2) {
      result.splice(Math.max(0, result.length - 1), 0, word);
    }
  }
  return result;
}

/** `size` made-up words; a word's rank is its place. */
export function syntheticVocabulary(size: number): string[] {
  return Array.from({ length: size }, (_, rank) => `w${rank.toString(36)}`);
}

/**
 * Texts of about ten words with the word frequencies of natural language (Zipf), a third of them edits of earlier
 * ones. The same seed gives the same texts.
 */
export function syntheticTexts(count: number, seed: string, vocabularySize = 2000): string[] {
  const random = new Random(seed);
  const vocabulary = syntheticVocabulary(vocabularySize);
  const drawWord = (): string => vocabulary[Math.floor(vocabularySize ** random.next()) - 1] as string;
  const texts: string[][] = [];
  while (texts.length < count) {
    const words =
      texts.length > 0 && random.next() < 1 / 3
        ? edited(random.pick(texts), random.next() * 0.5, random, vocabulary)
        : Array.from({ length: 4 + random.below(13) }, drawWord);
    if (words.length > 0) {
      texts.push(words);
    }
  }
  return texts.map((words) => words.join(" "));
}
