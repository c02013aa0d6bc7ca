import { l10n, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { Review } from "../../core/review/review.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import type { Trees } from "../trees/registerTrees.ts";
import { editorWords } from "../words.ts";
import { doneSentence } from "./decisionWords.ts";
import { askReason, type Reason } from "./reasons.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { instructionIds, textOf } from "./targets.ts";

const SHOWN_MS = 6000;

/**
 * What a person decides about instructions in the views. Each command takes a node and the selected nodes, or
 * `{instructionId}` or `{instructionIds}`, refusing and excluding also with `{reason, note}`; then nothing is asked.
 * Without an argument Approve and Refuse are about what is selected in To Review, which `lion.toggleChecked` checks. Each act is one group, which one undo takes back.
 */
export function decidingCommands(shell: Shell, trees: Trees): CommandTable {
  const { review } = trees;

  const approve = async (ids: readonly number[]): Promise<void> => {
    const session = begin(shell, ids);
    const overrule = filteredAmong(session, ids);
    if (overrule > 0 && !(await confirmOverruling(shell, overrule, ids.length))) {
      return;
    }
    await decide(session, (by) => by.approve(ids, overrule > 0 ? { overrule: true } : {}));
    tell(doneSentence("approve", ids, editorWords()));
  };

  const refuse = async (ids: readonly number[], given: unknown): Promise<void> => {
    const session = begin(shell, ids);
    const title = titleFor(ids, l10n.t("Refuse #{0}", String(ids[0])), l10n.t("Refuse {0} Candidates", ids.length));
    const reason = reasonIn(given) ?? (await askReason(shell, title));
    if (reason) {
      await decide(session, (by) => by.refuse(ids, reason.reason, noteOf(reason)));
      tell(doneSentence("refuse", ids, editorWords()));
    }
  };

  const exclude = async (ids: readonly number[], given: unknown): Promise<void> => {
    const session = begin(shell, ids);
    const title = titleFor(ids, l10n.t("Exclude #{0}", String(ids[0])), l10n.t("Exclude {0} Instructions", ids.length));
    const reason = reasonIn(given) ?? (await askReason(shell, title));
    if (reason) {
      await decide(session, (by) => by.exclude(ids, reason.note ?? reason.reason));
      tell(doneSentence("exclude", ids, editorWords()));
    }
  };

  return {
    "lion.approve": (node?: unknown, nodes?: unknown) => approve(idsOr(node, nodes, review.selection)),
    "lion.refuse": (node?: unknown, nodes?: unknown) => refuse(idsOr(node, nodes, review.selection), node),
    "lion.exclude": (node?: unknown, nodes?: unknown) => exclude(instructionIds(node, nodes), node),
    "lion.approveChecked": () => approve(review.checked),
    "lion.refuseChecked": (given?: unknown) => refuse(review.checked, given),
    "lion.toggleChecked": () => review.toggleSelected(),
  };
}

/** What a command was given, else what is selected in the view. */
function idsOr(node: unknown, nodes: unknown, selection: readonly unknown[]): number[] {
  const ids = instructionIds(node, nodes);
  return ids.length > 0 ? ids : instructionIds(undefined, selection);
}

/** @throws LionError when the folder is not trusted, no project is open or nothing is chosen. */
function begin(shell: Shell, ids: readonly number[]): ProjectSession {
  requireTrust();
  const session = shell.projects.require();
  if (ids.length === 0) {
    throw new LionError("input", l10n.t("No instruction is chosen: select or check some in the view first."));
  }
  return session;
}

/** The name is asked for before the write, which must not wait for anything. */
async function decide(session: ProjectSession, work: (review: Review) => void): Promise<void> {
  const review = await session.review();
  await session.write(() => work(review));
}

/** How many a filter has refused. */
function filteredAmong({ browser }: ProjectSession, ids: readonly number[]): number {
  return ids.filter((id) => browser.candidates.get(id)?.state === "filtered").length;
}

async function confirmOverruling(shell: Shell, filtered: number, all: number): Promise<boolean> {
  const question =
    all === 1
      ? l10n.t("A filter has refused this candidate. Approve it all the same?")
      : l10n.t("A filter has refused {0} of these {1} candidates. Approve them all the same?", filtered, all);
  return shell.prompter.confirm(question, l10n.t("Approve"));
}

function titleFor(ids: readonly number[], one: string, many: string): string {
  return ids.length === 1 ? one : many;
}

function noteOf({ note }: Reason): { readonly note?: string } {
  return note === undefined ? {} : { note };
}

function reasonIn(given: unknown): Reason | null {
  const reason = textOf(given, "reason");
  const note = textOf(given, "note");
  return reason === undefined ? null : { reason, ...(note !== undefined && { note }) };
}

/** What was done can be seen in the views and be undone: a line in the status bar is enough. */
function tell(sentence: string): void {
  window.setStatusBarMessage(`$(check) ${sentence}`, SHOWN_MS);
}
