import { html, nothing, type TemplateResult } from "lit";
import type { TeacherAhead } from "../../src/protocol/candidates.ts";
import type { AnswerSide } from "../../src/protocol/compare.ts";
import { wordsText } from "../ui/tools.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { textTemplate } from "./texts.ts";

const STATES = { off: "teacherOff", waiting: "teacherWaiting", asking: "teacherAsking" } as const;
const FLAWS = { cut: "flawCut", empty: "flawEmpty", refused: "flawRefused" } as const;

/** The teacher's answer, asked ahead; one that could not be trained on is flagged. */
export function teacherTemplate(teacher: TeacherAhead, tools: CandidateTools): TemplateResult {
  const { text } = tools;
  return html`
    <section class="part teacher" aria-labelledby="teacher-title" aria-busy=${teacher.state === "asking"}>
      <header class="part-head">
        <h2 id="teacher-title">${text("teacherTitle")}</h2>
        ${
          teacher.state === "answered"
            ? html`<span class="quiet">${[teacher.answer.by ?? "", wordsText(teacher.answer.words, tools)].filter(Boolean).join(", ")}</span>`
            : nothing
        }
      </header>
      ${bodyOf(teacher, tools)}
    </section>`;
}

function bodyOf(teacher: TeacherAhead, tools: CandidateTools): TemplateResult {
  const { text, display } = tools;
  switch (teacher.state) {
    case "off":
    case "waiting":
    case "asking":
      return html`<p class="quiet ${teacher.state}">${text(STATES[teacher.state])}</p>`;
    case "problem":
      return html`<p class="banner warning">${text("teacherProblem", teacher.problem)}</p>`;
    case "answered":
      return html`
        ${flawTemplate(teacher.answer, text)}
        ${textTemplate(teacher.answer.text, tools, { plain: display.plain })}`;
  }
}

function flawTemplate({ flaw }: AnswerSide, text: CandidateTools["text"]): TemplateResult | typeof nothing {
  return flaw === null ? nothing : html`<p class="banner warning"><strong>⚠</strong> ${text(FLAWS[flaw])}</p>`;
}
