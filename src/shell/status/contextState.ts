import type { Disposable } from "vscode";
import { setContextKey } from "../contextKeys.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectWatch, Watched } from "./projectWatch.ts";
import { isApprovalOpen, nextOf } from "./standing.ts";

/**
 * Keeps the context keys that say where the project stands, from which commands know whether they make sense. Those of
 * the walkthrough stay set once something was done.
 */
export function keepContextKeys(watch: ProjectWatch): Disposable {
  const disposables = new Disposables();
  let last: Watched | null = null;
  const update = (watched: Watched | null): void => {
    noteSteps(last, watched);
    last = watched;
    const facts = watched?.facts;
    setContextKey("running", watched !== null && isRunning(watched));
    setContextKey("canResume", watched?.standing.kind === "stopped");
    setContextKey("nextStage", (watched && nextOf(watched.standing)?.stage) ?? "");
    setContextKey("approvalOpen", facts !== undefined && isApprovalOpen(facts));
    setContextKey("poolEmpty", facts?.poolEmpty ?? false);
  };
  update(watch.current);
  disposables.add(watch.onDidChange(update));
  return disposables;
}

/** Whether an engine works on the project, in whichever window or terminal it was started. */
function isRunning({ session, facts }: Watched): boolean {
  return session.engine.state.phase !== "idle" || facts.holder !== null;
}

/** A walkthrough step is done when the change happens in front of the person, not when an old project is opened. */
function noteSteps(before: Watched | null, after: Watched | null): void {
  if (!before || !after || before.session !== after.session) {
    return;
  }
  const sameIteration = before.facts.iteration === after.facts.iteration;
  if (after.facts.approvalFinished && !before.facts.approvalFinished && sameIteration) {
    setContextKey("approvalFinished", true);
  }
  const ran = before.standing.kind === "running" || before.facts.iteration < after.facts.iteration;
  if (ran && ["approval", "approved", "complete"].includes(after.standing.kind)) {
    setContextKey("iterationRan", true);
  }
}
