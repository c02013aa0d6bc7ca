import { AskFailed } from "../models/askFailed.ts";
import type { Instruction } from "../pool/instruction.ts";
import { parseScores } from "../referee/parse.ts";
import { type RefereePrompt, type RefereeRequest, refereeMessages, type Wording } from "../referee/prompt.ts";
import { deriveVerdict, type PairVerdict } from "../referee/verdict.ts";
import type { Answer } from "../store/ledger.ts";
import type { FirstShown } from "../store/ratings.ts";
import { endpointOf, type StageContext } from "./context.ts";

interface Scores {
  readonly teacher: number;
  readonly student: number;
}

/** Whoever compares a teacher's and a student's answer. */
export interface Rater {
  rate(instruction: Instruction, teacher: Answer, student: Answer): Promise<PairVerdict>;
}

type RaterContext = Pick<StageContext, "store" | "clock" | "asker" | "config" | "iteration" | "signal">;

/** Has the referee rate a teacher's and a student's answer, in both orders, and derives the verdict. */
export class PairRater implements Rater {
  readonly #context: RaterContext;
  readonly #profile: string;
  readonly #wordings: readonly Wording[];
  readonly #orders: readonly FirstShown[];
  readonly #customPrompt: string | undefined;
  readonly #reratingId: number | null;

  /**
   * @param customPrompt the project's own prompt.
   * @param reratingId the re-rating that asks; each asks with a prompt version of its own, so that nothing that was
   *   answered before stands in for a new reply.
   */
  constructor(context: RaterContext, customPrompt?: string, reratingId: number | null = null) {
    const { name, profile } = endpointOf(context.config, "referee");
    this.#context = context;
    this.#profile = name;
    this.#customPrompt = customPrompt;
    this.#reratingId = reratingId;
    this.#wordings = profile.structuredOutput ? ["standard", "reworded", "structured"] : ["standard", "reworded"];
    this.#orders = context.config.discrimination.orders === "both" ? ["teacher", "student"] : ["teacher"];
  }

  async rate(instruction: Instruction, teacher: Answer, student: Answer): Promise<PairVerdict> {
    const ratings = await Promise.all(
      this.#orders.map((firstShown) => this.#rateInOrder(instruction, teacher, student, firstShown)),
    );
    return deriveVerdict(ratings, { margin: this.#context.config.discrimination.contradictionMargin });
  }

  /** One order: asked again in other words while the reply cannot be read; null when it stays unparsed. */
  async #rateInOrder(
    instruction: Instruction,
    teacher: Answer,
    student: Answer,
    firstShown: FirstShown,
  ): Promise<Scores | null> {
    const [first, second] = firstShown === "teacher" ? [teacher, student] : [student, teacher];
    for (const wording of this.#wordings) {
      const prompt = this.#prompt({ instruction, first: first.text, second: second.text, wording });
      const reply = await this.#ask(instruction, prompt);
      if (!reply) {
        return null;
      }
      const parsed = parseScores(reply.text);
      const scores =
        "unparsed" in parsed
          ? null
          : firstShown === "teacher"
            ? { teacher: parsed.first, student: parsed.second }
            : { teacher: parsed.second, student: parsed.first };
      this.#context.store.ratings.add(
        {
          instructionId: instruction.id,
          iteration: this.#context.iteration,
          firstShown,
          teacherAnswerId: teacher.id,
          studentAnswerId: student.id,
          answerId: reply.id,
          promptVersion: prompt.promptVersion,
          scores,
          unparsed: "unparsed" in parsed ? parsed.unparsed : null,
        },
        this.#context.clock.now(),
        this.#reratingId,
      );
      if (scores) {
        return scores;
      }
    }
    return null;
  }

  #prompt(request: Omit<RefereeRequest, "custom">): RefereePrompt {
    const prompt = refereeMessages({
      ...request,
      ...(this.#customPrompt !== undefined && { custom: this.#customPrompt }),
    });
    return this.#reratingId === null
      ? prompt
      : { ...prompt, promptVersion: `${prompt.promptVersion}/again-${this.#reratingId}` };
  }

  async #ask(instruction: Instruction, prompt: RefereePrompt): Promise<Answer | null> {
    try {
      return await this.#context.asker.ask(
        {
          role: "referee",
          profile: this.#profile,
          messages: prompt.messages,
          promptVersion: prompt.promptVersion,
          draw: 0,
          instructionId: instruction.id,
          iteration: this.#context.iteration,
          ...(prompt.responseFormat && { parameters: { response_format: prompt.responseFormat } }),
        },
        this.#context.signal,
      );
    } catch (error) {
      if (error instanceof AskFailed) {
        return null;
      }
      throw error;
    }
  }
}
