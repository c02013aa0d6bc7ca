import { html, nothing, type TemplateResult } from "lit";
import type { QueueState, QueueString, Reason } from "../../src/protocol/queue.ts";
import { actionButton } from "./actions.ts";
import type { Tools } from "./tools.ts";

/** Characters on a button of what it would undo. */
const LONGEST_ABOUT = 40;
/** Minutes from which the rest is given in hours. */
const HOURS_FROM = 90;

export interface HeaderOptions {
  readonly reason?: Reason;
  /** What screen readers are told of the item that has come on screen. */
  readonly spoken?: string;
  /** What the page has to add under the head. */
  readonly extra?: TemplateResult | typeof nothing;
}

/** What is gone through, how far it is, who decides, and what can be taken back. */
export function queueHeader(
  queue: QueueState,
  tools: Tools<QueueString>,
  { reason = "first", spoken = "", extra = nothing }: HeaderOptions = {},
): TemplateResult {
  const { text } = tools;
  return html`
    <header class="queue-head">
      <div class="queue-line">
        <h1 title=${queue.title}>${queue.title}</h1>
        ${actionButton({ command: "lion.queue.choose", weight: "quiet" }, tools)}
        ${queue.blind ? html`<span class="flag" title=${text("blindTitle")}>${text("blind")}</span>` : nothing}
        <span class="grow"></span>
        ${undoButton("lion.undo", queue.undo, tools)} ${undoButton("lion.redo", queue.redo, tools)}
        ${actionButton({ command: "lion.queue.help", weight: "quiet" }, tools)}
      </div>
      <div class="queue-line quiet">
        ${progressTemplate(queue, tools)}
        <p class="said" role="status" aria-live="polite">${saidAgain(queue)}<span class="unseen">${spoken}</span></p>
        <span class="actor">${text("actor", queue.actor)}</span>
      </div>
      ${reason === "first" ? nothing : html`<p class="banner">${text(reason === "again" ? "reasonAgain" : "reasonSecond")}</p>`}
      ${queue.onlyRead === null ? nothing : html`<p class="banner warning" role="alert">${queue.onlyRead}</p>`}
      ${extra}
    </header>`;
}

/** Undo and Redo keep their places when there is nothing to take back; what they are about is in their words. */
function undoButton(
  command: "lion.undo" | "lion.redo",
  about: string | null,
  tools: Tools<QueueString>,
): TemplateResult {
  if (about === null) {
    return actionButton({ command, weight: "quiet", disabled: true }, tools);
  }
  const key = command === "lion.undo" ? "undoOf" : "redoOf";
  const full = tools.text(key, shortened(about));
  const label = html`<span class="in-full">${full}</span><span class="brief">${tools.text(command)}</span>`;
  return actionButton({ command, label, title: tools.text(key, about), weight: "quiet" }, tools);
}

function shortened(about: string): string {
  return about.length <= LONGEST_ABOUT ? about : `${about.slice(0, LONGEST_ABOUT).trimEnd()}…`;
}

function progressTemplate(queue: QueueState, { text, formats }: Tools<QueueString>): TemplateResult {
  const { position, total, done, left } = queue;
  const share = done + left === 0 ? 0 : done / (done + left);
  const facts = [text("progress", formats.whole(done), formats.whole(left)), ...paceOf(queue, { text, formats })];
  return html`
    ${position > 0 ? html`<strong class="position">${text("position", formats.whole(position), formats.whole(total))}</strong>` : nothing}
    <span class="progress" role="progressbar" aria-label=${facts[0]} aria-valuemin="0" aria-valuemax=${done + left}
      aria-valuenow=${done}><span style="inline-size: ${(share * 100).toFixed(2)}%"></span></span>
    <span class="facts">${facts.join(" · ")}</span>`;
}

/** Speed and what is left of the time, as far as they can be told. */
export function paceOf(
  { perHour, minutesLeft, left }: Pick<QueueState, "perHour" | "minutesLeft" | "left">,
  { text, formats }: Pick<Tools<QueueString>, "text" | "formats">,
): string[] {
  const hours = minutesLeft === null ? 0 : minutesLeft / 60;
  return [
    ...(perHour === null ? [] : [text("perHour", formats.whole(perHour))]),
    ...(minutesLeft === null || left === 0
      ? []
      : minutesLeft < HOURS_FROM
        ? [text("minutesLeft", formats.whole(Math.max(1, Math.round(minutesLeft))))]
        : [text("hoursLeft", formats.tick(Math.round(hours * 10) / 10))]),
  ];
}

/** What was done, as a text that differs from item to item: the same words on the next item are said again. */
function saidAgain({ said, position }: QueueState): string {
  return said === "" || position % 2 === 0 ? said : `${said}\u00a0`;
}
