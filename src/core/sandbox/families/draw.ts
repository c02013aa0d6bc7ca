import { LionError } from "../../errors.ts";
import type { SandboxConfig } from "../../project/schema.ts";
import { Random } from "../../random.ts";
import { answerTo, familiesNamed } from "./catalogue.ts";
import { type Family, HIGHEST_LEVEL, identityOf, type Task } from "./task.ts";
import { parseTask, render } from "./wording.ts";

/** Which tasks are in use. */
export type TaskConfig = Pick<SandboxConfig, "seed" | "families" | "maxLevel">;

/** One drawn task as a row of a set. */
export interface TaskItem {
  readonly instruction: string;
  readonly output: string;
  readonly tags: { readonly family: string; readonly level: number };
}

/** From this level on there are enough payloads for no task to be repeated, and pools and test to be disjoint. */
const DISTINCT_FROM_LEVEL = 3;
/** Tries to find a task not drawn before. */
const TRIES = 2000;

function weighted<T>(items: readonly T[], weights: readonly number[], random: Random): T {
  let rest = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, item] of items.entries()) {
    rest -= weights[i] ?? 0;
    if (rest < 0) {
      return item;
    }
  }
  return items[items.length - 1] as T;
}

/** A task of the family and level. */
export function drawTask(family: Family, level: number, random: Random): Task {
  return { family: family.name, level, ...family.draw(level, random) };
}

/** The tasks that texts ask for; texts that ask for none are passed over. */
export function identitiesOf(instructions: Iterable<string>): Set<string> {
  const identities = new Set<string>();
  for (const text of instructions) {
    const task = parseTask(text);
    if (task !== null) {
      identities.add(identityOf(task));
    }
  }
  return identities;
}

/** Draws the oracle's tasks: pools that are long-tailed like real ones, and a test set that is not. */
export class OracleTasks {
  readonly families: readonly Family[];
  readonly maxLevel: number;
  readonly #seed: number;
  readonly #levels: readonly number[];

  /** @throws LionError when a family does not exist. */
  constructor(config: TaskConfig) {
    this.families = familiesNamed(config.families);
    this.maxLevel = Math.min(config.maxLevel, HIGHEST_LEVEL);
    this.#seed = config.seed;
    this.#levels = Array.from({ length: this.maxLevel }, (_, i) => i + 1);
  }

  /** A task by the pools' distribution: family ∝ 1/rank, P(level) = 0.4 · 0.6^(level − 1), cut at the highest level. */
  draw(random: Random): Task {
    const family = weighted(
      this.families,
      this.families.map((_, i) => 1 / (i + 1)),
      random,
    );
    const level = weighted(
      this.#levels,
      this.#levels.map((l) => 0.4 * 0.6 ** (l - 1)),
      random,
    );
    return drawTask(family, level, random);
  }

  /**
   * A seed pool: `count` instructions with distinct texts. Tasks repeat only at levels 1 and 2, or where a family has
   * no other left.
   */
  pool(count: number): TaskItem[] {
    const random = new Random(`sandbox pool ${this.#seed}`);
    const texts = new Set<string>();
    const identities = new Set<string>();
    const items: TaskItem[] = [];
    for (let patience = TRIES; items.length < count; ) {
      const task = this.draw(random);
      const identity = identityOf(task);
      const text = render(task, random);
      if (texts.has(text) || (task.level >= DISTINCT_FROM_LEVEL && identities.has(identity) && patience-- > 0)) {
        continue;
      }
      texts.add(text);
      identities.add(identity);
      items.push(itemOf(task, text));
    }
    return items;
  }

  /**
   * A test set: `perCell` instructions for every family and level in use, with distinct texts. From level 3 on the tasks
   * are distinct and none is in `exclude` (identities, see `identitiesOf`).
   * @throws LionError when a family has no further tasks of a level.
   */
  testSet(perCell: number, exclude: ReadonlySet<string>): TaskItem[] {
    const random = new Random(`sandbox test ${this.#seed}`);
    const taken = new Set(exclude);
    const texts = new Set<string>();
    return this.families.flatMap((family) =>
      this.#levels.flatMap((level) =>
        Array.from({ length: perCell }, () => this.#testItem(family, level, { taken, texts, random })),
      ),
    );
  }

  #testItem(
    family: Family,
    level: number,
    { taken, texts, random }: { taken: Set<string>; texts: Set<string>; random: Random },
  ): TaskItem {
    for (let tries = 0; tries < TRIES; tries++) {
      const task = drawTask(family, level, random);
      const text = render(task, random);
      if (!texts.has(text) && (level < DISTINCT_FROM_LEVEL || !taken.has(identityOf(task)))) {
        taken.add(identityOf(task));
        texts.add(text);
        return itemOf(task, text);
      }
    }
    throw new LionError(
      "input",
      `The sandbox has no further "${family.name}" task of level ${level} for the test set; make the pool or the test set smaller.`,
    );
  }
}

function itemOf(task: Task, instruction: string): TaskItem {
  return { instruction, output: answerTo(task), tags: { family: task.family, level: task.level } };
}
