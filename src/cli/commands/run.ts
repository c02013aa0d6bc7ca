import { Argument, type Command, Option } from "commander";
import type { LoopEvent } from "../../core/loop/events.ts";
import type { RunOptions } from "../../core/loop/loop.ts";
import { Lease } from "../../core/store/lease.ts";
import { Engine } from "../../engine/engine.ts";
import { DONE, type Ending, endingOf } from "../exitCode.ts";
import { Output } from "../output.ts";
import {
  type CommonOptions,
  environmentKey,
  openProject,
  sandboxEntry,
  trainerRoot,
  wholeNumber,
  withCommonOptions,
  withStore,
} from "../shared.ts";

/** One Ctrl+C can arrive twice: from the terminal, and passed on by `npx` or `npm run`. */
const SAME_KEYSTROKE_MS = 1000;

interface RunCommandOptions extends CommonOptions {
  readonly iterations?: number;
  readonly approval?: NonNullable<RunOptions["approval"]>;
  readonly retryFailed?: boolean;
}

export function registerRun(program: Command): void {
  withCommonOptions(program.command("run"))
    .description("run the loop from where it stands, or only the stage that is named")
    .addArgument(new Argument("[stage]", "run this stage only").choices(["imitation", "discrimination", "generation"]))
    .addOption(
      new Option("--iterations <n>", "iterations in all, those done included (default: the project's)").argParser(
        wholeNumber(1),
      ),
    )
    .addOption(
      new Option("--approval <mode>", "how candidates are approved (default: the project's)").choices([
        "auto",
        "sample",
        "manual",
      ]),
    )
    .option("--retry-failed", "ask once more what failed for good in earlier runs")
    .addHelpText(
      "after",
      "\nCtrl+C pauses: nothing new is sent, what is in flight is stored, and the next `lion run` goes on from there.",
    )
    .action(async (stage: RunOptions["only"], options: RunCommandOptions) => {
      const output = new Output({ json: options.json ?? false });
      const ending = await runLoop(stage, options, output);
      if (output.json) {
        output.result({ event: "end", ...ending }, "");
      }
      if (ending.outcome !== "done") {
        output.complain(ending.message);
      }
      process.exitCode = ending.exit;
    });

  withCommonOptions(program.command("pause"))
    .description("ask the engine at work on the project to pause: nothing is lost")
    .action(async (options: CommonOptions) => {
      const output = new Output({ json: options.json ?? false });
      const pid = await withStore(openProject(options), (store) => Lease.requestPause(store.connection));
      output.result(
        { pausing: pid !== null, pid },
        pid === null ? "No engine is at work on this project." : `Process ${pid} was asked to pause.`,
      );
    });
}

async function runLoop(stage: RunOptions["only"], options: RunCommandOptions, output: Output): Promise<Ending> {
  let engine: Engine | null = null;
  let pausedAt: number | null = null;
  const pause = (): void => {
    if (pausedAt !== null) {
      if (Date.now() - pausedAt > SAME_KEYSTROKE_MS) {
        process.exit(130);
      }
      return;
    }
    pausedAt = Date.now();
    output.say("Pausing: waiting for what is in flight. Press Ctrl+C again to leave at once.");
    engine?.pause();
  };
  process.on("SIGINT", pause);
  process.on("SIGTERM", pause);
  try {
    engine = await Engine.open(openProject(options), {
      listener: (event: LoopEvent) => output.event(event),
      keyOf: environmentKey,
      sandboxEntry,
      trainerRoot,
      ...(process.env.LION_SANDBOX_LOG && { sandboxLog: process.env.LION_SANDBOX_LOG }),
    });
    if (pausedAt !== null) {
      engine.pause();
    }
    if (options.retryFailed) {
      engine.reopenFailed();
    }
    await engine.run({
      ...(stage && { only: stage }),
      ...(options.iterations !== undefined && { iterations: options.iterations }),
      ...(options.approval && { approval: options.approval }),
    });
    output.say("Done. `lion status` shows what came of it.");
    return DONE;
  } catch (error) {
    if (endingOf(error).outcome === "failed" && process.env.LION_DEBUG) {
      console.error(error);
    }
    return endingOf(error);
  } finally {
    await engine?.close();
    process.off("SIGINT", pause);
    process.off("SIGTERM", pause);
  }
}
