import { LionError } from "../../core/errors.ts";
import { isHard } from "../../core/referee/verdict.ts";
import { subjectNumber } from "../../core/review/fold.ts";
import type { Choice } from "../../core/review/judging.ts";
import { CHOICES, HALF_OF } from "../../core/review/judging.ts";
import { openSuggestions, type Suggestion } from "../../core/review/suggestions.ts";
import { reasonChoices } from "../trees/candidateItems.ts";
import type { ToolContext } from "./tool.ts";
import { fieldsOf, oneOf, textOf, wholeNumber } from "./toolInput.ts";

const KINDS = ["approve", "refuse", "override", "agree", "exclude", "reject"] as const;
const LONGEST_REASON = 1000;

type Kind = (typeof KINDS)[number];
type Fields = ReturnType<typeof fieldsOf>;

/** What an agent proposes, checked, and what it would mean in the person's language. */
export interface Proposal extends Suggestion {
  readonly meaning: string;
}

/**
 * Reads a proposal and checks that a person could decide so at this moment.
 *
 * @throws LionError of kind `input` that says to the model what is wrong and what would be right.
 */
export function proposalOf(input: unknown, context: ToolContext): Proposal {
  const fields = fieldsOf(input);
  const kind = oneOf(fields, "kind", KINDS, null);
  const subject = textOf(fields, "subject", 100);
  const reason = textOf(fields, "reason", LONGEST_REASON);
  if (kind === null) {
    throw new LionError("input", `"kind" is missing: one of ${KINDS.join(", ")}.`);
  }
  if (reason === "") {
    throw new LionError("input", '"reason" is empty: say in a sentence why, for the person who decides.');
  }
  const { payload, meaning } =
    kind === "override" || kind === "agree"
      ? onVerdict(kind, verdictOf(subject, context), fields, context)
      : onInstruction(kind, instructionOf(subject, kind, context), fields, context);
  if (openSuggestions(context.store, subject).some((one) => one.kind === kind && one.actor === context.agent)) {
    throw new LionError("input", `"${kind}" is suggested for ${subject} already and waits for a person.`);
  }
  return { actor: context.agent, subject, kind, payload, reason, meaning };
}

type Checked = Pick<Proposal, "payload" | "meaning">;

interface NamedVerdict {
  readonly id: number;
  readonly iteration: number;
  readonly gap: number | null;
  /** What the referee's scores amount to by the iteration's τ; null where it gave none. */
  readonly referee: "hard" | "easy" | null;
}

function verdictOf(subject: string, { store, browser }: ToolContext): NamedVerdict {
  const iteration = Number(/^verdict:(\d+):\d+$/.exec(subject)?.[1] ?? Number.NaN);
  if (Number.isNaN(iteration)) {
    throw new LionError(
      "input",
      '"subject" must be a verdict like "verdict:2:17" (iteration 2, instruction 17), as the listing tools show it.',
    );
  }
  const id = subjectNumber(subject);
  const verdict = store.ratings.verdictsOf(id).find((one) => one.iteration === iteration);
  if (!verdict) {
    throw new LionError(
      "input",
      `Instruction #${id} has no verdict in iteration ${iteration}: look it up with lion_get_instruction.`,
    );
  }
  const tau = browser.iterationSummaries().find(({ number }) => number === iteration)?.tau ?? 1;
  const { gap } = verdict;
  return { id, iteration, gap, referee: gap === null ? null : isHard(gap, tau) ? "hard" : "easy" };
}

function onVerdict(
  kind: "override" | "agree",
  { id, iteration, gap, referee }: NamedVerdict,
  fields: Fields,
  { words }: ToolContext,
): Checked {
  if (kind === "agree") {
    if (referee === null) {
      throw new LionError(
        "input",
        `The verdict on #${id} in iteration ${iteration} is unscored: there is nothing to agree with, propose "override".`,
      );
    }
    return {
      payload: { half: referee, gap, referee },
      meaning: words.t("agree with the referee on #{0} in iteration {1}: gap {2}", id, iteration, words.gap(gap ?? 0)),
    };
  }
  const choice = oneOf(fields, "choice", CHOICES, null);
  if (choice === null) {
    throw new LionError("input", `"override" needs "choice": one of ${CHOICES.join(", ")}.`);
  }
  return {
    payload: { choice, half: HALF_OF[choice], referee },
    meaning: words.t("judge #{0} in iteration {1}: {2}", id, iteration, choiceWord(choice, words)),
  };
}

function choiceWord(choice: Choice, words: ToolContext["words"]): string {
  return {
    teacher: words.t("the teacher's answer is better"),
    tie: words.t("both answers are equally good"),
    student: words.t("the student's answer is better"),
    hard: words.t("hard"),
    easy: words.t("easy"),
  }[choice];
}

function instructionOf(subject: string, kind: Kind, { store }: ToolContext): number {
  if (!/^instruction:\d+$/.test(subject)) {
    throw new LionError("input", `"subject" must be an instruction like "instruction:17" where "kind" is "${kind}".`);
  }
  const id = subjectNumber(subject);
  if (!store.instructions.get(id)) {
    throw new LionError("input", `There is no instruction #${id}: list some with the listing tools.`);
  }
  return id;
}

function onInstruction(
  kind: Exclude<Kind, "override" | "agree">,
  id: number,
  fields: Fields,
  context: ToolContext,
): Checked {
  const { store, words } = context;
  if (kind === "reject") {
    const answerId = wholeNumber(fields, "answerId", { least: 1, most: Number.MAX_SAFE_INTEGER, otherwise: null });
    if (!store.ledger.answersOf(id, "teacher").some((answer) => answer.id === answerId)) {
      throw new LionError(
        "input",
        `"reject" needs "answerId", the id of a teacher's answer to #${id}: see lion_get_instruction.`,
      );
    }
    return {
      payload: { answerId },
      meaning: words.t("call answer {0} to #{1} wrong, the teacher's", Number(answerId), id),
    };
  }
  if (kind === "exclude") {
    const code = reasonCode(kind, fields, context);
    return {
      payload: { reason: code },
      meaning: words.t("exclude #{0} from draws, training and exports: {1}", id, code),
    };
  }
  return onCandidate(kind, id, fields, context);
}

function onCandidate(kind: "approve" | "refuse", id: number, fields: Fields, context: ToolContext): Checked {
  const { browser, words } = context;
  const candidate = browser.candidates.get(id);
  if (!candidate) {
    throw new LionError("input", `#${id} is no candidate: only candidates are approved or refused.`);
  }
  const { state, filter } = candidate;
  const stays = kind === "approve" ? ["approved"] : ["refused", "filtered"];
  if ([...stays, "excluded", "replaced"].includes(state)) {
    throw new LionError("input", `Candidate #${id} is ${state}, so there is nothing to ${kind}.`);
  }
  if (kind === "refuse") {
    const code = reasonCode(kind, fields, context);
    return { payload: { reason: code }, meaning: words.t("refuse candidate #{0}: {1}", id, code) };
  }
  return state === "filtered"
    ? {
        payload: { overrule: true },
        meaning: words.t("approve candidate #{0} although a filter refused it ({1})", id, filter ?? ""),
      }
    : { payload: {}, meaning: words.t("approve candidate #{0}", id) };
}

/** Why something is refused or excluded, as one of the codes that people use. */
function reasonCode(kind: Kind, fields: Fields, { words }: ToolContext): string {
  const codes = reasonChoices(words).map(({ code }) => code);
  const code = oneOf(fields, "code", codes, null);
  if (code === null) {
    throw new LionError("input", `"${kind}" needs "code": one of ${codes.join(", ")}.`);
  }
  return code;
}
