import { commands } from "vscode";
import { LionError } from "../../core/errors.ts";
import { type Choice as Judgement, Judging } from "../../core/review/judging.ts";
import { sidesOf } from "../panels/compareKind.ts";
import type { ComparePanel, Panels } from "../panels/panels.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { askAgain } from "./askingAgain.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { readScores } from "./scores.ts";

/** What a person says of a comparison. None takes an argument but `lion.compare.score`: `{scores: "8 5.5"}`. */
export function comparingCommands(shell: Shell, panels: Panels): CommandTable {
  const { compare } = panels;
  const judge = (choice: Judgement): Promise<void> => override(compare, () => choice);
  return {
    "lion.compare.agree": () => agree(compare),
    "lion.compare.left": () => override(compare, () => shownSides(compare)[0]),
    "lion.compare.tie": () => judge("tie"),
    "lion.compare.right": () => override(compare, () => shownSides(compare)[1]),
    "lion.compare.hard": () => judge("hard"),
    "lion.compare.easy": () => judge("easy"),
    "lion.compare.score": (given?: unknown) => score(shell, compare, given),
    "lion.compare.askAgain": () => answerIsWrong(shell, compare),
    "lion.compare.blind": () => toggleBlind(compare),
    "lion.compare.tau": () => compare.tell("focusTau"),
  };
}

function shownSides({ driver }: ComparePanel): readonly ["teacher", "student"] | readonly ["student", "teacher"] {
  const { session, viewer } = driver.require();
  return sidesOf(session, driver.requireEntry(), viewer);
}

async function agree({ driver }: ComparePanel): Promise<void> {
  if (driver.require().desk.item?.blind) {
    throw new LionError(
      "input",
      editorWords().t("The comparison is blind, so there is no verdict to agree with: say which answer is better."),
    );
  }
  await driver.decide(
    ({ entry, options, ...by }) => new Judging(by).agree(entry, options),
    ({ instructionId }) => editorWords().t("Agreed on #{0}.", instructionId),
  );
}

/** The side that a key means is known when its turn comes: then the item is the one that the person sees. */
async function override({ driver }: ComparePanel, choose: () => Judgement): Promise<void> {
  await driver.decide(
    ({ entry, options, ...by }) => new Judging(by).override(entry, choose(), options),
    ({ instructionId }) => choiceSentence(instructionId, choose()),
  );
}

function choiceSentence(id: number, choice: Judgement): string {
  const words = editorWords();
  return {
    teacher: words.t("#{0}: the teacher is better.", id),
    student: words.t("#{0}: the student is better.", id),
    tie: words.t("#{0}: a tie.", id),
    hard: words.t("Set #{0} to hard.", id),
    easy: words.t("Set #{0} to easy.", id),
  }[choice];
}

async function score({ prompter }: Shell, compare: ComparePanel, given: unknown): Promise<void> {
  requireTrust();
  const { driver } = compare;
  const entry = driver.requireEntry();
  const words = editorWords();
  const sides = shownSides(compare);
  const { scores } = (given ?? {}) as { scores?: unknown };
  const text =
    typeof scores === "string"
      ? scores
      : await prompter.text({
          title: words.t("Score #{0} by Hand", entry.instructionId),
          prompt: words.t("Left and right, from 1 to 10, such as: 8 5.5"),
          validate: (typed) =>
            readScores(typed) ? null : words.t("Two numbers from 1 to 10 are wanted, such as: 8 5.5"),
        });
  if (text === undefined) {
    return;
  }
  const read = readScores(text);
  if (!read) {
    throw new LionError("input", words.t("Two numbers from 1 to 10 are wanted, such as: 8 5.5"));
  }
  const [left, right] = read;
  const [teacher, student] = sides[0] === "teacher" ? [left, right] : [right, left];
  await driver.decide(
    ({ options, ...by }) => new Judging(by).score(entry, { teacher, student }, options),
    () => words.t("Scored #{0}: {1} and {2}.", entry.instructionId, words.score(left), words.score(right)),
    entry,
  );
}

/** What is done about a teacher's answer that is wrong. */
async function answerIsWrong(shell: Shell, { driver }: ComparePanel): Promise<void> {
  requireTrust();
  const entry = driver.requireEntry();
  const { desk } = driver.require();
  const words = editorWords();
  if (desk.item?.blind) {
    throw new LionError("input", words.t("The comparison is blind: decide first which answer is better."));
  }
  const answerId = desk.item?.sides[0].answerId ?? 0;
  const title = words.t("The Teacher's Answer to #{0} Is Wrong", entry.instructionId);
  const choices: Array<Choice<"edit" | "ask" | "reject">> = [
    { label: words.t("Edit it"), description: words.t("yours is trained on in its place"), value: "edit" },
    { label: words.t("Ask again"), description: words.t("the teacher answers once more"), value: "ask" },
    ...(answerId === 0
      ? []
      : [{ label: words.t("Leave it out"), description: words.t("it is used no more"), value: "reject" as const }]),
  ];
  const what = await shell.prompter.pick(choices, { title, placeHolder: words.t("What should be done?") });
  switch (what) {
    case "edit":
      return editAnswer();
    case "ask":
      return askAgain(shell, driver, entry);
    case "reject": {
      const note = await shell.prompter.text({ title, prompt: words.t("What is wrong with it? May be left empty.") });
      if (note !== undefined) {
        await driver.decide(
          ({ options, ...by }) =>
            new Judging(by).reject(entry.instructionId, answerId, note.trim() === "" ? options : { ...options, note }),
          () => words.t("Left the teacher's answer to #{0} out.", entry.instructionId),
          entry,
        );
      }
    }
  }
}

async function editAnswer(): Promise<void> {
  await commands.executeCommand("lion.queue.edit");
}

async function toggleBlind({ driver }: ComparePanel): Promise<void> {
  const { query, viewer } = driver.require();
  await driver.choose(query, !viewer.blind);
}
