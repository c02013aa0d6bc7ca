import { html, nothing, type TemplateResult } from "lit";
import type { ChosenRun, FirstAndLast } from "../../src/protocol/training.ts";
import { seenText } from "../ui/seenText.ts";
import { duration, measured, nameOf, type Wording } from "./wording.ts";

const MEGABYTES = 1000;

interface Fact {
  readonly name: string;
  readonly value: TemplateResult | string | ReadonlyArray<TemplateResult | string>;
  /** It takes the room of two. */
  readonly wide?: boolean;
}

/** How the chosen training stands: state, steps, figures, and the reason when it waits or has failed. */
export function runHeader(run: ChosenRun, wording: Wording): TemplateResult {
  const { text } = wording;
  const { state, reason } = run;
  const failed = state === "failed" || state === "lost";
  return html`
    <section class="card chosen-run" aria-label=${text("chosen")}>
      <header class="run-head">
        <h2>${nameOf(run, wording)}</h2>
        <span class="state state-${state}">${text(state)}</span>
        <span class="quiet steps">${stepsText(run, wording)}</span>
      </header>
      ${progressBar(run, wording)}
      ${reason === "" ? nothing : html`<p class="${failed ? "failure" : "note"} reason" role=${failed ? "alert" : nothing}>${seenText(reason)}</p>`}
      <dl class="facts">
        ${factsOf(run, wording).map(
          ({ name, value, wide = false }) =>
            html`<div class="fact ${wide ? "wide" : ""}"><dt>${name}</dt><dd>${value}</dd></div>`,
        )}
      </dl>
    </section>`;
}

function stepsText({ step, steps, epoch, progress }: ChosenRun, { text, formats }: Wording): string {
  const [done, total] = [step ?? progress?.done ?? null, steps ?? progress?.total ?? null];
  if (done === null || total === null) {
    return "";
  }
  const words = text("stepsOf", formats.whole(done), formats.whole(total));
  return epoch === null ? words : `${words} · ${text("epoch", formats.tick(epoch))}`;
}

function progressBar({ step, steps, state }: ChosenRun, { text }: Wording): TemplateResult | typeof nothing {
  return step === null || steps === null || steps === 0
    ? nothing
    : html`
      <div class="progress state-of-${state}" role="progressbar" aria-label=${text("progress")}
        aria-valuemin="0" aria-valuemax=${steps} aria-valuenow=${step}>
        <div style="width: ${(100 * step) / steps}%"></div>
      </div>`;
}

function factsOf(run: ChosenRun, wording: Wording): Fact[] {
  const { text, formats } = wording;
  const { seconds, secondsLeft, loss, heldOut, speed, mfu, memoryMb, tokens, attempts, resumed } = run;
  const fact = (name: string, value: Fact["value"] | null): Fact[] => (value === null ? [] : [{ name, value }]);
  const change = (metric: "loss" | "heldOut", ends: FirstAndLast | null): Fact[] =>
    fact(
      text(metric),
      ends && text("firstLast", measured(metric, ends.first, wording), measured(metric, ends.last, wording)),
    );
  return [
    ...fact(text("timeLeft"), secondsLeft === null ? null : duration(secondsLeft, wording)),
    ...change("loss", loss),
    ...change("heldOut", heldOut),
    ...fact(text("speed"), speed === null ? null : formats.whole(speed)),
    ...fact(text("mfu"), mfu === null ? null : formats.percent(mfu)),
    ...fact(text("memory"), memoryMb === null ? null : memoryText(memoryMb, wording)),
    ...fact(text("tokens"), tokens === null || tokens === 0 ? null : formats.tick(tokens)),
    ...fact(text("timeTaken"), seconds === null || seconds === 0 ? null : duration(seconds, wording)),
    { name: text("place"), value: seenText(placeText(run)), wide: run.gpus.length > 0 },
    ...fact(text("attempts"), attempts < 2 && resumed.length === 0 ? null : attemptsText(run, wording)),
  ];
}

/** Target, host and GPUs, as far as they are known; equal GPUs are counted. */
function placeText({ target, host, gpus }: ChosenRun): string {
  const counts = [...Map.groupBy(gpus, (name) => name)].map(([name, { length }]) =>
    length === 1 ? name : `${length} × ${name}`,
  );
  return [target, ...(host === null || host === target ? [] : [host]), ...counts].join(" · ");
}

function attemptsText({ attempts, resumed }: ChosenRun, { text, formats }: Wording): string {
  const steps = resumed.map((step) => formats.whole(step)).join(", ");
  return steps === "" ? formats.whole(attempts) : text("resumedAt", formats.whole(attempts), steps);
}

function memoryText(megabytes: number, { text, formats }: Wording): string {
  return megabytes < MEGABYTES
    ? text("megabytes", formats.whole(megabytes))
    : text("gigabytes", formats.tick(megabytes / MEGABYTES));
}
