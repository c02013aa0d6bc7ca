import { type Family, symbolsFrom } from "./task.ts";

export const DIGITS = "0123456789";

export const isDigit = (symbol: string): boolean => symbol.length === 1 && DIGITS.includes(symbol);

const isEven = (digit: string): boolean => Number(digit) % 2 === 0;

/** Digits, one more than the level. */
export const digitsOfLevel: Pick<Family, "draw" | "accepts" | "levelOf"> = {
  draw: (level, random) => ({ symbols: symbolsFrom(DIGITS, level + 1, random), slots: [] }),
  accepts: isDigit,
  levelOf: ({ symbols }) => (symbols.length >= 2 ? symbols.length - 1 : null),
};

/** Tasks on rows of digits, in the order of how common they are. */
export const DIGIT_FAMILIES: readonly Family[] = [
  {
    name: "sort",
    domain: "digits",
    frames: [
      "Sort these digits:",
      "Order the digits ascending:",
      "Arrange digits smallest first:",
      "Put digits into order:",
    ],
    ...digitsOfLevel,
    answer: ({ symbols }) => symbols.toSorted(),
  },
  {
    name: "max",
    domain: "digits",
    frames: ["Find the largest digit:", "Which digit is greatest:", "Name the biggest digit:", "Give the maximum of:"],
    ...digitsOfLevel,
    answer: ({ symbols }) => symbols.toSorted().slice(-1),
  },
  {
    name: "min",
    domain: "digits",
    frames: ["Find the smallest digit:", "Which digit is lowest:", "Name the least digit:", "Give the minimum of:"],
    ...digitsOfLevel,
    answer: ({ symbols }) => symbols.toSorted().slice(0, 1),
  },
  {
    name: "count-even",
    domain: "digits",
    frames: ["Count the even digits:", "How many are even:", "Number of even digits:", "Tell how many even:"],
    ...digitsOfLevel,
    answer: ({ symbols }) => [...String(symbols.filter(isEven).length)],
  },
];
