import { html, nothing, type TemplateResult } from "lit";

/** A figure in a table; with `target` it is a button that leads to the rows behind it. */
export interface Cell<T> {
  readonly text: string;
  /** What the figure rests on, for those who ask. */
  readonly title?: string;
  readonly target?: T;
}

export interface Table<T> {
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly Cell<T>[]>;
}

/** A table of figures: the rows' names on the left, figures on the right. */
export function tableTemplate<T>(table: Table<T>, reveal: (target: T) => void): TemplateResult {
  return html`
    <table>
      <caption class="unseen">${table.caption}</caption>
      <thead>
        <tr>${table.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr>
      </thead>
      <tbody>
        ${table.rows.map(
          ([name, ...cells]) => html`
            <tr>
              <th scope="row">${name && cellTemplate(name, reveal)}</th>
              ${cells.map((cell) => html`<td>${cellTemplate(cell, reveal)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function cellTemplate<T>({ text, title, target }: Cell<T>, reveal: (target: T) => void): TemplateResult {
  return target === undefined
    ? html`<span title=${title ?? nothing}>${text}</span>`
    : html`<button type="button" class="link" title=${title ?? nothing} @click=${() => reveal(target)}>${text}</button>`;
}
