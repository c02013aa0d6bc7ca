import { text } from "node:stream/consumers";
import type { Command } from "commander";
import * as z from "zod";
import { LionError } from "../../core/errors.ts";
import { checkEdit, type EditedText } from "../../core/review/editing.ts";
import { Judging } from "../../core/review/judging.ts";
import { Review } from "../../core/review/review.ts";
import { Output } from "../output.ts";
import { openProject, parseIds, withStore } from "../shared.ts";
import { actOptions, type DecidingOptions, deciderIn, withDeciding } from "./reviewShared.ts";

interface EditOptions extends DecidingOptions {
  readonly instruction?: string;
  readonly input?: string;
}

const TEXT = z.strictObject({ instruction: z.string(), input: z.string().default("") });

/** `lion review edit` and `correct`: what a person writes themselves. */
export function registerEditing(review: Command): void {
  withDeciding(review.command("edit"))
    .description("put a new text in a candidate's place; the filters run again")
    .argument("<id>", "the candidate, as `review list` shows it")
    .option("--instruction <text>", "the new instruction (default: a JSON object with it on standard input)")
    .option("--input <text>", "the material that it is about (default: none)")
    .action(async (idText: string, options: EditOptions) => {
      const [id = 0] = parseIds([idText]);
      const edited = await editedText(options);
      const project = openProject(options);
      const { replacement, checked } = await withStore(project, (store) => {
        const review = new Review(deciderIn(store, options));
        const checked = checkEdit(store, project.config, id, edited);
        return { ...review.edit(id, edited, checked, actOptions(options)), checked };
      });
      const { filter, filterDetail, nearestId, nearestScore } = checked;
      new Output({ json: options.json ?? false }).result(
        { id: replacement, replaces: id, filter, filterDetail, nearestId, nearestScore },
        filter === null
          ? `#${replacement} stands in the place of #${id}.`
          : `#${replacement} stands in the place of #${id}, but the filter "${filter}" refuses it: ${filterDetail}`,
      );
    });

  withDeciding(review.command("correct"))
    .description("put an answer of your own, from standard input, in the place of the teacher's")
    .argument("<id>", "the instruction")
    .action(async (idText: string, options: DecidingOptions) => {
      const [id = 0] = parseIds([idText]);
      const answer = await standardInput();
      const { answerId } = await withStore(openProject(options), (store) =>
        new Judging(deciderIn(store, options)).correct(id, answer, actOptions(options)),
      );
      new Output({ json: options.json ?? false }).result(
        { corrected: id, answerId },
        `Your answer to #${id} stands in the place of the teacher's.`,
      );
    });
}

async function editedText({ instruction, input }: EditOptions): Promise<EditedText> {
  if (instruction !== undefined) {
    return { instruction, input: input ?? "" };
  }
  const given = await standardInput();
  try {
    return TEXT.parse(JSON.parse(given));
  } catch (error) {
    throw new LionError(
      "input",
      'Standard input holds no new text: give {"instruction": "…", "input": "…"} as JSON, or say --instruction.',
      { cause: error },
    );
  }
}

/** All of it, without the line break that ends a terminal's or a shell's text. */
async function standardInput(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, "");
}
