import { LionError } from "../errors.ts";
import { AskFailed } from "../models/askFailed.ts";
import { OWN_PARAMETERS } from "../models/endpoints.ts";
import { messagesOf, PLAIN_PROMPT_VERSION } from "../models/messages.ts";
import type { Role } from "../models/types.ts";
import type { Instruction } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { effectiveState } from "../review/fold.ts";
import type { Answer } from "../store/ledger.ts";
import type { Store } from "../store/store.ts";
import { endpointOf, type StageContext, windowOf } from "./context.ts";
import { teacherFailures } from "./failedRequests.ts";
import { forEachInOrder } from "./inOrder.ts";

/** What a retry works with. `config` is the project's as it is now: whoever retries has just looked at it. */
export type RetryContext = Pick<
  StageContext,
  "store" | "clock" | "endpoints" | "asker" | "config" | "signal" | "report" | "note"
>;

export interface RetryOptions {
  /** Who is asked instead of the teacher's own profile. */
  readonly profile?: string;
  /** Added to the profile's parameters, and stronger than they are. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Whose failures; the teacher's by default. */
  readonly roles?: readonly Role[];
  /** Who asks; kept with the answers. */
  readonly actor: string;
}

export interface RetryResult {
  /** Instructions without a usable teacher's answer that were gone through. */
  readonly asked: number;
  /** Of them, those that have one now. */
  readonly answered: number;
  /** Of them, those not asked because the very same request has its reply already. */
  readonly unchanged: number;
  /** Requests to a served student that the next run asks once more. */
  readonly reopened: number;
}

/**
 * Asks the teacher again about instructions without a usable answer, with other parameters or another profile. The new
 * answers serve as the teacher's from now on, in the running iteration too. Failed requests are asked again also as they
 * were; a reply that was refused, empty, cut off or found wrong by a person would come back the same and is asked for only
 * when something is different.
 * A student's failed requests are opened again for the next run, as they are: asked otherwise it would be another student.
 *
 * What was answered before an interruption is not asked again.
 *
 * @throws LionError when the options make no sense, or the work must end early.
 */
export async function retryFailed(context: RetryContext, options: RetryOptions): Promise<RetryResult> {
  const { store } = context;
  const roles = options.roles ?? ["teacher"];
  checkRoles(roles, options);
  checkParameters(options.parameters ?? {});
  const reopened = roles.includes("student") ? store.write(() => store.ledger.reopenFailed("student")) : 0;
  if (!roles.includes("teacher")) {
    return { asked: 0, answered: 0, unchanged: 0, reopened };
  }
  return { ...(await retryTeacher(context, options)), reopened };
}

async function retryTeacher(
  context: RetryContext,
  options: RetryOptions,
): Promise<Pick<RetryResult, "asked" | "answered" | "unchanged">> {
  const { store, config, signal, report } = context;
  const profile = options.profile ?? teacherName(config);
  context.endpoints.profile(profile);
  const iteration = store.iterations.latest()?.number ?? 1;
  const instructions = store.instructions.getMany(teacherFailures(store).map(({ instructionId }) => instructionId));
  const { rejected } = effectiveState(store.decisions.upTo());
  const isWrong: IsWrong = ({ id }, answer) => rejected.get(id)?.has(answer.id) ?? false;
  let answered = 0;
  let unchanged = 0;
  await forEachInOrder(
    instructions,
    { window: windowOf(config), signal },
    (instruction) => askAgain(context, { ...options, profile, iteration }, instruction, isWrong),
    (outcome, _instruction, position) => {
      answered += outcome === "usable" ? 1 : 0;
      unchanged += outcome === "unchanged" ? 1 : 0;
      report("asked again", position + 1, instructions.length);
    },
  );
  return { asked: instructions.length, answered, unchanged };
}

/** Whether a person found an answer to an instruction wrong. */
type IsWrong = (instruction: Instruction, answer: Answer) => boolean;

function teacherName(config: ProjectConfig): string {
  return endpointOf(config, "teacher").name;
}

async function askAgain(
  { store, asker, signal }: RetryContext,
  { profile, parameters, iteration, actor }: RetryOptions & { readonly profile: string; readonly iteration: number },
  instruction: Instruction,
  isWrong: IsWrong,
): Promise<"usable" | "unusable" | "unchanged"> {
  const question = {
    role: "teacher" as const,
    profile,
    messages: messagesOf(instruction),
    promptVersion: PLAIN_PROMPT_VERSION,
    draw: 0,
    instructionId: instruction.id,
    iteration,
    ...(parameters && { parameters }),
  };
  const key = asker.keyOf(question);
  const stored = store.ledger.answerTo(key);
  if (stored && (stored.kind !== "complete" || isWrong(instruction, stored))) {
    return "unchanged";
  }
  store.ledger.reopen(key);
  try {
    const answer = await asker.ask(question, signal);
    choose(store, instruction, answer, actor);
    return answer.kind === "complete" ? "usable" : "unusable";
  } catch (error) {
    if (error instanceof AskFailed) {
      return "unusable";
    }
    throw error;
  }
}

/** Equal instructions share the answer, as they share the request. */
function choose(store: Store, instruction: Instruction, answer: Answer, actor: string): void {
  store.write(() => {
    for (const { id, purpose } of store.instructions.withContent(instruction.contentHash)) {
      if (purpose === instruction.purpose) {
        store.ledger.link(id, "teacher", answer.id, { chosenBy: actor });
      }
    }
  });
}

function checkRoles(roles: readonly Role[], { profile, parameters }: RetryOptions): void {
  const other = roles.find((role) => role !== "teacher" && role !== "student");
  if (other === "referee") {
    throw new LionError(
      "input",
      "What the referee failed on is not retried but rated again: use Re-rate Stored Answers, on the command line `lion rerate --unscored`.",
    );
  }
  if (other) {
    throw new LionError(
      "input",
      `Only the teacher's and the student's requests can be retried: the ${other}'s are replaced by new ones when the stage runs.`,
    );
  }
  if (roles.includes("student") && (profile !== undefined || Object.keys(parameters ?? {}).length > 0)) {
    throw new LionError(
      "input",
      "A student asked with other parameters or through another profile would be another student: retry its requests without them.",
    );
  }
}

function checkParameters(parameters: Readonly<Record<string, unknown>>): void {
  const own = Object.keys(parameters).find((name) => OWN_PARAMETERS.includes(name));
  if (own !== undefined) {
    throw new LionError("input", `The parameter "${own}" is set by each request itself: leave it out.`);
  }
}
