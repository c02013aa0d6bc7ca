import { html, nothing, type TemplateResult } from "lit";
import type { TrainingAction, TrainingView } from "../../src/protocol/training.ts";
import type { Wording } from "./wording.ts";

type Act = (action: TrainingAction) => void;

/** Nothing was trained: what does it. */
export function emptyTraining(
  { trains, running }: Extract<TrainingView, { state: "empty" }>,
  act: Act,
  { text }: Wording,
): TemplateResult {
  const [words, action, label] = trains
    ? ([text(running ? "emptyRunning" : "emptyText"), "run", "run"] as const)
    : ([text("emptyServed"), "configure", "configure"] as const);
  return html`
    <div class="empty">
      <h1>${text("emptyTitle")}</h1>
      <p class="quiet">${words}</p>
      ${running && trains ? nothing : html`<vscode-button @click=${() => act(action)}>${text(label)}</vscode-button>`}
    </div>`;
}
