import { html, svg, type TemplateResult } from "lit";

/**
 * Patterns that fill marks, so that neighbours differ by more than colour. They are hidden by size: a pattern inside what is
 * not displayed does not paint. Orange is not among the colours: some of the editor's own themes make it translucent.
 */
export function patternsTemplate(): TemplateResult {
  return html`
    <svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false">
      <defs>
        ${pattern("lion-hatch", "var(--vscode-charts-green)", "M-1 1l2-2M0 6l6-6M5 7l2-2")}
        ${pattern("lion-slant", "var(--vscode-charts-yellow)", "M-1 5l2 2M0 0l6 6M5-1l2 2")}
        ${pattern("lion-stripes", "var(--vscode-charts-yellow)", "M0 3h6")}
        ${pattern("lion-dots", "var(--vscode-charts-purple)", "M1 1.5h2M4 4.5h2")}
        ${pattern("lion-grid", "var(--vscode-foreground)", "M3 0v6M0 3h6")}
      </defs>
    </svg>`;
}

function pattern(id: string, colour: string, path: string): TemplateResult {
  return svg`
    <pattern id=${id} width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" fill=${colour} fill-opacity="0.35" />
      <path d=${path} stroke=${colour} stroke-width="1.6" />
    </pattern>`;
}
