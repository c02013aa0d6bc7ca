import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { registerBackup } from "./commands/backup.ts";
import { registerCheckpoints } from "./commands/checkpoint.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerEstimate } from "./commands/estimate.ts";
import { registerExport } from "./commands/export.ts";
import { registerImport } from "./commands/import.ts";
import { registerInit } from "./commands/init.ts";
import { registerJobs } from "./commands/job.ts";
import { registerNew } from "./commands/new.ts";
import { registerReferee } from "./commands/referee.ts";
import { registerRerate } from "./commands/rerate.ts";
import { registerRetry } from "./commands/retry.ts";
import { registerReview } from "./commands/review.ts";
import { registerRun } from "./commands/run.ts";
import { registerSandbox } from "./commands/sandbox.ts";
import { registerStatus } from "./commands/status.ts";
import { registerTargets } from "./commands/target.ts";
import { registerTrain } from "./commands/train.ts";

/** The library's complaint, which may have several lines, as one sentence. */
function usageSentence(text: string): string {
  const complaint = text
    .replace(/^error: /, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return `${complaint.charAt(0).toUpperCase()}${complaint.slice(1)}: see \`lion --help\`.`;
}

/** The command line, `lion`. */
export function createProgram(): Command {
  const program = new Command("lion")
    .description("Adversarial distillation: imitate, discriminate, generate, approve, again.")
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`lion: ${usageSentence(text)}\n`) })
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 3 waits for a person, 4 stopped at a limit,
130 interrupted without loss.

A first try without any key:
  lion init my-project --sandbox oracle --quick
  lion run --project my-project --approval auto
  lion status --project my-project`,
    );
  const registrations = [
    registerInit,
    registerImport,
    registerNew,
    registerEstimate,
    registerRun,
    registerStatus,
    registerReview,
    registerRetry,
    registerRerate,
    registerExport,
    registerReferee,
    registerTrain,
    registerCheckpoints,
    registerJobs,
    registerTargets,
    registerSandbox,
    registerBackup,
    registerDoctor,
  ];
  for (const register of registrations) {
    register(program);
  }
  return program;
}
