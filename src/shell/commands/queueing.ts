import { commands } from "vscode";
import { LionError } from "../../core/errors.ts";
import { Review } from "../../core/review/review.ts";
import type { Display, Editing } from "../../protocol/queue.ts";
import { documentUri } from "../documents/registerDocuments.ts";
import { fits } from "../panels/fittingMessage.ts";
import type { ComparePanel, Panels, ReviewPanel } from "../panels/panels.ts";
import type { QueuePanel } from "../panels/queuePanel.ts";
import type { Shell } from "../shell.ts";
import { recordOf } from "../trees/viewOptions.ts";
import { editorWords } from "../words.ts";
import { acceptSuggestion } from "./accepting.ts";
import { doneSentence } from "./decisionWords.ts";
import { chooseQueue } from "./queueChoosing.ts";
import { askReason, type Reason } from "./reasons.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { instructionIds, textOf } from "./targets.ts";

/**
 * What both pages do with what is before the person. `lion.openReview` and `lion.openCompare` take a node or
 * `{instructionId?, iteration?}` and a query, such as `{state}` or `{iteration, group}`; `lion.queue.choose` a queue's id;
 * `lion.queue.exclude` takes `{reason, note?}`, and then nothing is asked.
 */
export function queueingCommands(shell: Shell, panels: Panels): CommandTable {
  const toggle = (name: keyof Display): void => {
    const { driver } = panels.front();
    driver.setDisplay({ [name]: !driver.require().desk.display[name] });
  };
  return {
    "lion.openReview": (target?: unknown) => open(panels.review, target),
    "lion.openCompare": (target?: unknown) => open(panels.compare, target),
    "lion.queue.next": () => panels.front().driver.move("next"),
    "lion.queue.previous": () => panels.front().driver.move("previous"),
    "lion.queue.skip": () => panels.front().driver.move("skip"),
    "lion.queue.choose": (id?: unknown) => chooseQueue(shell, panels, id),
    "lion.queue.exclude": (given?: unknown) => exclude(shell, panels, given),
    "lion.queue.note": () => askNote(shell, panels),
    "lion.queue.plain": () => toggle("plain"),
    "lion.queue.marks": () => toggle("marks"),
    "lion.queue.details": () => toggle("details"),
    "lion.queue.help": () => toggle("help"),
    "lion.queue.diff": () => diff(panels),
    "lion.queue.accept": (decisionId?: unknown) => acceptSuggestion(panels, decisionId),
    "lion.queue.edit": () => edit(panels),
    "lion.queue.saveEdit": () => panels.front().tell("saveEdit"),
    "lion.queue.cancelEdit": () => cancelEdit(panels),
    "lion.changeName": () => changeName(shell),
  };
}

/** Opens a page; with a queue or an item where one is named. */
async function open(panel: ComparePanel | ReviewPanel, target: unknown): Promise<void> {
  await panel.open();
  const { driver } = panel as QueuePanel<unknown, unknown, unknown>;
  const query = driver.kind.readQuery(target);
  if (query !== null) {
    await driver.choose(query);
  }
  const [instructionId] = instructionIds(target);
  if (instructionId === undefined) {
    driver.show();
    return;
  }
  const { iteration } = recordOf(target);
  driver.goTo({ instructionId, ...(typeof iteration === "number" && { iteration }) });
}

async function exclude(shell: Shell, panels: Panels, given: unknown): Promise<void> {
  requireTrust();
  const { driver } = panels.front();
  const entry = driver.requireEntry();
  const words = editorWords();
  const reason = reasonIn(given) ?? (await askReason(shell, words.t("Exclude #{0}", entry.instructionId)));
  if (reason) {
    await driver.decide(
      ({ options, ...by }) => new Review(by).exclude([entry.instructionId], reason.note ?? reason.reason, options),
      () => doneSentence("exclude", [entry.instructionId], words),
      entry,
    );
  }
}

/** A reason that a command was given, so that nothing need be asked. */
export function reasonIn(given: unknown): Reason | null {
  const reason = textOf(given, "reason");
  const note = textOf(given, "note");
  return reason === undefined ? null : { reason, ...(note !== undefined && { note }) };
}

async function askNote(shell: Shell, panels: Panels): Promise<void> {
  requireTrust();
  const { driver } = panels.front();
  const entry = driver.requireEntry();
  const words = editorWords();
  const note = await shell.prompter.text({
    title: words.t("Note on #{0}", entry.instructionId),
    prompt: words.t("Goes with your next decision on this item; an empty one takes it back."),
    value: driver.require().desk.note,
  });
  if (note !== undefined && driver.require().desk.queue.current === entry) {
    driver.setNote(note.trim());
  }
}

/** The editor's own comparison: both answers; a candidate against what it was, or against its neighbour. */
async function diff(panels: Panels): Promise<void> {
  const front = panels.front();
  if (front === panels.compare) {
    const { instructionId, iteration } = panels.compare.driver.requireEntry();
    if (panels.compare.driver.require().desk.item?.blind) {
      throw new LionError("input", editorWords().t("The comparison is blind: the editor's own would name the sides."));
    }
    await commands.executeCommand("lion.openComparison", { instructionId, iteration });
    return;
  }
  const { session, desk } = panels.review.driver.require();
  const { instructionId } = panels.review.driver.requireEntry();
  const words = editorWords();
  const other = desk.item?.editedFrom?.instructionId ?? desk.item?.neighbour?.instructionId;
  if (other === undefined) {
    throw new LionError("input", words.t("#{0} has no neighbour to be compared with.", instructionId));
  }
  const side = (id: number) => documentUri({ kind: "text", project: session.folder, instructionId: id });
  const title = desk.item?.editedFrom
    ? words.t("#{0} before ↔ #{1} after the edit", other, instructionId)
    : words.t("#{0} nearest ↔ #{1} candidate", other, instructionId);
  await commands.executeCommand("vscode.diff", side(other), side(instructionId), title, { preview: true });
}

async function edit(panels: Panels): Promise<void> {
  requireTrust();
  const front = panels.front();
  const editing = front === panels.compare ? answerEditing(panels) : candidateEditing(panels);
  if (!fits(editing)) {
    throw new LionError(
      "input",
      editorWords().t("This text is too long to be edited here: export it and import it edited."),
    );
  }
  await front.driver.setEditing(editing);
}

function candidateEditing({ review }: Panels): Editing {
  const { instructionId } = review.driver.requireEntry();
  const instruction = review.driver.require().session.store.instructions.get(instructionId);
  const turn = instruction?.turns.findLast(({ role }) => role === "user");
  return {
    what: "instruction",
    instructionId,
    fields: [
      { name: "instruction", text: turn?.content ?? "" },
      { name: "input", text: instruction?.input ?? "" },
    ],
  };
}

/** @throws LionError while the comparison is blind: the field would say whose the answer is. */
function answerEditing({ compare }: Panels): Editing {
  const { instructionId } = compare.driver.requireEntry();
  const { desk, session } = compare.driver.require();
  const words = editorWords();
  if (desk.item?.blind) {
    throw new LionError("input", words.t("The comparison is blind: decide first which answer is better."));
  }
  const answerId = desk.item?.sides[0].answerId ?? 0;
  const text = answerId === 0 ? "" : session.store.ledger.answer(answerId).text;
  return { what: "answer", instructionId, fields: [{ name: "answer", text }] };
}

/** Escape closes the cheat sheet, else the field. */
async function cancelEdit(panels: Panels): Promise<void> {
  const { driver } = panels.front();
  if (driver.require().desk.display.help) {
    driver.setDisplay({ help: false });
  } else {
    await driver.setEditing(null);
  }
}

async function changeName(shell: Shell): Promise<void> {
  const session = shell.projects.require();
  const name = await session.changeActor();
  void shell.prompter.inform(editorWords().t("From now on you decide as {0} in this project.", name));
}
