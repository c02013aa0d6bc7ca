import { Argument, type Command, Option } from "commander";
import { LionError } from "../../core/errors.ts";
import type { RunOptions } from "../../core/loop/loop.ts";
import type { Project } from "../../core/project/project.ts";
import { Lease } from "../../core/store/lease.ts";
import { EngineClient } from "../../engine/client.ts";
import { engineEntry } from "../../engine/installation.ts";
import type { RunRequest } from "../../protocol/engine.ts";
import { type Ending, endingOf } from "../exitCode.ts";
import { follow } from "../following.ts";
import { environmentKeys } from "../keys.ts";
import { Output } from "../output.ts";
import { runHere } from "../runHere.ts";
import {
  amount,
  type CommonOptions,
  currentPerson,
  openProject,
  wholeNumber,
  withCommonOptions,
  withStore,
} from "../shared.ts";

interface RunCommandOptions extends CommonOptions {
  readonly iterations?: number;
  readonly approval?: NonNullable<RunOptions["approval"]>;
  readonly retryFailed?: boolean;
  readonly allowCalls?: number;
  readonly allowCost?: number;
  readonly unattended?: boolean;
  readonly notify?: string;
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
    .addOption(
      new Option("--allow-calls <n>", "what the iteration at hand may use in all, in calls").argParser(wholeNumber(0)),
    )
    .addOption(
      new Option("--allow-cost <x>", "what it may use in all, in the currency of the prices").argParser(amount),
    )
    .option("--unattended", "work in a process of its own, which goes on when this terminal is closed")
    .option("--notify <program>", "with --unattended: a program to start when the run needs somebody, or is done")
    .addHelpText(
      "after",
      "\nCtrl+C pauses: nothing new is sent, what is in flight is stored, and the next `lion run` goes on from there.",
    )
    .action(async (stage: RunOptions["only"], options: RunCommandOptions) => {
      const output = new Output({ json: options.json ?? false });
      const ending = await run(stage, options, output).catch(endingOf);
      if (ending.outcome === "done") {
        output.say("Done. `lion status` shows what came of it.");
      }
      tell(ending, output);
    });

  withCommonOptions(program.command("follow"))
    .description("show what the engine at work on the project does, until its work ends")
    .addHelpText("after", "\nCtrl+C takes leave and lets the engine work.")
    .action(async (options: CommonOptions) => {
      const output = new Output({ json: options.json ?? false });
      tell(await followWork(openProject(options), output).catch(endingOf), output);
    });

  withCommonOptions(program.command("pause"))
    .description("ask the engine at work on the project to pause: nothing is lost")
    .action(async (options: CommonOptions) => {
      const output = new Output({ json: options.json ?? false });
      const pid = await pauseWork(openProject(options));
      output.result(
        { pausing: pid !== null, pid },
        pid === null ? "No engine is at work on this project." : `Process ${pid} was asked to pause.`,
      );
    });
}

function tell(ending: Ending, output: Output): void {
  if (output.json) {
    output.result({ event: "end", ...ending }, "");
  }
  if (ending.outcome !== "done") {
    output.complain(ending.message);
  }
  process.exitCode = ending.exit;
}

/** Here, or in the engine that is there already and has nothing to do, or in one of its own when it is to be left alone. */
async function run(stage: RunOptions["only"], options: RunCommandOptions, output: Output): Promise<Ending> {
  const project = openProject(options);
  const request = requestOf(stage, options);
  const client = options.unattended
    ? await EngineClient.start(project, {
        entry: engineEntry,
        execPath: process.execPath,
        environment: process.env,
      })
    : await EngineClient.attach(project);
  if (!client) {
    return runHere(project, request, output);
  }
  if (client.state.phase !== "idle") {
    client.detach();
    throw new LionError(
      "environment",
      `Another engine is at work on this project (process ${client.pid}): follow it with \`lion follow\`, or stop it with \`lion pause\`.`,
    );
  }
  return runThere(client, project, request, output);
}

/** Has an engine's process run the loop, with the keys of this terminal's environment. */
async function runThere(client: EngineClient, project: Project, request: RunRequest, output: Output): Promise<Ending> {
  try {
    await client.giveKeys(environmentKeys(project.config));
  } catch (error) {
    client.detach();
    throw error;
  }
  if (request.unattended) {
    output.say(
      `Unattended in process ${client.pid}: this terminal may be closed. Ctrl+C leaves, \`lion pause\` stops it.`,
    );
  }
  return follow(client, output, {
    begin: () => client.run(request),
    interrupt: request.unattended ? "leave" : "pause",
  });
}

async function followWork(project: Project, output: Output): Promise<Ending> {
  const client = await EngineClient.attach(project);
  if (!client || client.state.phase === "idle") {
    client?.detach();
    throw new LionError("input", "No engine is at work on this project: `lion run` starts one.");
  }
  output.say(`Following process ${client.pid}. Ctrl+C takes leave.`);
  return follow(client, output, { interrupt: "leave" });
}

/** Asks whoever holds the lease; what an engine does without it, training outside the loop, it is asked over its socket. */
async function pauseWork(project: Project): Promise<number | null> {
  const pid = await withStore(project, (store) => Lease.requestPause(store.connection));
  const client = pid === null ? await EngineClient.attach(project) : null;
  if (!client) {
    return pid;
  }
  try {
    const isAtWork = client.state.phase !== "idle";
    await client.pause();
    return isAtWork ? client.pid : null;
  } finally {
    client.detach();
  }
}

function requestOf(stage: RunOptions["only"], options: RunCommandOptions): RunRequest {
  const { iterations, approval, retryFailed, unattended, notify, allowCalls, allowCost } = options;
  if (notify !== undefined && !unattended) {
    throw new LionError("input", "--notify is for runs that nobody watches: add --unattended.");
  }
  const isAllowed = allowCalls !== undefined || allowCost !== undefined;
  return {
    ...(stage && { only: stage }),
    ...(iterations !== undefined && { iterations }),
    ...(approval && { approval }),
    ...(retryFailed && { retryFailed }),
    ...(unattended && { unattended }),
    ...(notify !== undefined && { notify: { program: notify, args: [] } }),
    ...(isAllowed && { allowance: { calls: allowCalls ?? null, cost: allowCost ?? null, actor: currentPerson() } }),
  };
}
