import type { Disposable } from "vscode";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { keepContextKeys } from "./contextState.ts";
import { announceRuns } from "./notifications.ts";
import { ProjectWatch } from "./projectWatch.ts";
import { logRuns } from "./runLog.ts";
import { showStatusBar } from "./statusBar.ts";

/** The status bar item, the context keys, the log of runs, and notifications where a person must act. */
export function registerStatus(shell: Shell): Disposable {
  const disposables = new Disposables();
  const watch = disposables.add(new ProjectWatch(shell));
  disposables.add(keepContextKeys(watch));
  disposables.add(showStatusBar(watch));
  disposables.add(logRuns(shell));
  disposables.add(announceRuns(shell, watch));
  return disposables;
}
