import type { Random } from "../../random.ts";
import { DIGITS, digitsOfLevel, isDigit } from "./digits.ts";
import { type Family, type Payload, symbolsFrom } from "./task.ts";

const PLUS = "+";

/** A number of `length` digits that does not begin with 0 unless it is a single digit. */
function number(length: number, random: Random): string {
  const digits = symbolsFrom(DIGITS, length, random).join("");
  return length > 1 && digits.startsWith("0") ? `${1 + random.below(9)}${digits.slice(1)}` : digits;
}

function summandsOf({ symbols }: Payload): [string, string] | null {
  const [a = "", b = "", ...rest] = symbols.join("").split(PLUS);
  return a !== "" && b !== "" && rest.length === 0 ? [a, b] : null;
}

function sum([a, b]: readonly [string, string]): string {
  return String(BigInt(a) + BigInt(b));
}

/**
 * The level of a sum. Two levels share each length of the summands, ⌈level / 2⌉ digits; the higher of the two is the one
 * whose sum is a digit longer.
 */
function levelOfSum(payload: Payload): number | null {
  const summands = summandsOf(payload);
  if (summands === null) {
    return null;
  }
  const length = Math.max(summands[0].length, summands[1].length);
  return sum(summands).length > length ? 2 * length : 2 * length - 1;
}

function drawSum(level: number, random: Random): Payload {
  const length = Math.ceil(level / 2);
  for (;;) {
    const payload = { symbols: [...number(length, random), PLUS, ...number(length, random)], slots: [] };
    if (levelOfSum(payload) === level) {
      return payload;
    }
  }
}

/** Tasks that need a whole computation before the first symbol of the answer: both are sinks. */
export const ARITHMETIC_FAMILIES: readonly Family[] = [
  {
    name: "add",
    domain: "arithmetic",
    sink: true,
    frames: ["Add the two numbers:", "What is the sum:", "Work out the total:", "Compute this plain addition:"],
    draw: drawSum,
    accepts: (symbol) => symbol === PLUS || isDigit(symbol),
    levelOf: levelOfSum,
    answer: (payload) => {
      const summands = summandsOf(payload);
      return summands === null ? [] : [...sum(summands)];
    },
  },
  {
    name: "parity",
    domain: "arithmetic",
    sink: true,
    frames: ["Is the sum even:", "Parity of the total:", "Sum odd or even:", "Tell the sum's parity:"],
    ...digitsOfLevel,
    answer: ({ symbols }) => [symbols.reduce((total, digit) => total + Number(digit), 0) % 2 === 0 ? "even" : "odd"],
  },
];
