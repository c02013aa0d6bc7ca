import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { LionError, messageOf } from "../../core/errors.ts";
import { checkReviews } from "../../core/referee/check.ts";
import { Output } from "../output.ts";
import { withCommonOptions } from "../shared.ts";

export function registerReferee(program: Command): void {
  const referee = program.command("referee").description("look at how referees' replies are read");
  withCommonOptions(referee.command("check"))
    .description(
      "read the scores in a file of published reviews (FastChat's format) and compare them with the stored ones",
    )
    .argument("<reviews>", "a JSONL file with text and score on each line")
    .action((file: string, options: { json?: boolean }) => {
      const check = checkReviews(readText(file), file);
      const hard = Object.entries(check.hard).map(([tau, count]) => `${tau}: ${count}`);
      new Output({ json: options.json ?? false }).result(
        check,
        [
          `${check.reviews} reviews, ${check.parsed} parsed, ${check.agreeing} agree with the stored scores.`,
          `Relative score ${check.relativeScore} %. Hard by τ: ${hard.join(", ")}.`,
        ].join("\n"),
      );
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new LionError("input", `${file} cannot be read: ${messageOf(error)}.`);
  }
}
