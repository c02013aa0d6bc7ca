import { commands, env, type Uri, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import { setContextKey } from "../contextKeys.ts";
import { comparedAnswers, comparisonTitle } from "../documents/instructionText.ts";
import { fromUri, toLink } from "../documents/lionUri.ts";
import { documentUri, openInstruction } from "../documents/registerDocuments.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import type { CommandTable } from "./registry.ts";

/** What a tree's row, a link or a test gives to name an instruction. */
interface Target {
  readonly instructionId?: number;
  /** The iteration whose verdict is looked at; the newest when left out. */
  readonly iteration?: number;
  /** Leaves the keyboard in the view, for going on to the next one. */
  readonly preserveFocus?: boolean;
}

/** Opening instructions and answers, and links to them. Each takes a row of a tree or `{instructionId, iteration?}`. */
export function documentCommands(shell: Shell): CommandTable {
  return {
    "lion.openInstruction": async (target?: Target) =>
      openInstruction(shell.projects.require(), targetId(target), target?.preserveFocus),
    "lion.openComparison": (target?: Target) => openComparison(shell, targetId(target), target?.iteration),
    "lion.copyLink": async (target?: Target) => {
      const { folder } = shell.projects.require();
      const { extension } = shell.context;
      await env.clipboard.writeText(toLink(env.uriScheme, extension.id, targetId(target), folder));
    },
  };
}

/** The instruction that is meant: the given one, else the one whose document is in front. */
function targetId(target?: Target): number {
  const active = window.activeTextEditor?.document.uri;
  const id = target?.instructionId ?? (active?.scheme === "lion" ? fromUri(active)?.instructionId : undefined);
  if (id === undefined) {
    throw new LionError(
      "input",
      editorWords().t(
        "No instruction is chosen: open one, or pick one in the Train Pool, Cache Pool or To Review view.",
      ),
    );
  }
  return id;
}

/** Teacher against student in the editor's own comparison; an instruction without both answers opens by itself. */
async function openComparison({ projects }: Shell, instructionId: number, iteration?: number): Promise<void> {
  const session = projects.require();
  const detail = session.browser.instructionDetail(instructionId);
  const compared = detail && comparedAnswers(detail, iteration);
  if (!compared) {
    await openInstruction(session, instructionId);
    return;
  }
  const { teacher, student, verdict } = compared;
  const side = (role: "teacher" | "student", answerId: number): Uri =>
    documentUri({ kind: "answer", project: session.folder, instructionId, role, answerId });
  await commands.executeCommand(
    "vscode.diff",
    side("teacher", teacher.id),
    side("student", student.id),
    comparisonTitle(instructionId, verdict, editorWords()),
    { preview: true },
  );
  // The walkthrough sees no command that a view's row runs.
  setContextKey("comparisonOpened", true);
}
