import { type QuickPickItem, type QuickPickOptions, window } from "vscode";
import { noticeText } from "./noticeText.ts";

/** One of several answers. */
export interface Choice<T> extends QuickPickItem {
  readonly value: T;
}

export interface TextQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string;
  readonly placeHolder?: string;
  readonly password?: boolean;
  /** A sentence when the text will not do, else null. */
  readonly validate?: (text: string) => string | null;
}

/**
 * Asks a person. Everything that waits for a click or a key goes through here, so that tests inside the editor, where
 * modal dialogs are refused, can answer.
 */
export interface Prompter {
  /** Undefined when the person pressed Escape. */
  pick<T>(choices: readonly Choice<T>[], options: QuickPickOptions & { title: string }): Promise<T | undefined>;
  pickMany<T>(choices: readonly Choice<T>[], options: QuickPickOptions & { title: string }): Promise<T[] | undefined>;
  text(question: TextQuestion): Promise<string | undefined>;
  /** A modal question, for what cannot be undone or costs money. True when the person chose the action. */
  confirm(message: string, action: string, detail?: string): Promise<boolean>;
  /** A modal question with several ways to go on. Undefined when the person cancelled. */
  decide<A extends string>(message: string, detail: string, ...actions: A[]): Promise<A | undefined>;
  /** A notification with actions. Undefined when it was closed. */
  inform<A extends string>(message: string, ...actions: A[]): Promise<A | undefined>;
  warn<A extends string>(message: string, ...actions: A[]): Promise<A | undefined>;
  error<A extends string>(message: string, ...actions: A[]): Promise<A | undefined>;
}

/** Asks by the editor's own means. */
export class WindowPrompter implements Prompter {
  async pick<T>(choices: readonly Choice<T>[], options: QuickPickOptions & { title: string }): Promise<T | undefined> {
    return (await window.showQuickPick([...choices], { matchOnDescription: true, ...options }))?.value;
  }

  async pickMany<T>(
    choices: readonly Choice<T>[],
    options: QuickPickOptions & { title: string },
  ): Promise<T[] | undefined> {
    const picked = await window.showQuickPick([...choices], { ...options, canPickMany: true });
    return picked?.map(({ value }) => value);
  }

  async text({ validate, ...options }: TextQuestion): Promise<string | undefined> {
    return window.showInputBox({ ignoreFocusOut: true, ...options, ...(validate && { validateInput: validate }) });
  }

  async confirm(message: string, action: string, detail?: string): Promise<boolean> {
    const options = { modal: true, ...(detail !== undefined && { detail }) };
    return (await window.showWarningMessage(message, options, action)) === action;
  }

  async decide<A extends string>(message: string, detail: string, ...actions: A[]): Promise<A | undefined> {
    return window.showWarningMessage(message, { modal: true, detail }, ...actions);
  }

  async inform<A extends string>(message: string, ...actions: A[]): Promise<A | undefined> {
    return window.showInformationMessage(noticeText(message), ...actions);
  }

  async warn<A extends string>(message: string, ...actions: A[]): Promise<A | undefined> {
    return window.showWarningMessage(noticeText(message), ...actions);
  }

  async error<A extends string>(message: string, ...actions: A[]): Promise<A | undefined> {
    return window.showErrorMessage(noticeText(message), ...actions);
  }
}
