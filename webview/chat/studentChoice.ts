import { html, nothing, type TemplateResult } from "lit";
import type { ChatStudent } from "../../src/protocol/chat.ts";
import { chosenIn } from "../ui/toolkit.ts";
import { studentName, type Wording } from "./wording.ts";

const NOBODY = "none";

/** Who is asked, and who beside. */
export function studentChoice(
  students: readonly ChatStudent[],
  chosen: readonly number[],
  choose: (students: readonly number[]) => void,
  wording: Wording,
): TemplateResult {
  const { text } = wording;
  const [first, second] = chosen;
  const dropdown = (
    label: string,
    value: string,
    offered: readonly ChatStudent[],
    change: (value: string) => void,
    none: TemplateResult | typeof nothing = nothing,
  ): TemplateResult => html`
    <div class="control">
      <span aria-hidden="true">${label}</span>
      <vscode-dropdown aria-label=${label} .value=${value}
        @change=${(event: Event) => {
          const now = chosenIn(event);
          if (now !== null && now !== value) {
            change(now);
          }
        }}>
        ${none}
        ${offered.map(
          (student) => html`<vscode-option value=${String(student.id)} ?selected=${String(student.id) === value}>
            ${studentName(student, wording)}</vscode-option>`,
        )}
      </vscode-dropdown>
    </div>`;
  return html`
    <div class="students">
      ${dropdown(text("student"), String(first), students, (value) =>
        choose([Number(value), ...(second === undefined || second === Number(value) ? [] : [second])]),
      )}
      ${
        students.length < 2
          ? nothing
          : dropdown(
              text("beside"),
              second === undefined ? NOBODY : String(second),
              students.filter(({ id }) => id !== first),
              (value) =>
                choose([...(first === undefined ? [] : [first]), ...(value === NOBODY ? [] : [Number(value)])]),
              html`<vscode-option value=${NOBODY} ?selected=${second === undefined}>${text("nobody")}</vscode-option>`,
            )
      }
    </div>`;
}
