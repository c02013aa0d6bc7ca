import { html, nothing, type TemplateResult } from "lit";
import type { Lineage, Relative } from "../../src/protocol/compare.ts";
import { seenText } from "../ui/seenText.ts";
import type { CompareTools } from "./compareTools.ts";

/** Where the instruction came from, what came from it, and what was trained on it; each relative can be opened. */
export function lineageTemplate(lineage: Lineage, tools: CompareTools): TemplateResult {
  const { text, formats } = tools;
  const { origin, parent, children, childCount, supersedes, replacedBy, checkpoints } = lineage;
  const more = childCount - children.length;
  return html`
    <section class="card lineage" aria-labelledby="lineage-title">
      <header class="card-head"><h2 id="lineage-title">${text("lineageTitle")}</h2></header>
      <p><bdi>${seenText(origin)}</bdi></p>
      ${one("parent", parent, tools)} ${one("supersedes", supersedes, tools)} ${one("replacedBy", replacedBy, tools)}
      ${
        childCount === 0
          ? nothing
          : html`
            <h3>${text("children", formats.whole(childCount))}</h3>
            <ul>${children.map((child) => html`<li>${relativeTemplate(child, tools)}</li>`)}</ul>
            ${more > 0 ? html`<p class="quiet small">${text("childrenMore", formats.whole(more))}</p>` : nothing}`
      }
      <p class="quiet small">
        ${checkpoints.length === 0 ? text("noCheckpoints") : text("checkpoints", checkpoints.join(", "))}
      </p>
    </section>`;
}

function one(
  heading: "parent" | "supersedes" | "replacedBy",
  relative: Relative | null,
  tools: CompareTools,
): TemplateResult | typeof nothing {
  return relative === null ? nothing : html`<h3>${tools.text(heading)}</h3>${relativeTemplate(relative, tools)}`;
}

function relativeTemplate({ instructionId, text: words, state }: Relative, tools: CompareTools): TemplateResult {
  return html`
    <button type="button" class="link relative" aria-label="${tools.text("openNumber", `#${instructionId}`)}: ${words}"
      @click=${() => tools.open(instructionId)}><span class="number">#${instructionId}</span> <bdi class="beginning">${seenText(words)}</bdi></button>
    ${state === "" ? nothing : html`<span class="quiet small">${state}</span>`}`;
}
