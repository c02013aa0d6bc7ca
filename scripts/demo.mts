// The main job behind `npm start`: a demo project on the embedded oracle, run to its end, and what came of it.
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { iterationTable } from "../src/cli/commands/status.ts";
import { formatCount, formatDuration, Output } from "../src/cli/output.ts";
import { environmentKey, withStore } from "../src/cli/shared.ts";
import { formatTable } from "../src/cli/table.ts";
import { SystemClock } from "../src/core/clock.ts";
import { wouldAnotherRoundPay } from "../src/core/evaluation/curve.ts";
import type { LoopEvent } from "../src/core/loop/events.ts";
import { type IterationStatus, projectStatus } from "../src/core/loop/status.ts";
import { fillFromOracle } from "../src/core/pool/fromOracle.ts";
import { createProject } from "../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../src/core/project/presets.ts";
import type { Store } from "../src/core/store/store.ts";
import { Engine } from "../src/engine/engine.ts";
import { installation, sandboxEntry, trainerRoot } from "../src/engine/installation.ts";
import { clearProject } from "./clearProject.mts";
import { runScript } from "./runScript.mts";

const SIZES = {
  demo: { sizes: SANDBOX_SIZES.demo, about: "about 4 minutes on two idle cores" },
  full: { sizes: SANDBOX_SIZES.full, about: "about 7 minutes on two idle cores" },
  quick: { sizes: SANDBOX_SIZES.quick, about: "under 2 minutes, in which the student learns little" },
} as const;

const directory = join(installation, "demo");
const output = new Output({ json: false });

await runScript(output, main);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { full: { type: "boolean" }, quick: { type: "boolean" } } });
  const name = values.full ? "full" : values.quick ? "quick" : "demo";
  const { sizes, about } = SIZES[name];
  await clearProject(directory);
  const project = createProject(directory, { mind: "oracle", sizes, name: "demo" });
  await withStore(project, (store) => fillFromOracle({ project, store, clock: new SystemClock(), sizes }));
  const stages = 3 * sizes.iterations + 1;
  output.say(
    `The demo: ${sizes.families.length} families of small tasks, ${formatCount(sizes.pool)} seed instructions, ${formatCount(sizes.newInstructions)} new ones an iteration.\n` +
      `${sizes.iterations} iterations and a closing training, ${stages} stages in all; ${about}.`,
  );
  const started = Date.now();
  let stage = 0;
  const engine = await Engine.open(project, {
    listener: (event: LoopEvent) => {
      if (event.event === "stage" && event.state === "running") {
        const closing = event.iteration > sizes.iterations ? "closing " : "";
        output.say(
          `[stage ${++stage} of ${stages}, ${formatDuration(Date.now() - started)}] Iteration ${event.iteration}: ${closing}${event.stage}`,
        );
      } else {
        output.event(event);
      }
    },
    keyOf: environmentKey,
    sandboxEntry,
    trainerRoot,
  });
  const pause = (): void => (engine.pausing ? process.exit(130) : engine.pause());
  process.on("SIGINT", pause);
  process.on("SIGTERM", pause);
  try {
    await engine.run({ approval: "auto" });
    report(engine.store, Date.now() - started, name);
  } finally {
    await engine.close();
  }
}

function report(store: Store, milliseconds: number, name: keyof typeof SIZES): void {
  const { iterations } = projectStatus(store);
  output.say(`\nDone in ${formatDuration(milliseconds)}.\n\n${iterationTable(iterations)}`);
  output.say(`\nExact match on the held-out set, by level:\n\n${levelTable(iterations)}`);
  const measured = iterations.map(({ number }) => store.ratings.verdicts(number, "panel"));
  const [previous, current] = measured.filter((panel) => panel.length > 0).slice(-2);
  if (previous && current) {
    output.say(`\n${wouldAnotherRoundPay(previous, current).sentence}`);
  }
  if (name === "quick") {
    output.say("This was the quick size, which learns little: `npm start` without --quick shows what the loop does.");
  }
  const folder = relative(process.cwd(), directory) || ".";
  output.say(
    [
      "",
      `The project stays in ${folder}. Look around in it:`,
      `  npx lion status --project ${folder}`,
      `  npx lion review list --state filtered --project ${folder}`,
      `  npx lion export cache cache.json --project ${folder}`,
      `or make another iteration: npx lion run --iterations ${iterations.length} --approval auto --project ${folder}`,
    ].join("\n"),
  );
}

/** One column for each training, one line for each level of the held-out set. */
function levelTable(iterations: readonly IterationStatus[]): string {
  const evaluated = iterations.flatMap(({ number, evaluation }) => (evaluation ? [{ number, evaluation }] : []));
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const levels = evaluated[0]?.evaluation.levels.map(({ level }) => level) ?? [];
  const rows = levels.map((level) => [
    `level ${level}`,
    ...evaluated.map(({ evaluation }) => percent(evaluation.levels.find((score) => score.level === level)?.share ?? 0)),
  ]);
  return formatTable(
    ["", ...evaluated.map(({ number }) => `training ${number}`)],
    [...rows, ["all", ...evaluated.map(({ evaluation }) => percent(evaluation.share))]],
  );
}
