import { html, nothing, type TemplateResult } from "lit";
import type { RatingView, RefereeView } from "../../src/protocol/compare.ts";
import { seenText } from "../ui/seenText.ts";
import type { CompareTools } from "./compareTools.ts";
import { textTemplate } from "./instruction.ts";
import { placeOnScale, signedGap, verdictSentence, warningSentences } from "./verdictWords.ts";

/** The verdict in words, with what should make a person doubt it, and where the gap stands. */
export function verdictTemplate(referee: RefereeView, tools: CompareTools): TemplateResult {
  const doubts = warningSentences(referee, tools);
  return html`
    <div class="verdict half-${referee.half ?? "none"}">
      <p class="sentence">${verdictSentence(referee, tools)}</p>
      ${scaleTemplate(referee, tools)}
      ${
        doubts.length === 0
          ? nothing
          : html`<ul class="doubts">${doubts.map((doubt) => html`<li><span aria-hidden="true">⚠</span> ${doubt}</li>`)}</ul>`
      }
    </div>`;
}

/** The scale from −9 to 9 with τ, the gap, and the two orders it is the mean of. */
function scaleTemplate({ gap, tau, ratings }: RefereeView, { text, formats }: CompareTools): TemplateResult {
  const at = (value: number): string => `inset-inline-start: ${placeOnScale(value).toFixed(2)}%`;
  return html`
    <div class="gap-scale" dir="ltr" role="img" aria-label=${text("scaleText", gap === null ? "–" : formats.tick(gap), formats.tick(tau))}>
      <span class="end">−9</span>
      <div class="line">
        <span class="zone" style="inset-inline: ${placeOnScale(tau).toFixed(2)}% 0"></span>
        <span class="zero" style=${at(0)}></span>
        <span class="limit" style=${at(tau)}><span class="limit-name">τ</span></span>
        ${ratings.map(({ scores, firstShown }) =>
          scores === null
            ? nothing
            : html`<span class="order ${firstShown}" style=${at(scores.teacher - scores.student)}></span>`,
        )}
        ${gap === null ? nothing : html`<span class="mean" style=${at(gap)}></span>`}
      </div>
      <span class="end">9</span>
    </div>`;
}

/** Both orders with their scores, and the whole replies where they are open. */
export function refereeTemplate(referee: RefereeView, tools: CompareTools): TemplateResult {
  const { text, formats, display } = tools;
  const { ratings, teacherScore, studentScore, gap } = referee;
  const score = (value: number | null): string => (value === null ? "–" : formats.tick(value));
  const by = ratings[0];
  return html`
    <section class="card" aria-labelledby="referee-title">
      <header class="card-head">
        <h2 id="referee-title">${text("refereeTitle")}</h2>
        ${by ? html`<span class="quiet"><bdi>${seenText(text("ratingBy", by.model, by.promptVersion))}</bdi></span>` : nothing}
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">${text("order")}</th><th scope="col">${text("teacher")}</th>
            <th scope="col">${text("student")}</th><th scope="col">${text("gap")}</th>
          </tr>
        </thead>
        <tbody>
          ${ratings.map((rating) => ratingRow(rating, tools))}
          <tr class="mean-row">
            <th scope="row">${text("mean")}</th>
            <td>${score(teacherScore)}</td><td>${score(studentScore)}</td><td>${signedGap(gap, tools)}</td>
          </tr>
        </tbody>
      </table>
      ${ratings.map(({ unparsed }) => (unparsed === null ? nothing : html`<p class="doubt">${seenText(unparsed)}</p>`))}
      ${display.details ? ratings.map((rating) => replyTemplate(rating, tools)) : nothing}
    </section>`;
}

function ratingRow({ firstShown, scores }: RatingView, tools: CompareTools): TemplateResult {
  const { text, formats } = tools;
  return html`
    <tr>
      <th scope="row"><span class="order-key ${firstShown}" aria-hidden="true"></span>
        ${text(firstShown === "teacher" ? "orderTeacher" : "orderStudent")}</th>
      ${
        scores === null
          ? html`<td colspan="3">${text("notScored")}</td>`
          : html`
            <td>${formats.tick(scores.teacher)}</td><td>${formats.tick(scores.student)}</td>
            <td>${signedGap(scores.teacher - scores.student, tools)}</td>`
      }
    </tr>`;
}

function replyTemplate({ firstShown, reply }: RatingView, tools: CompareTools): TemplateResult {
  return html`
    <div class="reply">
      <h3>${tools.text(firstShown === "teacher" ? "replyTeacher" : "replyStudent")}</h3>
      ${textTemplate(reply, tools)}
    </div>`;
}
