import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Choice, Prompter, TextQuestion } from "../../src/shell/prompter.ts";
import type { Shell } from "../../src/shell/shell.ts";

/** How a person answers one question. A pick names the choice by the beginning of its label. */
export type Answer =
  | { readonly pick: string }
  | { readonly picks: readonly string[] }
  | { readonly text: string }
  | { readonly confirm: boolean }
  | "escape";

/** The services of the extension as it runs in this editor, with a project open. */
export async function shellForTests(): Promise<Shell> {
  const extension = vscode.extensions.getExtension<{ shell: Shell }>("lion-curator.lion-curator");
  assert.ok(extension, "the extension is not installed");
  const { shell } = await extension.activate();
  // Nobody is asked who decides.
  await vscode.workspace.getConfiguration("lion").update("name", "Tester", vscode.ConfigurationTarget.Global);
  await until(() => shell.projects.current !== null, "a project is open");
  return shell;
}

/** Answers questions as scripted, in their order, and remembers what was asked and told. A question too many fails. */
export class ScriptedPrompter implements Prompter {
  readonly #answers: Answer[];
  readonly #clicks: readonly string[];
  readonly questions: string[] = [];
  /** The labels that the last quick pick offered. */
  labels: readonly string[] = [];
  readonly told: string[] = [];

  /** @param clicks titles of the buttons to press in notifications; others are closed. */
  constructor(answers: readonly Answer[] = [], clicks: readonly string[] = []) {
    this.#answers = [...answers];
    this.#clicks = clicks;
  }

  async pick<T>(choices: readonly Choice<T>[], { title }: { title: string }): Promise<T | undefined> {
    const answer = this.#answer(title, "pick");
    this.labels = choices.map(({ label }) => label);
    return answer && this.#chosen(choices, answer.pick);
  }

  async pickMany<T>(choices: readonly Choice<T>[], { title }: { title: string }): Promise<T[] | undefined> {
    const answer = this.#answer(title, "picks");
    this.labels = choices.map(({ label }) => label);
    return answer?.picks.map((label) => this.#chosen(choices, label));
  }

  async text(question: TextQuestion): Promise<string | undefined> {
    const answer = this.#answer(`${question.title}: ${question.prompt}`, "text");
    const complaint = answer && question.validate?.(answer.text);
    assert.ok(!complaint, `${question.title}: ${complaint}`);
    return answer?.text;
  }

  async confirm(message: string): Promise<boolean> {
    return this.#answer(message, "confirm")?.confirm ?? false;
  }

  async decide<A extends string>(message: string, _detail: string, ...actions: A[]): Promise<A | undefined> {
    const answer = this.#answer(message, "pick");
    return actions.find((action) => action.startsWith(answer?.pick ?? "\0"));
  }

  async inform<A extends string>(message: string, ...actions: A[]): Promise<A | undefined> {
    return this.#tell(message, actions);
  }

  async warn<A extends string>(message: string, ...actions: A[]): Promise<A | undefined> {
    return this.#tell(message, actions);
  }

  async error<A extends string>(message: string, ...actions: A[]): Promise<A | undefined> {
    return this.#tell(message, actions);
  }

  /** Fails when a scripted answer was never asked for. */
  done(): void {
    assert.deepEqual(this.#answers, [], "answers that nobody asked for");
  }

  #tell<A extends string>(message: string, actions: readonly A[]): A | undefined {
    this.told.push(message);
    return actions.find((action) => this.#clicks.includes(action));
  }

  #answer<K extends string>(question: string, kind: K): Extract<Answer, Record<K, unknown>> | undefined {
    this.questions.push(question);
    const answer = this.#answers.shift();
    assert.ok(answer !== undefined, `nobody answers “${question}”`);
    if (answer === "escape") {
      return undefined;
    }
    assert.ok(kind in answer, `“${question}” wants a ${kind}, not ${JSON.stringify(answer)}`);
    return answer as Extract<Answer, Record<K, unknown>>;
  }

  #chosen<T>(choices: readonly Choice<T>[], label: string): T {
    const choice = choices.find((one) => one.label.startsWith(label));
    assert.ok(choice, `“${label}” is not among ${choices.map((one) => one.label).join(", ")}`);
    return choice.value;
  }
}

/** Runs a command while a script answers. Returns what the command returned. */
export async function runScripted<T>(
  shell: Shell,
  prompter: ScriptedPrompter,
  command: string,
  ...args: readonly unknown[]
): Promise<T> {
  const mutable = shell as { prompter: Prompter };
  const before = mutable.prompter;
  mutable.prompter = prompter;
  try {
    const result = await vscode.commands.executeCommand<T>(command, ...args);
    prompter.done();
    return result;
  } finally {
    mutable.prompter = before;
  }
}

/** Waits until something holds, looking every 20 ms. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited ${limitMs} ms until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
