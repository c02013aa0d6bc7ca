import {
  env,
  LanguageModelTextPart,
  LanguageModelToolResult,
  l10n,
  MarkdownString,
  type PreparedToolInvocation,
  workspace,
} from "vscode";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { toolOf } from "./allTools.ts";
import type { ToolContext } from "./tool.ts";

/** Calls the tools on the project that is open. What is thrown reaches the model, which can then do better. */
export class ToolCalls {
  readonly #shell: Shell;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** What the editor shows, and asks, before it calls a tool. */
  async prepare(name: string, input: unknown): Promise<PreparedToolInvocation> {
    const tool = toolOf(name);
    const invocationMessage = plain(tool.progress(input, editorWords()));
    const asked = tool.confirmation?.(input, await this.#context());
    return asked
      ? { invocationMessage, confirmationMessages: { title: asked.title, message: plain(asked.message) } }
      : { invocationMessage };
  }

  async call(name: string, input: unknown): Promise<LanguageModelToolResult> {
    const text = await toolOf(name).run(input, await this.#context());
    return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
  }

  /** @throws LionError when no project is open. */
  async #context(): Promise<ToolContext> {
    const { projects } = this.#shell;
    await projects.started;
    const session = projects.require();
    return {
      store: session.store,
      browser: session.browser,
      config: session.project.config,
      clock: session.clock,
      words: editorWords(),
      agent: `agent (${env.appName})`,
      onlyRead: onlyReadIn(session),
      write: (work) => session.write(work),
    };
  }
}

function onlyReadIn({ onlyRead }: ProjectSession): string | null {
  return workspace.isTrusted
    ? onlyRead
    : l10n.t("This folder is not trusted, so nothing can be proposed here: a person must trust it first.");
}

/** The reason in it was written by a model, perhaps after a hostile text: it is shown as it stands, never as Markdown. */
function plain(text: string): MarkdownString {
  return new MarkdownString().appendText(text);
}
