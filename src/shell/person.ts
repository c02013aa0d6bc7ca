import { execFile } from "node:child_process";
import { type Memento, workspace } from "vscode";
import { LionError } from "../core/errors.ts";
import { accountName } from "../core/review/account.ts";
import type { Prompter } from "./prompter.ts";
import { editorWords } from "./words.ts";

/** What is needed to know, or to ask, who the person at this window is. */
export interface Asking {
  readonly state: Memento;
  readonly prompter: Prompter;
}

/** A person who was asked for their name and gave none: what they wanted to do is not done, and nothing need be said. */
export class NameNotGiven extends LionError {
  constructor() {
    super("interrupted", editorWords().t("Nothing was decided: a decision needs the name of who made it."));
  }
}

/** The name that the decision log knows this person by in a project: the setting, else what they said when asked. */
export function knownName(state: Memento, folder: string): string | null {
  const configured = workspace.getConfiguration("lion").get<string>("name", "").trim();
  return configured || state.get<string>(memory(folder)) || null;
}

/** The name that is proposed to a person: git's, else the account's. */
export async function proposedName(folder: string): Promise<string> {
  return (await gitUser(folder)) || accountName();
}

/**
 * The name that decisions are stored under, asked for once a person and project.
 *
 * @throws NameNotGiven when they press Escape.
 */
export async function nameOf({ state, prompter }: Asking, folder: string): Promise<string> {
  return knownName(state, folder) ?? (await askName({ state, prompter }, folder));
}

/** Asks for the name, also where one is known. @throws NameNotGiven when they press Escape. */
export async function askName({ state, prompter }: Asking, folder: string): Promise<string> {
  const words = editorWords();
  const name = await prompter.text({
    title: words.t("Who Decides?"),
    prompt: words.t(
      "Your name in the decision log of this project. Others see it; you are asked once, and “Lion: Change Name…” changes it for what you decide from then on.",
    ),
    value: knownName(state, folder) ?? (await proposedName(folder)),
    validate: (text) => nameProblem(text),
  });
  if (name === undefined) {
    throw new NameNotGiven();
  }
  await state.update(memory(folder), name.trim());
  return name.trim();
}

/** Of policies and agents, whose decisions must not pass for a person's. */
function nameProblem(text: string): string | null {
  const words = editorWords();
  const name = text.trim();
  if (name === "") {
    return words.t("A name is needed.");
  }
  return /^(lion|agent\b.*)$/i.test(name)
    ? words.t("This name stands for what no person decided: take another.")
    : null;
}

function memory(folder: string): string {
  return `lion.name:${folder}`;
}

function gitUser(folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile("git", ["config", "user.name"], { cwd: folder, timeout: 2000 }, (error, stdout) =>
      resolve(error ? "" : stdout.trim()),
    );
  });
}
