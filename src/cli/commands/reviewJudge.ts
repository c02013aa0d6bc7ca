import { type Command, InvalidArgumentError, Option } from "commander";
import { LionError } from "../../core/errors.ts";
import { type Dispute, disputesOf } from "../../core/review/disputes.ts";
import { opinionOf } from "../../core/review/fold.ts";
import { CHOICES, type Choice, Judging, type VerdictTarget } from "../../core/review/judging.ts";
import type { Store } from "../../core/store/store.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, parseIds, wholeNumber, withCommonOptions, withStore } from "../shared.ts";
import { actOptions, type DecidingOptions, deciderIn, withDeciding } from "./reviewShared.ts";

interface VerdictOptions extends DecidingOptions {
  readonly iteration?: number;
}

interface JudgeOptions extends VerdictOptions {
  readonly as: Choice | "agree";
}

interface ScoreOptions extends VerdictOptions {
  readonly teacher: number;
  readonly student: number;
}

/** `lion review judge`, `score` and `disputes`: verdicts and what people make of them. */
export function registerJudging(review: Command): void {
  withVerdict(review.command("judge"))
    .description("judge a verdict: agree with the referee, or put your own choice in its place")
    .addOption(
      new Option("--as <choice>", "which answer is better, the half itself, or agree with the referee")
        .choices([...CHOICES, "agree"])
        .makeOptionMandatory(),
    )
    .action(async (idText: string, options: JudgeOptions) => {
      const target = await judge(idText, options, (judging, target) =>
        options.as === "agree"
          ? judging.agree(target, actOptions(options))
          : judging.override(target, options.as, actOptions(options)),
      );
      new Output({ json: options.json ?? false }).result(
        { judged: target.instructionId, iteration: target.iteration, choice: options.as },
        `#${target.instructionId} in iteration ${target.iteration}: ${options.as}.`,
      );
    });

  withVerdict(review.command("score"))
    .description("put your own scores in a verdict's place, 1 to 10")
    .addOption(new Option("--teacher <n>", "the teacher's answer").argParser(score).makeOptionMandatory())
    .addOption(new Option("--student <n>", "the student's answer").argParser(score).makeOptionMandatory())
    .action(async (idText: string, options: ScoreOptions) => {
      const { teacher, student } = options;
      const target = await judge(idText, options, (judging, target) =>
        judging.score(target, { teacher, student }, actOptions(options)),
      );
      new Output({ json: options.json ?? false }).result(
        { scored: target.instructionId, iteration: target.iteration, teacher, student },
        `#${target.instructionId} in iteration ${target.iteration}: teacher ${teacher}, student ${student}.`,
      );
    });

  withCommonOptions(review.command("disputes"))
    .description("list what people's opinions differ on; whoever decides about it settles it")
    .action(async (options: CommonOptions) => {
      const disputes = await withStore(openProject(options), disputesOf, { readonly: true });
      new Output({ json: options.json ?? false }).result(
        disputes.map(toJson),
        disputes.length === 0 ? "Nothing is in dispute." : disputes.map(describe).join("\n"),
      );
    });
}

function withVerdict(command: Command): Command {
  return withDeciding(command)
    .argument("<id>", "the instruction")
    .addOption(new Option("--iteration <n>", "whose verdict (default: the latest one)").argParser(wholeNumber(1)));
}

function score(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) {
    throw new InvalidArgumentError("It must be a number from 1 to 10.");
  }
  return value;
}

/** Judges one verdict. Returns which one it was. */
function judge(
  idText: string,
  options: VerdictOptions,
  work: (judging: Judging, target: VerdictTarget) => unknown,
): Promise<VerdictTarget> {
  const [instructionId = 0] = parseIds([idText]);
  return withStore(openProject(options), (store) => {
    const target = { instructionId, iteration: options.iteration ?? latestVerdict(store, instructionId) };
    work(new Judging(deciderIn(store, options)), target);
    return target;
  });
}

function latestVerdict(store: Store, instructionId: number): number {
  const verdict = store.ratings.verdictsOf(instructionId).at(-1);
  if (!verdict) {
    throw new LionError("input", `#${instructionId} has no verdict: no iteration has rated it.`);
  }
  return verdict.iteration;
}

function toJson({ subject, opinions }: Dispute): Record<string, unknown> {
  return {
    subject,
    opinions: opinions.map((one) => ({ actor: one.actor, opinion: opinionOf(one), note: one.payload.note ?? null })),
  };
}

function describe({ subject, opinions }: Dispute): string {
  return `${subject} ${opinions.map((one) => `${one.actor}: ${opinionOf(one)}`).join(", ")}`;
}
