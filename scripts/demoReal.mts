// The main job behind `npm run demo:real`: one iteration on recorded instructions, before and after compared.
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { formatDuration, Output } from "../src/cli/output.ts";
import { environmentKey, withStore } from "../src/cli/shared.ts";
import { formatTable } from "../src/cli/table.ts";
import { SystemClock } from "../src/core/clock.ts";
import { LionError } from "../src/core/errors.ts";
import { instructionOf } from "../src/core/pool/instruction.ts";
import { isHard } from "../src/core/referee/verdict.ts";
import { approvalCounts } from "../src/core/review/approval.ts";
import { STAGES } from "../src/core/store/iterations.ts";
import type { Store } from "../src/core/store/store.ts";
import { Engine } from "../src/engine/engine.ts";
import { installation, sandboxEntry, trainerRoot } from "../src/engine/installation.ts";
import { pythonOf } from "../src/engine/services.ts";
import { clearProject } from "./clearProject.mts";
import { BASELINE, rateBaseline } from "./demoReal/baseline.mts";
import { sideBySide } from "./demoReal/columns.mts";
import { bestMiddleWorst, type Comparison, type PairedFigure, paired, rougeL } from "./demoReal/figures.mts";
import { createRealProject, fillPools } from "./demoReal/project.mts";
import { SIZES } from "./demoReal/sizes.mts";
import { runScript } from "./runScript.mts";

const WIDEST = 110;
const ANSWER_LINES = 12;

/** The paper's τ, which is for a model's ratings; the project's own is in SIZES. */
const PAPER_TAU = 1;

const [set = "", weights = ""] = process.argv.slice(2);
const directory = join(installation, "demo-real");
const output = new Output({ json: false });

await runScript(output, main);

async function main(): Promise<void> {
  await clearProject(directory);
  const started = Date.now();
  const project = createRealProject({ directory, set, weights, name: "demo-real" });
  output.say(
    `One iteration on real text: SmolLM2-135M learns from ${SIZES.train} of Alpaca's recorded answers (${SIZES.epochs} epochs) and answers ${SIZES.compared} other\ninstructions before and after. Under 10 minutes on two idle cores.`,
  );
  await withStore(project, (store) =>
    fillPools({
      ...{ project, store, set, weights, clock: new SystemClock(), sizes: SIZES },
      python: pythonOf(project, trainerRoot),
    }),
  );
  const steps = 1 + STAGES.length;
  const begin = (step: number, title: string): void =>
    output.say(`[${step} of ${steps}, ${formatDuration(Date.now() - started)}] ${title}`);

  begin(1, "Before the training: the student answers, the referee rates");
  const interrupted = new AbortController();
  const interrupt = (): void => {
    if (interrupted.signal.aborted) {
      process.exit(130);
    }
    interrupted.abort(new LionError("interrupted", "Stopped: `npm run demo:real` starts anew."));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, interrupt);
  }
  await withStore(project, (store) =>
    rateBaseline(project, store, (event) => output.event(event), interrupted.signal),
  ).catch((error: unknown) => {
    // What a job's end says about going on is true of the loop's iterations alone.
    throw interrupted.signal.aborted ? interrupted.signal.reason : error;
  });

  const engine = await Engine.open(project, {
    listener: (event) => {
      if (event.event !== "stage") {
        output.event(event);
      }
    },
    keyOf: environmentKey,
    sandboxEntry,
    trainerRoot,
  });
  interrupted.signal.addEventListener("abort", () => engine.pause());
  try {
    for (const [place, stage] of STAGES.entries()) {
      interrupted.signal.throwIfAborted();
      begin(place + 2, `Iteration 1: ${stage}`);
      await engine.run({ only: stage, approval: "auto" });
    }
    report(engine.store, Date.now() - started);
  } finally {
    await engine.close();
  }
}

/** The panel's instructions that were rated both times, with all that was said. */
function comparisonsIn(store: Store): Comparison[] {
  const before = new Map(store.ratings.verdicts(BASELINE, "panel").map((verdict) => [verdict.instructionId, verdict]));
  return store.ratings.verdicts(1, "panel").flatMap((after) => {
    const earlier = before.get(after.instructionId);
    const instruction = store.instructions.get(after.instructionId);
    if (!earlier || !instruction) {
      return [];
    }
    const said = (id: number): string => store.ledger.answer(id).text;
    return {
      instruction: [instructionOf(instruction), instruction.input].filter(Boolean).join(" — "),
      teacher: said(after.teacherAnswerId),
      before: said(earlier.studentAnswerId),
      after: said(after.studentAnswerId),
      gapBefore: earlier.gap,
      gapAfter: after.gap,
    };
  });
}

function report(store: Store, milliseconds: number): void {
  const all = comparisonsIn(store);
  const hard = (gap: number | null, tau: number): number | null => (gap === null ? null : Number(isHard(gap, tau)));
  const words = (text: string): number => text.split(/\s+/u).filter(Boolean).length;
  const overlapOf = ({ teacher, before, after }: Comparison): [number, number] => [
    rougeL(teacher, before),
    rougeL(teacher, after),
  ];
  const share = (tau: number): PairedFigure | null =>
    paired(all, ({ gapBefore, gapAfter }) => [hard(gapBefore, tau), hard(gapAfter, tau)]);
  const figures: Array<[string, PairedFigure | null, (value: number) => string]> = [
    ["ROUGE-L with the teacher", paired(all, overlapOf), (value) => value.toFixed(3)],
    ["gap (teacher − student)", paired(all, (one) => [one.gapBefore, one.gapAfter]), (value) => value.toFixed(2)],
    [`hard share at τ = ${SIZES.tau}`, share(SIZES.tau), percent],
    [`hard share at τ = ${PAPER_TAU}`, share(PAPER_TAU), percent],
    ["words an answer", paired(all, ({ before, after }) => [words(before), words(after)]), (value) => value.toFixed(0)],
  ];
  const rows = figures.flatMap(([name, figure, show]) => (figure ? [rowOf(name, figure, show)] : []));
  const counts = approvalCounts(store, 1);
  output.say(
    `\nDone in ${formatDuration(milliseconds)} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}).\n\n` +
      `${all.length} instructions that were not trained on, before and after, with the mean change of each and its 95 % interval:\n\n` +
      `${formatTable(["", "before", "after", "change"], rows)}\n\n` +
      `The same referee rated both, in both orders. ${counts.approved} new instructions were generated and approved.`,
  );
  const width = Math.min(WIDEST, process.stdout.columns || WIDEST);
  const titles = ["The largest gain", "The middle one", "The largest loss"];
  for (const [place, chosen] of bestMiddleWorst(all, (one) => overlapOf(one)[1] - overlapOf(one)[0]).entries()) {
    const [before, after] = overlapOf(chosen);
    const columns = [
      { title: `before (${before.toFixed(2)})`, text: chosen.before },
      { title: `after (${after.toFixed(2)})`, text: chosen.after },
      { title: "teacher", text: chosen.teacher },
    ];
    const question = sideBySide([{ title: `${titles[place]}:`, text: chosen.instruction }], { width, height: 3 });
    output.say(`\n${question}\n\n${sideBySide(columns, { width, height: ANSWER_LINES })}`);
  }
  const folder = relative(process.cwd(), directory) || ".";
  output.say(
    `\nThe project stays in ${folder}. \`npx lion run --project ${folder}\` closes the round: it trains on the new instructions.`,
  );
}

function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`;
}

function rowOf(name: string, { before, after, change }: PairedFigure, show: (value: number) => string): string[] {
  const signed = (value: number): string => (value > 0 ? `+${show(value)}` : show(value).replace("-", "−"));
  const interval = `${signed(change.value)} (${signed(change.low)} to ${signed(change.high)})`;
  return [name, show(before), show(after), interval];
}
