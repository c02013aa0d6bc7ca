import { type Disposable, type Event, EventEmitter, l10n, workspace } from "vscode";
import { LionError, messageOf } from "../core/errors.ts";
import { CONFIG_FILE } from "../core/project/names.ts";
import { setContextKey } from "./contextKeys.ts";
import { Disposables } from "./disposables.ts";
import { projectFolders } from "./projectFolders.ts";
import type { ProjectSession } from "./projectSession.ts";
import type { Shell } from "./shell.ts";
import { inEditorWords } from "./wording.ts";

const CHOSEN = "lion.project";

/** The projects in this window's folders, and the one that is open. */
export class Projects implements Disposable {
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new EventEmitter<ProjectSession | null>());
  #shell: Shell | null = null;
  #folders: readonly string[] = [];
  #folder: string | null = null;
  #current: ProjectSession | null = null;
  #problem: LionError | null = null;
  #started: Promise<void> = Promise.resolve();

  readonly onDidChangeCurrent: Event<ProjectSession | null> = this.#changed.event;

  get current(): ProjectSession | null {
    return this.#current;
  }

  /** Why the project that is there cannot be opened, or null. */
  get problem(): LionError | null {
    return this.#problem;
  }

  /** The folder of the project that is open, or would be if it were sound; null when there is none. */
  get folder(): string | null {
    return this.#folder;
  }

  /** Resolves when it is known which projects there are, and one of them is open if one can be. */
  get started(): Promise<void> {
    return this.#started;
  }

  /** Folders with a project, absolute. */
  all(): readonly string[] {
    return this.#folders;
  }

  /** @throws LionError of kind `input` when no project is open. */
  require(): ProjectSession {
    if (!this.#current) {
      throw (
        this.#problem ??
        new LionError(
          "input",
          l10n.t("No project is open: make one with “Lion: New Project…”, or try “Lion: Open Sandbox Demo”."),
        )
      );
    }
    return this.#current;
  }

  /** Looks for projects, opens the one that was open last, and follows what comes and goes. */
  start(shell: Shell): Promise<void> {
    this.#shell = shell;
    const watcher = this.#disposables.add(workspace.createFileSystemWatcher(`**/${CONFIG_FILE}`));
    const refresh = (): void => void this.refresh();
    this.#disposables.add(watcher.onDidCreate(refresh));
    this.#disposables.add(watcher.onDidDelete(refresh));
    // A broken project file that is corrected opens by itself.
    this.#disposables.add(watcher.onDidChange(() => this.#current || refresh()));
    this.#disposables.add(workspace.onDidChangeWorkspaceFolders(refresh));
    this.#disposables.add(
      workspace.onDidGrantWorkspaceTrust(() => {
        this.#close();
        refresh();
      }),
    );
    this.#started = this.refresh().then(() => setContextKey("ready", true));
    return this.#started;
  }

  async refresh(): Promise<void> {
    this.#folders = await projectFolders(localFolders());
    setContextKey("manyProjects", this.#folders.length > 1);
    const chosen = this.#shell?.context.workspaceState.get<string>(CHOSEN);
    const folder = this.#folders.find((one) => one === chosen) ?? this.#folders[0];
    if (folder === undefined) {
      this.#close();
      this.#folder = null;
      this.#tell(null);
    } else {
      await this.#openFolder(folder);
    }
  }

  /** Makes another project the open one. @throws LionError when it cannot be opened. */
  async open(folder: string): Promise<void> {
    await this.#shell?.context.workspaceState.update(CHOSEN, folder);
    this.#folders = await projectFolders(localFolders());
    await this.#openFolder(folder);
    if (this.#problem) {
      throw this.#problem;
    }
  }

  dispose(): void {
    this.#close();
    this.#disposables.dispose();
  }

  /** Opens the project of a folder, unless it is open. */
  async #openFolder(folder: string): Promise<void> {
    // Brings everything that reads and checks a project: activation does not wait for it, nor a window without one.
    const { ProjectSession } = await import("./projectSession.ts");
    const shell = this.#shell;
    if (!shell || folder === this.#current?.folder) {
      return;
    }
    this.#close();
    this.#folder = folder;
    try {
      this.#current = new ProjectSession(shell, folder);
      this.#tell(null);
      if (this.#current.onlyRead !== null && workspace.isTrusted) {
        void shell.prompter.warn(this.#current.onlyRead);
      }
    } catch (error) {
      const problem =
        error instanceof LionError ? error : new LionError("environment", messageOf(error), { cause: error });
      shell.log.error(inEditorWords(problem.message));
      this.#tell(problem);
    }
  }

  #close(): void {
    const closing = this.#current;
    this.#current = null;
    if (closing) {
      this.#changed.fire(null);
      closing.dispose();
    }
  }

  #tell(problem: LionError | null): void {
    this.#problem = problem;
    setContextKey("projectProblem", problem !== null);
    setContextKey("hasProject", this.#current !== null);
    this.#changed.fire(this.#current);
  }
}

function localFolders(): string[] {
  return (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
}
