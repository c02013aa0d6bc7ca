import { type Disposable, l10n, StatusBarAlignment, ThemeColor, window } from "vscode";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import { editorWords } from "../words.ts";
import type { ProjectWatch } from "./projectWatch.ts";
import { statusText } from "./statusText.ts";

const PRIORITY = 40;

/** One item: what the engine does, or where the project waits for a person. Hidden without a project. */
export function showStatusBar(watch: ProjectWatch): Disposable {
  const disposables = new Disposables();
  const item = disposables.add(window.createStatusBarItem("lion.status", StatusBarAlignment.Left, PRIORITY));
  item.name = l10n.t("Lion");
  const words = editorWords();
  let followed: ProjectSession | null = null;
  let engineFollowing: Disposable | null = null;
  const show = (): void => {
    const watched = watch.current;
    const session = watched?.session ?? null;
    if (session !== followed) {
      engineFollowing?.dispose();
      followed = session;
      engineFollowing = session?.engine.onDidChangeState(show) ?? null;
    }
    const shown =
      watched && statusText(watched.session.project.config.name, watched.standing, watched.session.engine.state, words);
    if (!shown) {
      item.hide();
      return;
    }
    item.text = shown.text;
    item.tooltip = shown.tooltip;
    item.command = shown.command;
    item.accessibilityInformation = { label: shown.spoken, role: "button" };
    item.backgroundColor = shown.attention ? new ThemeColor("statusBarItem.warningBackground") : undefined;
    item.show();
  };
  show();
  disposables.add(watch.onDidChange(show));
  disposables.add({ dispose: () => engineFollowing?.dispose() });
  return disposables;
}
