import { LionError } from "../errors.ts";
import { isHard } from "../referee/verdict.ts";
import type { Half } from "../store/candidates.ts";
import type { Verdict } from "../store/ratings.ts";
import type { Store } from "../store/store.ts";
import { type Act, type ActContext, type ActOptions, type ActRow, addAct } from "./act.ts";
import { decidedAbout } from "./decided.ts";
import { instructionSubject, verdictSubject } from "./fold.ts";
import { requireInstruction } from "./knownCandidates.ts";

/** An instruction's verdict in one iteration. */
export interface VerdictTarget {
  readonly iteration: number;
  readonly instructionId: number;
}

/** What a person says in place of the referee: which answer is better, or the half itself. */
export type Choice = "teacher" | "tie" | "student" | "hard" | "easy";

export const CHOICES: readonly Choice[] = ["teacher", "tie", "student", "hard", "easy"];

/** Only where the teacher is better by far is there something to learn: a tie and a better student are easy. */
export const HALF_OF: Readonly<Record<Choice, Half>> = {
  teacher: "hard",
  hard: "hard",
  tie: "easy",
  student: "easy",
  easy: "easy",
};

const LEAST_SCORE = 1;
const MOST_SCORE = 10;

/**
 * One person's judgement of verdicts and of the teacher's answers. Every act is one group, stored whole or not at all;
 * all throw a LionError of kind `input` when it cannot be, and then nothing is stored.
 */
export class Judging {
  readonly #context: ActContext;

  constructor(options: ActContext) {
    this.#context = options;
  }

  /** Confirms the referee's verdict, and takes an earlier override back. It must be scored. */
  agree(target: VerdictTarget, options: ActOptions = {}): Act {
    return this.#judge(target, options, ({ gap }, referee) => {
      if (referee === null) {
        throw new LionError(
          "input",
          `The verdict on #${target.instructionId} in iteration ${target.iteration} is unscored, so there is nothing to agree with: judge it or give scores.`,
        );
      }
      return { kind: "agree", payload: { half: referee, gap, referee } };
    });
  }

  /** Puts a person's choice in the verdict's place. */
  override(target: VerdictTarget, choice: Choice, options: ActOptions = {}): Act {
    return this.#judge(target, options, (_, referee) => ({
      kind: "override",
      payload: { choice, half: HALF_OF[choice], referee },
    }));
  }

  /**
   * Puts a person's scores in the verdict's place; hard or easy then follows from τ as it does for the referee's.
   *
   * @param scores 1 to 10, with two decimals at most.
   */
  score(
    target: VerdictTarget,
    { teacher, student }: { readonly teacher: number; readonly student: number },
    options: ActOptions = {},
  ): Act {
    requireScore("teacher", teacher);
    requireScore("student", student);
    // Of two decimals each; what else there is comes from binary fractions.
    const gap = Math.round(100 * teacher - 100 * student) / 100;
    return this.#judge(target, options, (_, referee, tau) => ({
      kind: "override",
      payload: { choice: "scores", teacher, student, gap, referee, opinion: isHard(gap, tau) ? "hard" : "easy" },
    }));
  }

  /** Puts an answer that this person wrote in the place of the teacher's. */
  correct(instructionId: number, text: string, options: ActOptions = {}): Act & { readonly answerId: number } {
    const { store, actor, clock } = this.#context;
    return store.write(() => {
      this.#requireStanding(instructionId);
      const replaced = this.#teacherAnswer(instructionId);
      requireAnswer(instructionId, text, replaced?.text ?? null);
      const { id: answerId } = store.ledger.insertAnswer(
        {
          ...{ requestKey: null, role: "teacher", origin: "person", writtenBy: actor, profile: null, modelAsked: null },
          ...{ parameters: "{}", text, kind: "complete", finishReason: "stop" },
          ...{ inputTokens: null, outputTokens: null, cost: null },
        },
        clock.now(),
      );
      store.ledger.link(instructionId, "teacher", answerId);
      const payload = { answerId, replaces: replaced?.id ?? null };
      const row: ActRow = { kind: "correct", subject: instructionSubject(instructionId), payload };
      return { ...addAct(this.#context, [row], options), answerId };
    });
  }

  /** Says that a teacher's answer is wrong, so that it is used no more. */
  reject(instructionId: number, answerId: number, options: ActOptions = {}): Act {
    const { store } = this.#context;
    return store.write(() => {
      this.#requireStanding(instructionId);
      if (!store.ledger.answersOf(instructionId, "teacher").some(({ id }) => id === answerId)) {
        throw new LionError(
          "input",
          `Answer ${answerId} is no teacher's answer to #${instructionId}: name one of its own.`,
        );
      }
      const row: ActRow = { kind: "reject", subject: instructionSubject(instructionId), payload: { answerId } };
      return addAct(this.#context, [row], options);
    });
  }

  #judge(
    { iteration, instructionId }: VerdictTarget,
    options: ActOptions,
    decide: (verdict: Verdict, referee: Half | null, tau: number) => Pick<ActRow, "kind" | "payload">,
  ): Act {
    const { store } = this.#context;
    return store.write(() => {
      this.#requireStanding(instructionId);
      // The draw's verdict stands before the panel's.
      const verdict = store.ratings.verdictsOf(instructionId).find((one) => one.iteration === iteration);
      if (!verdict) {
        throw new LionError(
          "input",
          `#${instructionId} has no verdict in iteration ${iteration}: it was not rated there.`,
        );
      }
      const tau = tauOf(store, iteration);
      const referee = verdict.gap === null ? null : isHard(verdict.gap, tau) ? "hard" : "easy";
      const subject = verdictSubject(iteration, instructionId);
      return addAct(this.#context, [{ subject, ...decide(verdict, referee, tau) }], options);
    });
  }

  /** The answer that counts as the teacher's: a person's, else the newest complete one that nobody found wrong. */
  #teacherAnswer(instructionId: number): { readonly id: number; readonly text: string } | null {
    const { store } = this.#context;
    const { corrected, rejected } = decidedAbout(store, [instructionId]);
    const wrong = rejected.get(instructionId);
    const answers = store.ledger.answersOf(instructionId, "teacher").filter(({ id }) => !wrong?.has(id));
    const written = answers.find(({ id }) => id === corrected.get(instructionId));
    return written ?? answers.findLast(({ kind, origin }) => kind === "complete" && origin !== "person") ?? null;
  }

  #requireStanding(id: number): void {
    const { store } = this.#context;
    requireInstruction(store, id);
    if (decidedAbout(store, [id]).excluded.has(id)) {
      throw new LionError("input", `#${id} is excluded: undo that first.`);
    }
  }
}

/** The τ that an iteration was frozen with. */
function tauOf(store: Store, iteration: number): number {
  return store.iterations.all().find(({ number }) => number === iteration)?.config.discrimination.tau ?? 1;
}

function requireScore(whose: "teacher" | "student", score: number): void {
  const isRight = score >= LEAST_SCORE && score <= MOST_SCORE && Math.abs(Math.round(100 * score) - 100 * score) < 1e-6;
  if (!isRight) {
    throw new LionError(
      "input",
      `${score} is no score for the ${whose}'s answer: give a number from ${LEAST_SCORE} to ${MOST_SCORE} with two decimals at most.`,
    );
  }
}

function requireAnswer(instructionId: number, text: string, before: string | null): void {
  if (text.trim() === "") {
    throw new LionError("input", `The answer to #${instructionId} is empty: write one, or exclude the instruction.`);
  }
  if (text.includes("\0") || !text.isWellFormed()) {
    throw new LionError(
      "input",
      `The answer to #${instructionId} has a NUL character or half a character in it: take it out.`,
    );
  }
  if (text === before) {
    throw new LionError("input", `The answer to #${instructionId} is what it was: change it, or leave it.`);
  }
}
