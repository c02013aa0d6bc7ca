import { html, type TemplateResult } from "lit";

/** A share from 0 to 1 on a line, with the limit that it must be under. The words beside it say the same. */
export function scaleTemplate({
  value,
  from = 0,
  limit,
  top = 1,
}: {
  readonly value: number;
  /** Where what is filled begins: at 0, or at an estimate whose bound `value` is. */
  readonly from?: number;
  readonly limit: number;
  /** The share at the line's end. */
  readonly top?: number;
}): TemplateResult {
  const place = (share: number): string => `${(Math.min(1, Math.max(0, share / top)) * 100).toFixed(2)}%`;
  return html`
    <span class="scale ${value < limit ? "" : "over"}" aria-hidden="true">
      <span class="fill" style="inset-inline: ${place(from)} calc(100% - ${place(value)})"></span>
      <span class="limit" style="inset-inline-start: ${place(limit)}"></span>
    </span>`;
}

/** The end of a scale for bounds: room for the bound and the limit, in steps that do not jump with each decision. */
export function topOf(bound: number, limit: number): number {
  const needed = Math.max(limit * 2, bound * 1.1);
  return [0.1, 0.2, 0.4].find((top) => top >= needed) ?? 1;
}
