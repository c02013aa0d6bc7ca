import { type Family, type Payload, symbolsFrom } from "./task.ts";

const LETTERS = "ABCDEFGHIJ";
/** Few letters, so that some repeat. */
const DEDUP_LETTERS = "ABCDEF";

const isLetter = (symbol: string): boolean => symbol.length === 1 && LETTERS.includes(symbol);

/** Letters from A to J, one more than the level. */
const oneMoreThanLevel: Pick<Family, "draw" | "accepts" | "levelOf"> = {
  draw: (level, random) => ({ symbols: symbolsFrom(LETTERS, level + 1, random), slots: [] }),
  accepts: isLetter,
  levelOf: ({ symbols }) => (symbols.length >= 2 ? symbols.length - 1 : null),
};

function successor(letter: string): string {
  return LETTERS.charAt((LETTERS.indexOf(letter) + 1) % LETTERS.length);
}

function swapPairs(symbols: readonly string[]): string[] {
  return symbols.map((symbol, i) => (i % 2 === 0 ? symbols[i + 1] : symbols[i - 1]) ?? symbol);
}

/** Tasks on strings of capital letters, in the order of how common they are. */
export const STRING_FAMILIES: readonly Family[] = [
  {
    name: "copy",
    domain: "string",
    frames: [
      "Copy these letters:",
      "Repeat the letters exactly:",
      "Write the same letters:",
      "Give these letters unchanged:",
    ],
    ...oneMoreThanLevel,
    answer: ({ symbols }) => symbols,
  },
  {
    name: "reverse",
    domain: "string",
    frames: [
      "Reverse these letters:",
      "Write the letters backwards:",
      "Spell this from the end:",
      "List letters last first:",
    ],
    ...oneMoreThanLevel,
    answer: ({ symbols }) => symbols.toReversed(),
  },
  {
    name: "shift",
    domain: "string",
    frames: [
      "Shift every letter once:",
      "Give each letter's successor:",
      "Write the next letters:",
      "Move letters one ahead:",
    ],
    ...oneMoreThanLevel,
    answer: ({ symbols }) => symbols.map(successor),
  },
  {
    name: "dedup",
    domain: "string",
    frames: [
      "Remove the repeated letters:",
      "Keep each letter once:",
      "Drop later duplicates in:",
      "Write only different letters:",
    ],
    draw: (level, random) => ({ symbols: symbolsFrom(DEDUP_LETTERS, level + 1, random), slots: [] }),
    accepts: isLetter,
    levelOf: oneMoreThanLevel.levelOf,
    answer: ({ symbols }) => [...new Set(symbols)],
  },
  {
    name: "double",
    domain: "string",
    frames: ["Double every letter:", "Write each letter twice:", "Say all letters twice:", "Stutter the letters here:"],
    draw: (level, random) => ({ symbols: symbolsFrom(LETTERS, level, random), slots: [] }),
    accepts: isLetter,
    levelOf: ({ symbols }) => (symbols.length >= 1 ? symbols.length : null),
    answer: ({ symbols }) => symbols.flatMap((symbol) => [symbol, symbol]),
  },
  {
    name: "swap-pairs",
    domain: "string",
    frames: [
      "Swap the neighbouring letters:",
      "Exchange letters in pairs:",
      "Switch each letter pair:",
      "Flip every two letters:",
    ],
    ...oneMoreThanLevel,
    answer: ({ symbols }) => swapPairs(symbols),
  },
  {
    name: "every-second",
    domain: "string",
    frames: [
      "Take every second letter:",
      "Keep each second letter:",
      "Write alternate letters, second first:",
      "Skip odd places in:",
    ],
    ...oneMoreThanLevel,
    answer: ({ symbols }) => symbols.filter((_, i) => i % 2 === 1),
  },
  {
    name: "replace-letter",
    domain: "string",
    frames: ["Replace {} with {}:", "Turn every {} into {}:", "Change {} to {}:", "Swap out {} for {}:"],
    draw: (level, random) => {
      const symbols = symbolsFrom(LETTERS, level + 1, random);
      const from = random.pick(symbols);
      const to = random.pick([...LETTERS].filter((letter) => letter !== from));
      return { symbols, slots: [from, to] };
    },
    accepts: isLetter,
    levelOf: oneMoreThanLevel.levelOf,
    answer: ({ symbols, slots: [from, to] }: Payload) =>
      symbols.map((symbol) => (symbol === from ? (to ?? symbol) : symbol)),
  },
];
