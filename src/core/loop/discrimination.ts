import type { Instruction } from "../pool/instruction.ts";
import type { PairVerdict } from "../referee/verdict.ts";
import { withoutExcluded } from "../review/pools.ts";
import type { Answer } from "../store/ledger.ts";
import type { Scope, Verdict } from "../store/ratings.ts";
import { studentAnswers, teacherAnswer } from "./answers.ts";
import { checkpointProfileOf, type StageContext, windowOf } from "./context.ts";
import { Draw, drawOrder, type Outcome } from "./draw.ts";
import { forEachInOrder, InOrder } from "./inOrder.ts";
import type { Rater } from "./pairRater.ts";
import { halves } from "./quota.ts";

/** A first wave of student answers is not smaller than this: starting a job costs seconds. */
const SMALLEST_WAVE = 64;

/** Room for the share of hard ones to turn out a little lower than it was so far. */
const WAVE_MARGIN = 1.15;

interface Rated {
  readonly teacher: Answer;
  readonly student: Answer;
  readonly verdict: PairVerdict;
}

type AskStudent = (instruction: Instruction) => Promise<Answer | null>;

/**
 * Discrimination (Lion, section 3.2): teacher and student answer instructions of the Cache, the referee scores both
 * answers in both orders. First the panel, then the draw, in seeded random order until its stop rule is met.
 */
export class Discrimination {
  readonly #context: StageContext;
  readonly #rater: Rater;
  readonly #window: number;

  constructor(context: StageContext, rater: Rater) {
    this.#context = context;
    this.#rater = rater;
    this.#window = windowOf(context.config);
  }

  async run(): Promise<void> {
    const { store, iteration, config, decided } = this.#context;
    const panel = withoutExcluded(this.#panel(), decided);
    const order = drawOrder(config.seed, iteration, withoutExcluded(store.pools.cache(iteration), decided));
    const quota = halves(config);
    const draw = new Draw(order, {
      mode: config.discrimination.mode,
      hard: quota.hard,
      easy: quota.easy,
      maxRated: config.discrimination.maxRated,
      tau: config.discrimination.tau,
    });
    let askStudent: AskStudent = async () => null;
    for (let wave = 1; wave === 1 || !draw.done; wave++) {
      const size = this.#waveSize(draw);
      const start = draw.counts.visited;
      const drawn = order.slice(start, start + size);
      const wanted = wave === 1 ? [...new Set([...panel, ...drawn])] : drawn;
      askStudent = await studentAnswers(this.#context, `discrimination-${wave}`, wanted);
      if (wave === 1) {
        await this.#ratePanel(panel, askStudent);
      }
      await this.#rateWave(draw, start + drawn.length, askStudent);
    }
    this.#reportDraw(draw);
  }

  /** Rates the panel alone: how the student stands after the closing imitation. */
  async runPanel(): Promise<void> {
    const panel = withoutExcluded(this.#panel(), this.#context.decided);
    await this.#ratePanel(panel, await studentAnswers(this.#context, "panel", panel));
  }

  /** The fixed sample of the first Cache; drawn once, when the first discrimination begins. */
  #panel(): number[] {
    const { store, config } = this.#context;
    const stored = store.pools.panel();
    if (stored.length > 0 || config.discrimination.panel === 0) {
      return stored;
    }
    const sample = drawOrder(config.seed, 0, store.pools.cache(1)).slice(0, config.discrimination.panel);
    store.write(() => store.pools.setPanel(sample));
    return sample;
  }

  /**
   * How many instructions the next wave of student answers takes: a served student is asked one by one, so all of it;
   * a checkpoint answers in one job a wave, sized from the share of hard and easy ones seen so far.
   */
  #waveSize(draw: Draw): number {
    if (!checkpointProfileOf(this.#context.config)) {
      return Number.POSITIVE_INFINITY;
    }
    return Math.max(SMALLEST_WAVE, draw.remaining(WAVE_MARGIN));
  }

  async #ratePanel(panel: readonly number[], askStudent: AskStudent): Promise<void> {
    const { store, iteration, signal, report } = this.#context;
    const stored = new Set(store.ratings.verdicts(iteration, "panel").map((verdict) => verdict.instructionId));
    await forEachInOrder(
      panel,
      { window: this.#window, signal },
      async (id) => (stored.has(id) ? null : this.#rate(id, askStudent)),
      (rated, id, position) => {
        if (rated) {
          this.#store("panel", position, id, rated);
        }
        report("panel", position + 1, panel.length);
      },
    );
  }

  /** Rates the draw up to `end` (a position of its order) or until its stop rule is met, whichever comes first. */
  async #rateWave(draw: Draw, end: number, askStudent: AskStudent): Promise<void> {
    const { store, iteration, signal } = this.#context;
    const stored = new Map(
      store.ratings.verdicts(iteration, "draw").map((verdict) => [verdict.instructionId, verdict]),
    );
    const ratings = new InOrder(async (position): Promise<Rated | Verdict | null> => {
      const id = draw.at(position) as number;
      return stored.get(id) ?? this.#rate(id, askStudent);
    }, draw.counts.visited);
    try {
      while (!draw.done && draw.counts.visited < end) {
        signal.throwIfAborted();
        const position = draw.counts.visited;
        ratings.fill(Math.min(this.#window, end - position, draw.remaining()));
        const rated = await ratings.take();
        if (rated && "verdict" in rated) {
          this.#store("draw", position, draw.at(position) as number, rated);
        }
        draw.apply(outcomeOf(rated));
        this.#reportDraw(draw);
      }
    } finally {
      await ratings.drain();
    }
  }

  /** Null when there is no teacher's or no student's answer to rate. */
  async #rate(id: number, askStudent: AskStudent): Promise<Rated | null> {
    const instruction = this.#context.store.instructions.get(id) as Instruction;
    const [teacher, student] = await Promise.all([teacherAnswer(this.#context, instruction), askStudent(instruction)]);
    return teacher && student
      ? { teacher, student, verdict: await this.#rater.rate(instruction, teacher, student) }
      : null;
  }

  #store(scope: Scope, position: number, instructionId: number, { teacher, student, verdict }: Rated): void {
    const scored = verdict.state === "scored" ? verdict : null;
    this.#context.store.ratings.putVerdict({
      iteration: this.#context.iteration,
      scope,
      position,
      instructionId,
      state: verdict.state,
      gap: scored?.gap ?? null,
      teacherScore: scored?.teacher ?? null,
      studentScore: scored?.student ?? null,
      contradictory: scored?.contradictory ?? false,
      source: "referee",
      teacherAnswerId: teacher.id,
      studentAnswerId: student.id,
    });
  }

  #reportDraw(draw: Draw): void {
    const { rated, hard, easy, unscored } = draw.counts;
    const total = rated + draw.remaining();
    const detail = `${hard} hard, ${easy} easy${unscored > 0 ? `, ${unscored} unscored` : ""}`;
    this.#context.report("rated", rated, total, detail);
  }
}

function outcomeOf(rated: Rated | Verdict | null): Outcome {
  if (rated === null) {
    return "none";
  }
  const { state, gap } =
    "verdict" in rated
      ? { state: rated.verdict.state, gap: rated.verdict.state === "scored" ? rated.verdict.gap : null }
      : rated;
  return state === "scored" && gap !== null ? { gap } : "unscored";
}
