import { type Disposable, window } from "vscode";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { DASHBOARD, Dashboard } from "./dashboardPanel.ts";

const dashboards = new WeakMap<Shell, Dashboard>();

/** The dashboard that belongs to a shell; the command and the editor's restoring of panels share it. */
export function dashboardOf(shell: Shell): Dashboard {
  const dashboard = dashboards.get(shell) ?? new Dashboard(shell);
  dashboards.set(shell, dashboard);
  return dashboard;
}

/** Lets the editor restore our panels after a restart. */
export function registerPanels(shell: Shell): Disposable {
  const disposables = new Disposables();
  const dashboard = disposables.add(dashboardOf(shell));
  disposables.add(
    window.registerWebviewPanelSerializer(DASHBOARD, {
      deserializeWebviewPanel: async (panel) => dashboard.adopt(panel),
    }),
  );
  return disposables;
}
