import { type Disposable, window } from "vscode";
import type { Demand } from "../demand.ts";

/** What the editor keeps of the dashboard over a restart is filed under this. */
export const DASHBOARD = "lion.dashboard";

/** Lets the editor restore our panels after a restart. */
export function registerPanels(onDemand: Demand): Disposable {
  return window.registerWebviewPanelSerializer(DASHBOARD, {
    deserializeWebviewPanel: async (panel) => (await onDemand()).dashboard.adopt(panel),
  });
}
