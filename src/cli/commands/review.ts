import { type Command, Option } from "commander";
import { SystemClock } from "../../core/clock.ts";
import { LionError } from "../../core/errors.ts";
import { instructionOf } from "../../core/pool/instruction.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import { approvalCounts, finishApproval } from "../../core/review/approval.ts";
import type { CandidateState } from "../../core/review/candidateState.ts";
import type { CandidateFilter, ListedCandidate } from "../../core/review/listing.ts";
import { Review } from "../../core/review/review.ts";
import type { Half } from "../../core/store/candidates.ts";
import type { Store } from "../../core/store/store.ts";
import { formatCount, Output } from "../output.ts";
import { currentPerson, openProject, parseIds, wholeNumber, withCommonOptions, withStore } from "../shared.ts";
import { registerEditing } from "./reviewEdit.ts";
import { registerJudging } from "./reviewJudge.ts";
import {
  actOptions,
  type DecidingOptions,
  deciderIn,
  type PersonOptions,
  withDeciding,
  withPerson,
} from "./reviewShared.ts";
import { registerUndo } from "./reviewUndo.ts";

interface FilterOptions extends DecidingOptions {
  readonly state?: CandidateState;
  readonly half?: Half;
  readonly iteration?: number;
  readonly sample?: boolean;
  readonly all?: boolean;
}

interface RefuseOptions extends FilterOptions {
  readonly reason: string;
}

const TEXT_SHOWN = 100;

export function registerReview(program: Command): void {
  const review = program.command("review").description("look at candidates and decide about them");

  withFilter(withCommonOptions(review.command("list")), "waiting")
    .description("list candidates")
    .action(async (options: FilterOptions) => {
      const project = openProject(options);
      const listed = await withStore(
        project,
        (store) => reviewOf(store, options).list(filterOf(options, project.config)),
        { readonly: true },
      );
      const text = listed.length === 0 ? "No such candidates." : listed.map(describe).join("\n");
      new Output({ json: options.json ?? false }).result(listed.map(toJson), text);
    });

  withFilter(withDeciding(review.command("approve")), "waiting")
    .description("approve candidates by id, or with --all those that match the filter")
    .argument("[ids...]", "ids, as `review list` shows them")
    .option("--overrule", "approve also what a filter refused")
    .action(async (ids: string[], options: FilterOptions & { overrule?: boolean }) => {
      await decide(ids, options, "approved", (review, chosen) =>
        review.approve(chosen, { overrule: options.overrule ?? false, ...actOptions(options) }),
      );
    });

  withFilter(withDeciding(review.command("refuse")), "waiting")
    .description("refuse candidates by id, or with --all those that match the filter")
    .argument("[ids...]", "ids, as `review list` shows them")
    .requiredOption("--reason <reason>", "why, in a word or a sentence")
    .action(async (ids: string[], options: RefuseOptions) => {
      await decide(ids, options, "refused", (review, chosen) =>
        review.refuse(chosen, options.reason, actOptions(options)),
      );
    });

  withDeciding(review.command("exclude"))
    .description("leave instructions out of draws, training, exports and counts from the next stage on")
    .argument("<ids...>", "ids of candidates or of instructions in the pools")
    .requiredOption("--reason <reason>", "why, in a word or a sentence")
    .action(async (texts: string[], options: RefuseOptions) => {
      const ids = parseIds(texts);
      await withStore(openProject(options), (store) =>
        reviewOf(store, options).exclude(ids, options.reason, actOptions(options)),
      );
      new Output({ json: options.json ?? false }).result(
        { excluded: ids },
        `${formatCount(ids.length)} excluded, from the next stage on.`,
      );
    });

  registerUndo(review);
  registerEditing(review);
  registerJudging(review);

  withPerson(review.command("finish"))
    .description("end the approval: what is approved becomes the next Train pool and joins the Cache")
    .action(async (options: PersonOptions) => {
      const project = openProject(options);
      const result = await withStore(project, (store) =>
        finishApproval(store, new SystemClock(), options.actor ?? currentPerson()),
      );
      const missing = result.missing > 0 ? `, ${formatCount(result.missing)} fewer than wanted` : "";
      new Output({ json: options.json ?? false }).result(
        result,
        `Iteration ${result.iteration}: ${formatCount(result.approved)} approved (${formatCount(result.byHalf.hard)} from hard, ${formatCount(result.byHalf.easy)} from easy instructions)${missing}; they are the next Train pool. \`lion run\` goes on.`,
      );
    });
}

function withFilter(command: Command, state: CandidateState): Command {
  return command
    .addOption(
      new Option("--state <state>", "candidates in this state")
        .choices(["waiting", "approved", "refused", "filtered", "disputed"])
        .default(state),
    )
    .addOption(new Option("--half <half>", "candidates written from these").choices(["hard", "easy"]))
    .addOption(new Option("--iteration <n>", "candidates of this iteration").argParser(wholeNumber(1)))
    .option("--sample", "only the random sample of `sample` approval")
    .option("--all", "all that match the filter");
}

function filterOf({ state, half, iteration, sample }: FilterOptions, config: ProjectConfig): CandidateFilter {
  return {
    ...(state && { state }),
    ...(half && { half }),
    ...(iteration !== undefined && { iteration }),
    ...(sample && { sampleOf: config }),
  };
}

function reviewOf(store: Store, options: PersonOptions): Review {
  return new Review(deciderIn(store, options));
}

async function decide(
  texts: readonly string[],
  options: FilterOptions,
  word: "approved" | "refused",
  act: (review: Review, ids: readonly number[]) => void,
): Promise<void> {
  if (texts.length > 0 === (options.all ?? false)) {
    throw new LionError("input", "Name the candidates by their ids, or say --all for those that match the filter.");
  }
  const project = openProject(options);
  const { ids, counts } = await withStore(project, (store) => {
    const review = reviewOf(store, options);
    const ids = options.all ? review.list(filterOf(options, project.config)).map(({ id }) => id) : parseIds(texts);
    act(review, ids);
    return { ids, counts: approvalCounts(store) };
  });
  new Output({ json: options.json ?? false }).result(
    { [word]: ids, waiting: counts.waiting },
    `${formatCount(ids.length)} ${word}, ${formatCount(counts.waiting)} still wait.`,
  );
}

function toJson(candidate: ListedCandidate): Record<string, unknown> {
  const { instruction, ...rest } = candidate;
  return { ...rest, instruction: instructionOf(instruction), input: instruction.input };
}

/** One line a candidate; line breaks and control characters of the text must not reach the terminal. */
function describe(candidate: ListedCandidate): string {
  const text = instructionOf(candidate.instruction).replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ");
  const shown = text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
  const reason = candidate.reason ? ` [${candidate.reason}]` : "";
  return `#${candidate.id} ${candidate.half ?? "imported"}${reason} ${shown}`;
}
