import type { SandboxConfig } from "../project/schema.ts";
import { Random } from "../random.ts";
import { type ChatBody, complete, lastUserText, type MindReply, otherTexts, questionOf, randomFor } from "./chat.ts";
import { answerTo, familyNamed } from "./families/catalogue.ts";
import { drawTask, OracleTasks } from "./families/draw.ts";
import type { Task } from "./families/task.ts";
import { parseTask, render } from "./families/wording.ts";
import { judge } from "./judging.ts";
import { generatorReply } from "./malformed.ts";
import { charactersOf, overlap } from "./overlap.ts";
import { readSections } from "./sections.ts";
import type { Speaker } from "./speaker.ts";

/** What the oracle says to a question that is none of its tasks. */
const NO_ANSWER = "Thank you for asking; this is a kind of task that I have no answer for.";

const RARER = /\b(?:rare|rarer|rarest|long[- ]tail(?:ed)?|less[- ]common|uncommon)\b/iu;

function singleSpaced(text: string): string {
  return text.trim().replaceAll(/\s+/gu, " ");
}

function teach(body: ChatBody): MindReply {
  const task = parseTask(questionOf(body));
  return complete(task === null ? NO_ANSWER : answerTo(task));
}

/** A wrong answer that is still like the right one: a symbol lost, changed or moved. */
function slip(right: string, random: Random): string {
  if (right === "even" || right === "odd") {
    return right === "even" ? "odd" : "even";
  }
  const symbols = right.split(" ");
  const alphabet = /\d/u.test(right) ? "0123456789" : "ABCDEFGHIJ";
  for (;;) {
    const at = random.below(symbols.length);
    const kind = random.below(3);
    const wrong =
      kind === 0 && symbols.length > 1
        ? symbols.toSpliced(at, 1)
        : kind === 1
          ? symbols.with(at, alphabet.charAt(random.below(alphabet.length)))
          : symbols.toSpliced(at, 2, ...symbols.slice(at, at + 2).toReversed());
    if (wrong.join(" ") !== right) {
      return wrong.join(" ");
    }
  }
}

/** A weak student: right nine times of ten at level 1, and a tenth less often with each level. */
function imitate(body: ChatBody, seed: number): MindReply {
  const question = singleSpaced(questionOf(body));
  const task = parseTask(question);
  if (task === null) {
    return complete("I do not know.");
  }
  const random = new Random(`${seed} student ${question}`);
  const right = answerTo(task);
  return complete(random.next() < Math.max(0.1, 1 - 0.1 * task.level) ? right : slip(right, random));
}

/**
 * What an answer is worth: 10 when it is exact, else 1 + 8 · F over its characters, so that the right answer in another
 * spacing has 9. Null when the question is none of the tasks.
 */
function quality(question: string, answer: string): number | null {
  const task = parseTask(question);
  if (task === null) {
    return null;
  }
  const right = answerTo(task);
  return singleSpaced(answer) === right ? 10 : 1 + 8 * overlap(charactersOf(right), charactersOf(answer));
}

/** The hard operator: the same family, a level lower (¼), the same (½) or higher (¼). */
function drawHard(parent: Task, maxLevel: number, random: Random): Task {
  const chance = random.next();
  const level = parent.level + (chance < 0.25 ? -1 : chance < 0.75 ? 0 : 1);
  return drawTask(familyNamed(parent.family), Math.min(maxLevel, Math.max(1, level)), random);
}

/** The easy operator: a family of the same domain, each as likely, the same level (⅔) or one higher (⅓). */
function drawEasy(parent: Task, tasks: OracleTasks, random: Random): Task {
  const { domain } = familyNamed(parent.family);
  const near = tasks.families.filter((family) => family.domain === domain);
  const level = parent.level + (random.next() < 2 / 3 ? 0 : 1);
  return drawTask(random.pick(near.length > 0 ? near : tasks.families), Math.min(tasks.maxLevel, level), random);
}

function generate(body: ChatBody, config: SandboxConfig, tasks: OracleTasks): MindReply {
  const random = randomFor(body, config.seed, "generator");
  const prompt = lastUserText(body);
  const { sections, outside } = readSections(prompt, 1);
  const texts = [...sections.map(({ text }) => text), prompt];
  const parentText = texts.find((text) => parseTask(text) !== null) ?? texts[0] ?? "";
  const parent = parseTask(parentText);
  const easy = [outside, ...otherTexts(body)].some((text) => RARER.test(text));
  const draw = (): Task =>
    parent === null
      ? tasks.draw(random)
      : easy
        ? drawEasy(parent, tasks, random)
        : drawHard(parent, tasks.maxLevel, random);
  return generatorReply(config.malformed, {
    parent: parentText,
    fresh: () => render(draw(), random),
    random,
  });
}

/**
 * The mind of the procedural tasks. Its replies depend on its configuration and on the request's content alone: the
 * teacher is always right, the referee works out the right answer by itself, the generator varies what it is shown.
 */
export class Oracle {
  readonly #config: SandboxConfig;
  readonly #tasks: OracleTasks;

  /** @throws LionError when the configuration names a family that does not exist. */
  constructor(config: SandboxConfig) {
    this.#config = config;
    this.#tasks = new OracleTasks(config);
  }

  reply(role: Speaker["role"], body: ChatBody): MindReply {
    switch (role) {
      case "teacher":
        return teach(body);
      case "student":
        return imitate(body, this.#config.seed);
      case "referee":
      case "evaluator":
        return judge(body, this.#config, quality);
      case "generator":
        return generate(body, this.#config, this.#tasks);
    }
  }
}
