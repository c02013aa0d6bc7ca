import type { Command } from "commander";
import { Undoing, type Undone } from "../../core/review/undo.ts";
import { formatCount, Output } from "../output.ts";
import { openProject, withStore } from "../shared.ts";
import { deciderIn, type PersonOptions, withPerson } from "./reviewShared.ts";

/** `lion review undo` and `redo`. */
export function registerUndo(review: Command): void {
  withPerson(review.command("undo"))
    .description("take back your own last decision, bulk decisions as a whole")
    .action(async (options: PersonOptions) => {
      const { count, kinds, trained } = await undoing(options, (one) => one.undo());
      new Output({ json: options.json ?? false }).result(
        { undone: count, kinds, trained },
        count === 0
          ? "There is nothing of yours to undo."
          : [`${formatCount(count)} decisions were taken back.`, ...trainedSentence(trained)].join(" "),
      );
    });

  withPerson(review.command("redo"))
    .description("make again what you have undone, until you decide something new")
    .action(async (options: PersonOptions) => {
      const { count, kinds } = await undoing(options, (one) => one.redo());
      new Output({ json: options.json ?? false }).result(
        { redone: count, kinds },
        count === 0 ? "There is nothing of yours to redo." : `${formatCount(count)} decisions were made again.`,
      );
    });
}

function undoing(options: PersonOptions, work: (undoing: Undoing) => Undone): Promise<Undone> {
  return withStore(openProject(options), (store) => work(new Undoing(deciderIn(store, options))));
}

/** What an undo comes too late for. */
function trainedSentence(trained: Undone["trained"]): string[] {
  const checkpoints = [...new Set(trained.map(({ checkpoint }) => checkpoint))].join(", ");
  const instructions = new Set(trained.map(({ instructionId }) => instructionId)).size;
  return trained.length === 0
    ? []
    : [
        `${formatCount(instructions)} of them were trained on already: the checkpoint of iteration ${checkpoints} contains them.`,
      ];
}
