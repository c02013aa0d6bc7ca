import { join } from "node:path";
import type { TestContext } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import type { StageContext } from "../../src/core/loop/context.ts";
import { Discrimination } from "../../src/core/loop/discrimination.ts";
import type { Rater } from "../../src/core/loop/pairRater.ts";
import type { Asker, Question } from "../../src/core/models/asker.ts";
import { AskFailed } from "../../src/core/models/askFailed.ts";
import { singleTurn } from "../../src/core/pool/instruction.ts";
import { type ProjectConfig, projectSchema } from "../../src/core/project/schema.ts";
import { Random } from "../../src/core/random.ts";
import type { PairVerdict } from "../../src/core/referee/verdict.ts";
import { effectiveState } from "../../src/core/review/fold.ts";
import type { Answer } from "../../src/core/store/ledger.ts";
import type { Verdict } from "../../src/core/store/ratings.ts";
import { Store } from "../../src/core/store/store.ts";
import { LatencyLine } from "./latencyLine.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

export const CONCURRENCY = 32;
const SEED = 7;

export interface DrawWorldOptions {
  readonly cache: number;
  /** Share of the instructions that are hard; the higher ids have more than their part of them. */
  readonly hardShare: number;
  /** Every so many instructions the teacher gives no usable answer; 0: never. */
  readonly noAnswerEvery?: number;
  /** Every so many instructions the referee cannot be read; 0: never. */
  readonly unscoredEvery?: number;
}

/**
 * A Cache whose hard instructions are known, with a student and a referee that answer late: hard instructions, and those
 * with a feature, take much longer, so that what arrives first is no fair sample of what was asked.
 */
export class DrawWorld {
  readonly store: Store;
  readonly ids: readonly number[];
  readonly hard = new Set<number>();
  readonly slow = new Set<number>();
  /** Requests that were really made: what was answered once is not asked again, as the asker promises. */
  readonly asked = { student: new Set<number>(), referee: new Set<number>() };
  line = new LatencyLine(CONCURRENCY, "arrivals");
  /** Called whenever a reply of the referee has arrived. */
  onRated: (count: number) => void = () => {};
  readonly #options: DrawWorldOptions;
  readonly #studentAnswer: Answer;

  constructor(context: TestContext, options: DrawWorldOptions) {
    this.#options = options;
    this.store = new Store(join(temporaryFolder(context), "lion.db"));
    context.after(() => this.store.close());
    // What a power cut would lose does not matter here, and each commit is quicker.
    this.store.connection.pragma("synchronous = OFF");
    this.#studentAnswer = this.#answer("student");
    this.ids = this.store.write(() => this.#fill());
  }

  #fill(): number[] {
    const { cache, hardShare, noAnswerEvery = 0 } = this.#options;
    const random = new Random(`draw world ${hardShare}`);
    const teacher = this.#answer("teacher");
    const ids: number[] = [];
    for (let i = 0; i < cache; i++) {
      const id = this.store.instructions.insert({ ...singleTurn(`Task ${i}`), origin: "imported" }, 0);
      ids.push(id);
      const isHard = random.next() < hardShare * (0.5 + i / cache);
      if (isHard) {
        this.hard.add(id);
      }
      if (random.next() < (isHard ? 0.4 : 0.2)) {
        this.slow.add(id);
      }
      if (!isEvery(id, noAnswerEvery)) {
        this.store.ledger.link(id, "teacher", teacher.id);
      }
    }
    this.store.pools.add("cache", 1, ids);
    return ids;
  }

  /** Twenty strata: tenths of the ids, and whether the answer comes late. */
  stratumOf(id: number): number {
    return 2 * Math.floor((10 * (id - (this.ids[0] as number))) / this.ids.length) + (this.slow.has(id) ? 1 : 0);
  }

  isUnscored(id: number): boolean {
    return isEvery(id, this.#options.unscoredEvery ?? 0);
  }

  hasNoAnswer(id: number): boolean {
    return isEvery(id, this.#options.noAnswerEvery ?? 0);
  }

  config(discrimination: Partial<ProjectConfig["discrimination"]>, newInstructions: number): ProjectConfig {
    const endpoint = { kind: "openai", baseUrl: "http://127.0.0.1:9/v1", limits: { concurrency: CONCURRENCY } };
    const roles = ["teacher", "student", "referee", "generator"];
    return projectSchema.parse({
      name: "draw",
      seed: SEED,
      profiles: Object.fromEntries(roles.map((role) => [role, { ...endpoint, model: role }])),
      roles: Object.fromEntries(roles.map((role) => [role, role])),
      loop: { newInstructions },
      discrimination: { panel: 0, ...discrimination },
    });
  }

  /** Runs the discrimination of an iteration, as the loop does. Returns its verdicts. */
  async discriminate(iteration: number, config: ProjectConfig, signal?: AbortSignal): Promise<Verdict[]> {
    await new Discrimination(this.#context(iteration, config, signal), this.#rater()).run();
    return this.store.ratings.verdicts(iteration, "draw");
  }

  /** The time that a student's answer and two ratings of an instruction take. */
  async latency(id: number): Promise<void> {
    await this.line.request((this.slow.has(id) ? 20 : 1) * (this.hard.has(id) ? 1.5 : 1));
  }

  forgetRequests(): void {
    this.asked.student.clear();
    this.asked.referee.clear();
  }

  #context(iteration: number, config: ProjectConfig, signal?: AbortSignal): StageContext {
    const asker = { ask: (question: Question) => this.#ask(question) } as unknown as Asker;
    const parts: Partial<StageContext> = {
      store: this.store,
      clock: new SystemClock(),
      asker,
      iteration,
      config,
      decided: effectiveState([]),
      signal: signal ?? new AbortController().signal,
      report: () => {},
      note: () => {},
    };
    return parts as StageContext;
  }

  async #ask({ role, instructionId }: Question): Promise<Answer> {
    const id = instructionId ?? 0;
    if (role !== "student") {
      throw new AskFailed("The teacher has refused this.");
    }
    if (!this.asked.student.has(id)) {
      this.asked.student.add(id);
      await this.latency(id);
    }
    return this.#studentAnswer;
  }

  #rater(): Rater {
    return {
      rate: async ({ id }): Promise<PairVerdict> => {
        if (!this.asked.referee.has(id)) {
          this.asked.referee.add(id);
          await this.latency(id);
          this.onRated(this.asked.referee.size);
        }
        const [teacher, student] = [9, this.hard.has(id) ? 6 : 9];
        return this.isUnscored(id)
          ? { state: "unscored" }
          : { state: "scored", teacher, student, gap: teacher - student, contradictory: false };
      },
    };
  }

  #answer(role: "teacher" | "student"): Answer {
    return this.store.ledger.insertAnswer(
      {
        ...{ requestKey: null, role, origin: "imported", writtenBy: "a test", profile: null, modelAsked: null },
        ...{ parameters: "{}", text: `The ${role}'s answer.`, kind: "complete", finishReason: "stop" },
        ...{ inputTokens: null, outputTokens: null, cost: null },
      },
      0,
    );
  }
}

function isEvery(id: number, every: number): boolean {
  return every > 0 && id % every === 0;
}
