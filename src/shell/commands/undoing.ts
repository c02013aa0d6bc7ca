import { window } from "vscode";
import { Undoing, type Undone } from "../../core/review/undo.ts";
import type { Panels } from "../panels/panels.ts";
import type { Shell } from "../shell.ts";
import type { Localizer } from "../trees/localizer.ts";
import { editorWords } from "../words.ts";
import { redoneSentence, undoneSentence } from "./decisionWords.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

const SHOWN_MS = 6000;

/** `lion.undo` takes back this person's last act, `lion.redo` makes it again; pages go to what it was about. */
export function undoingCommands(shell: Shell, panels: Panels): CommandTable {
  const step = async (isUndo: boolean): Promise<void> => {
    requireTrust();
    const session = shell.projects.require();
    const actor = await session.actor();
    const words = editorWords();
    const { sentence, done } = await session.write(() => {
      const undoing = new Undoing({ store: session.store, clock: session.clock, actor });
      const next = undoing.next();
      const done = isUndo ? undoing.undo() : undoing.redo();
      return { done, sentence: isUndo ? undoneSentence(next.undo, words) : redoneSentence(next.redo, words) };
    });
    const said = [sentence, ...trainedSentences(done, words)].join(" ");
    for (const { driver } of [panels.review, panels.compare]) {
      driver.stepped(done.subjects, isUndo, said);
    }
    if (done.trained.length > 0) {
      // Not awaited: the notification stays until somebody closes it.
      void shell.prompter.warn(said);
    } else {
      window.setStatusBarMessage(`$(check) ${said}`, SHOWN_MS);
    }
  };
  /** After the acts that were asked for before: their keys were pressed earlier. */
  const inTurn = (work: () => Promise<void>): Promise<void> =>
    panels.review.driver.inTurn(() => panels.compare.driver.inTurn(work));
  return {
    "lion.undo": () => inTurn(() => step(true)),
    "lion.redo": () => inTurn(() => step(false)),
  };
}

/** What is trained already stays in its checkpoint: that must be known. */
function trainedSentences({ trained }: Undone, words: Localizer): string[] {
  const byCheckpoint = Map.groupBy(trained, ({ checkpoint }) => checkpoint);
  return [...byCheckpoint].map(([checkpoint, them]) =>
    them.length === 1
      ? words.t("Student v{0} was trained on #{1} and still contains it.", checkpoint, them[0]?.instructionId ?? 0)
      : words.t(
          "Student v{0} was trained on {1} of them and still contains them.",
          checkpoint,
          words.count(them.length),
        ),
  );
}
