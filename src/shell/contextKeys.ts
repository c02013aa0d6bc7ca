import { commands } from "vscode";

/** The context keys that the manifest's `when` and `enablement` clauses use, with the type of their values. */
export interface ContextKeys {
  /** Whether it is known by now which projects there are. */
  readonly ready: boolean;
  readonly hasProject: boolean;
  /** The project file or the database cannot be used; the log says why. */
  readonly projectProblem: boolean;
  readonly manyProjects: boolean;
  /** Both pools are empty. */
  readonly poolEmpty: boolean;
  /** An engine works on the project, in whichever window or terminal it was started. */
  readonly running: boolean;
  /** A stage was stopped or its engine died. */
  readonly canResume: boolean;
  readonly nextStage: "imitation" | "discrimination" | "generation" | "";
  /** The newest iteration has candidates and its approval is not finished. */
  readonly approvalOpen: boolean;
  /** An approval was finished in this window; completes a step of the walkthrough. */
  readonly approvalFinished: boolean;
  /** An iteration ran to its approval or end in this window; completes a step of the walkthrough. */
  readonly iterationRan: boolean;
  /** A comparison was opened in this window; completes a step of the walkthrough. */
  readonly comparisonOpened: boolean;
  readonly filtered: boolean;
  readonly checkedCount: number;
  /** Something is typed on the page in front: letters are no commands there. */
  readonly editing: boolean;
  /** The cheat sheet is open on the page in front. */
  readonly queueHelp: boolean;
  /** What is on the page in front has a suggestion that can be accepted. */
  readonly suggested: boolean;
  /** The training that is shown in the training view works and can be cancelled. */
  readonly trainingAtWork: boolean;
}

const current = new Map<string, unknown>();

/** Sets a context key, which costs a message to the window: only when its value changes. */
export function setContextKey<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  void settledContextKey(key, value);
}

/** Sets a context key; resolves when the window goes by it. */
export async function settledContextKey<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): Promise<void> {
  if (current.get(key) !== value) {
    current.set(key, value);
    await commands.executeCommand("setContext", `lion.${key}`, value);
  }
}
