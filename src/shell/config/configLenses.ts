import {
  CodeLens,
  type CodeLensProvider,
  type Command,
  type Disposable,
  type Event,
  EventEmitter,
  l10n,
  languages,
  type TextDocument,
  workspace,
} from "vscode";
import { Disposables } from "../disposables.ts";
import type { ChangedPart, ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { CONFIG_DOCUMENTS, rangeOf } from "./configFiles.ts";
import { type ConfigLens, lensesOf } from "./configLens.ts";

/** What the numbers above τ depend on. */
const SHOWN: readonly ChangedPart[] = ["verdicts", "iterations", "decisions"];

/** Shows above the parts of a project file what can be done with them, and what is known of them. */
export function registerConfigLenses(shell: Shell): Disposable {
  const disposables = new Disposables();
  const lenses = disposables.add(new ConfigLenses(shell));
  disposables.add(languages.registerCodeLensProvider(CONFIG_DOCUMENTS, lenses));
  return disposables;
}

class ConfigLenses implements CodeLensProvider, Disposable {
  readonly #shell: Shell;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new EventEmitter<void>());
  #following: Disposable | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    const { projects, context } = shell;
    this.#disposables.add(context.secrets.onDidChange(() => this.#changed.fire()));
    this.#disposables.add(workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.#disposables.add(projects.onDidChangeCurrent((session) => this.#follow(session)));
    this.#follow(projects.current);
  }

  get onDidChangeCodeLenses(): Event<void> {
    return this.#changed.event;
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[]> {
    const shown = await Promise.all(
      lensesOf(document.getText()).map(async (lens) => {
        const command = await this.#commandOf(lens, document);
        return command && new CodeLens(rangeOf(document, { offset: lens.offset, length: 0 }), command);
      }),
    );
    return shown.filter((lens) => lens !== null);
  }

  dispose(): void {
    this.#following?.dispose();
    this.#disposables.dispose();
  }

  #follow(session: ProjectSession | null): void {
    this.#following?.dispose();
    this.#following =
      session?.onDidChange((parts) => {
        if (SHOWN.some((part) => parts.has(part))) {
          this.#changed.fire();
        }
      }) ?? null;
    this.#changed.fire();
  }

  /** What a lens says; what it does where the folder is trusted and the file is that of the open project. */
  async #commandOf(lens: ConfigLens, document: TextDocument): Promise<Command | null> {
    const { current } = this.#shell.projects;
    const session = current?.project.configFile === document.uri.fsPath ? current : null;
    const maySet = workspace.isTrusted && session !== null;
    switch (lens.kind) {
      case "roles":
        return said(
          lens.roles.length > 0
            ? l10n.t("used as {0}", lens.roles.map((role) => pickLine(role)).join(", "))
            : l10n.t("used by no role"),
        );
      case "key": {
        const hasKey = (await this.#shell.keys.get(lens.origin)) !== undefined;
        if (hasKey || !maySet) {
          return hasKey ? said(l10n.t("$(key) key set for {0}", lens.origin)) : null;
        }
        const title = l10n.t("$(key) Set API Key for {0}", lens.origin);
        return { title, command: "lion.setApiKey", arguments: [{ origin: lens.origin }] };
      }
      case "choose":
        return maySet ? { title: l10n.t("Choose Model…"), command: "lion.chooseModel" } : null;
      case "estimate":
        return maySet ? { title: l10n.t("Estimate Next Iteration"), command: "lion.estimate" } : null;
      case "tau":
        return session && this.#hardAt(session, lens.tau);
    }
  }

  /** How many were hard with this τ in the newest iteration that has verdicts. */
  #hardAt({ store, browser }: ProjectSession, tau: number): Command | null {
    const iteration = store.iterations.latest()?.number;
    if (iteration === undefined) {
      return null;
    }
    const buckets = browser.cacheCounts({ iteration, tau, grouping: "verdict", filter: {} });
    const count = (key: string): number => buckets.find((bucket) => bucket.key === key)?.count ?? 0;
    const rated = count("hard") + count("easy") + count("unscored");
    return rated === 0
      ? null
      : said(l10n.t("{0} of {1} rated are hard at this τ in iteration {2}", count("hard"), rated, iteration));
  }
}

/** A lens that only says something. */
function said(title: string): Command {
  return { title, command: "" };
}
