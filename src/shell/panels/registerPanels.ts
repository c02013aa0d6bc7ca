import { type Disposable, type WebviewPanel, window } from "vscode";
import type { Demand } from "../demand.ts";
import { Disposables } from "../disposables.ts";
import type { OnDemand } from "../onDemand.ts";

/** What the editor keeps of our panels over a restart is filed under these. */
export const DASHBOARD = "lion.dashboard";
export const COMPARE_PANEL = "lion.comparePanel";
export const REVIEW_PANEL = "lion.reviewPanel";
export const TRAINING_PANEL = "lion.trainingPanel";
export const CHAT_PANEL = "lion.chatPanel";

/** Lets the editor restore our panels after a restart. */
export function registerPanels(onDemand: Demand): Disposable {
  const disposables = new Disposables();
  const restore = (viewType: string, adopt: (made: OnDemand, panel: WebviewPanel) => void): void => {
    disposables.add(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel) => adopt(await onDemand(), panel),
      }),
    );
  };
  restore(DASHBOARD, ({ dashboard }, panel) => dashboard.adopt(panel));
  restore(COMPARE_PANEL, ({ panels }, panel) => panels.compare.adopt(panel));
  restore(REVIEW_PANEL, ({ panels }, panel) => panels.review.adopt(panel));
  restore(TRAINING_PANEL, ({ training }, panel) => training.adopt(panel));
  restore(CHAT_PANEL, ({ chat }, panel) => chat.adopt(panel));
  return disposables;
}
