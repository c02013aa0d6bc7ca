import { type Command, Option } from "commander";
import { SystemClock } from "../../core/clock.ts";
import { LionError } from "../../core/errors.ts";
import { projectStatus } from "../../core/loop/status.ts";
import { fillFromOracle } from "../../core/pool/fromOracle.ts";
import { createProject } from "../../core/project/create.ts";
import { SANDBOX_SIZES } from "../../core/project/presets.ts";
import { formatCount, Output } from "../output.ts";
import { wholeNumber, withStore } from "../shared.ts";

interface InitOptions {
  readonly sandbox?: "oracle" | "replay";
  readonly set?: string;
  readonly seed?: number;
  readonly quick?: boolean;
  readonly json?: boolean;
}

export function registerInit(program: Command): void {
  program
    .command("init")
    .description("make a project: lion.json and its data folder")
    .argument("<dir>", "the project's folder")
    .addOption(
      new Option("--sandbox <mind>", "a project that needs no key: procedural tasks, or a recorded set").choices([
        "oracle",
        "replay",
      ]),
    )
    .option("--set <file>", "the recorded set of a replay project")
    .addOption(new Option("--seed <n>", "the seed that all draws derive from").argParser(wholeNumber(0)))
    .option("--quick", "pools and student small enough for an iteration in seconds")
    .option("--json", "print JSON")
    .action(async (directory: string, options: InitOptions) => {
      if (options.quick && !options.sandbox) {
        throw new LionError("input", "--quick is for sandbox projects: say --sandbox oracle or --sandbox replay too.");
      }
      const sizes = options.quick ? SANDBOX_SIZES.quick : options.sandbox === "oracle" ? SANDBOX_SIZES.demo : undefined;
      const project = createProject(directory, {
        ...(options.sandbox && { mind: options.sandbox }),
        ...(options.set !== undefined && { set: options.set }),
        ...(options.seed !== undefined && { seed: options.seed }),
        ...(sizes && { sizes }),
      });
      const status = await withStore(project, async (store) => {
        if (sizes && options.sandbox === "oracle") {
          await fillFromOracle({ project, store, clock: new SystemClock(), sizes });
        }
        return projectStatus(store);
      });
      const next =
        status.trainPool > 0
          ? `Its pools hold ${formatCount(status.trainPool)} instructions; \`lion run --project ${directory}\` starts the first iteration.`
          : `Next: look at lion.json, then bring instructions in with \`lion import FILE --project ${directory}\`.`;
      new Output({ json: options.json ?? false }).result(
        { project: project.directory, trainPool: status.trainPool, cachePool: status.cachePool },
        `Made a project in ${project.directory}.\n${next}`,
      );
    });
}
