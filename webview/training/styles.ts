import { html, type TemplateResult } from "lit";

/** How a training's line is drawn: told apart by colour and by dash, so that no one of them must be seen. */
export interface RunStyle {
  readonly colour: string;
  /** Pixels drawn and left out in turn; empty for a whole line. */
  readonly dash: readonly number[];
}

/** Orange is not among the colours: some of the editor's own themes make it translucent. */
const COLOURS = [
  "var(--vscode-charts-blue)",
  "var(--vscode-charts-purple)",
  "var(--vscode-charts-green)",
  "var(--vscode-charts-red)",
  "var(--vscode-foreground)",
  "var(--vscode-charts-yellow)",
];
/** One fewer than colours, so that thirty trainings differ. */
const DASHES: ReadonlyArray<readonly number[]> = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 2]];

/** The style of the training that was the n-th to begin, from 0: it keeps it whatever comes later. */
export function styleOf(n: number): RunStyle {
  return { colour: COLOURS[n % COLOURS.length] ?? "", dash: DASHES[n % DASHES.length] ?? [] };
}

/** A short line in a training's style. */
export function swatch({ colour, dash }: RunStyle): TemplateResult {
  return html`<svg class="swatch" width="30" height="10" aria-hidden="true" focusable="false">
    <path d="M0 5H30" stroke=${colour} stroke-width="2.5" stroke-dasharray=${dash.length === 0 ? "none" : dash.join(" ")} />
  </svg>`;
}
