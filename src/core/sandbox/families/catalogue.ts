import { LionError } from "../../errors.ts";
import { ARITHMETIC_FAMILIES } from "./arithmetic.ts";
import { DIGIT_FAMILIES } from "./digits.ts";
import { STRING_FAMILIES } from "./strings.ts";
import type { Family, Task } from "./task.ts";

/**
 * From the most to the least common: rank r is drawn in proportion to 1/r. Twelve families that a small student can
 * learn, then the two sinks.
 */
const RANKING = [
  "copy",
  "reverse",
  "shift",
  "dedup",
  "double",
  "sort",
  "max",
  "min",
  "count-even",
  "swap-pairs",
  "every-second",
  "replace-letter",
  "add",
  "parity",
];

const byName = new Map(
  [...STRING_FAMILIES, ...DIGIT_FAMILIES, ...ARITHMETIC_FAMILIES].map((family) => [family.name, family]),
);

/** Every family, by rank. */
export const FAMILIES: readonly Family[] = familiesNamed(RANKING);

/** The family of a name. @throws LionError when there is none. */
export function familyNamed(name: string): Family {
  const family = byName.get(name);
  if (family === undefined) {
    throw new LionError(
      "input",
      `lion.json names the sandbox's task family "${name}", which does not exist; choose among ${[...byName.keys()].join(", ")}.`,
    );
  }
  return family;
}

/** The families of the names, in the order given, which is their rank; all of them by default. */
export function familiesNamed(names: readonly string[] | undefined): readonly Family[] {
  return names === undefined || names.length === 0 ? FAMILIES : [...new Set(names)].map(familyNamed);
}

/** The right answer to a task, its symbols spaced. */
export function answerTo(task: Task): string {
  return familyNamed(task.family).answer(task).join(" ");
}
