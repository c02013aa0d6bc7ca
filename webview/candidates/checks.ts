import { html, nothing, type TemplateResult } from "lit";
import type { FilterCheck } from "../../src/protocol/candidates.ts";
import type { CandidateTools } from "./candidateTools.ts";

/** The filters that a candidate went through: what failed stands out, what passed is a quiet list. */
export function checksTemplate(
  checks: readonly FilterCheck[],
  { text, formats }: Pick<CandidateTools, "text" | "formats">,
): TemplateResult | typeof nothing {
  if (checks.length === 0) {
    return nothing;
  }
  const failed = checks.filter(({ passed }) => !passed);
  const passed = checks.filter((check) => check.passed);
  return html`
    <section class="part checks" aria-labelledby="checks-title">
      <header class="part-head">
        <h2 id="checks-title">${text("checksTitle")}</h2>
        ${failed.length === 0 ? html`<span class="quiet">${text("checksPassed", formats.whole(passed.length))}</span>` : nothing}
      </header>
      ${
        failed.length === 0
          ? nothing
          : html`
            <ul class="failed">
              ${failed.map(
                ({ name, detail }) => html`
                  <li><span class="sign" role="img" aria-label=${text("checkFailed")}>✗</span>
                    <span><strong>${name}</strong>${detail === "" ? nothing : html`<br>${detail}`}</span></li>`,
              )}
            </ul>`
      }
      <ul class="passed">
        ${passed.map(
          ({ name, detail }) => html`
            <li title=${detail === "" ? nothing : detail}>
              <span class="sign" role="img" aria-label=${text("checkPassed")}>✓</span> ${name}</li>`,
        )}
      </ul>
    </section>`;
}
