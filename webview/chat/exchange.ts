import { html, nothing, type TemplateResult } from "lit";
import type { ChatAnswer, ChatExchange } from "../../src/protocol/chat.ts";
import { seenText } from "../ui/seenText.ts";
import { answererName, answerFacts, type Wording } from "./wording.ts";

export interface ExchangeActions {
  readonly again: (student: number) => void;
  readonly edit: () => void;
  readonly copy: () => void;
  readonly showLog: () => void;
}

/** A question and the answers to it, side by side where there are two. */
export function exchangeTemplate(
  { question, answers }: ChatExchange,
  { number, plain }: { readonly number: number; readonly plain: boolean },
  actions: ExchangeActions,
  wording: Wording,
): TemplateResult {
  const { text, formats } = wording;
  const { instruction, input, system } = question;
  const part = (name: string, content: string): TemplateResult | typeof nothing =>
    content === ""
      ? nothing
      : html`<div class="part"><h3 class="part-name">${name}</h3><lion-answer-text .text=${content} .plain=${true}></lion-answer-text></div>`;
  return html`
    <article class="exchange" aria-label=${text("exchange", formats.whole(number))}>
      <header class="asked card">
        <h2 class="unseen">${text("exchange", formats.whole(number))}</h2>
        ${part(text("system"), system)}
        ${
          system === "" && input === ""
            ? html`<lion-answer-text .text=${instruction} .plain=${true}></lion-answer-text>`
            : part(text("instruction"), instruction)
        }
        ${part(text("input"), input)}
        <p class="asked-actions">
          <span class="quiet">${text("temperature")} ${formats.significant(question.temperature)}</span>
          <button type="button" class="link" @click=${actions.edit}>${text("askAgain")}</button>
          <button type="button" class="link" @click=${actions.copy}>${text("copy")}</button>
        </p>
      </header>
      <div class="answers ${answers.length > 1 ? "two" : ""}">
        ${answers.map((answer) => answerTemplate(answer, plain, actions, wording))}
      </div>
    </article>`;
}

function answerTemplate(
  answer: ChatAnswer,
  plain: boolean,
  actions: ExchangeActions,
  wording: Wording,
): TemplateResult {
  const { text } = wording;
  const { state, note } = answer;
  const works = state === "starting" || state === "answering";
  const name = answererName(answer, wording);
  return html`
    <div class="answer card" role="group" aria-label=${text("answerOf", name, text(state))} aria-busy=${works}>
      <header class="answer-head">
        <h3>${name}</h3>
        ${state === "done" ? nothing : html`<span class="state state-${state}">${text(state)}</span>`}
        <span class="quiet facts">${answerFacts(answer, wording)}</span>
      </header>
      ${works && note !== "" ? html`<p class="quiet note">${seenText(note)}</p>` : nothing}
      ${
        answer.text === ""
          ? state === "done"
            ? html`<p class="quiet">${text("noAnswer")}</p>`
            : nothing
          : html`<lion-answer-text .text=${answer.text} .plain=${plain || works}></lion-answer-text>`
      }
      ${state === "failed" ? failure(answer, actions, wording) : nothing}
    </div>`;
}

function failure(
  { note, student }: ChatAnswer,
  { again, showLog }: ExchangeActions,
  { text }: Wording,
): TemplateResult {
  return html`
    <div class="failure">
      <p class="problem">${seenText(note)}</p>
      <vscode-button @click=${() => again(student)}>${text("retry")}</vscode-button>
      <vscode-button appearance="secondary" @click=${showLog}>${text("showLog")}</vscode-button>
    </div>`;
}
