import { writeFileSync } from "node:fs";
import { canonicalJson, sha256 } from "../../src/core/hash.ts";
import type { Role } from "../../src/core/models/types.ts";
import { singleTurn } from "../../src/core/pool/instruction.ts";
import { createProject } from "../../src/core/project/create.ts";
import { loadProject, type Project } from "../../src/core/project/project.ts";
import { Random } from "../../src/core/random.ts";
import { instructionSubject, iterationSubject, verdictSubject } from "../../src/core/review/fold.ts";
import type { NewDecision } from "../../src/core/store/decisions.ts";
import { STAGES } from "../../src/core/store/iterations.ts";
import type { NewAnswer, NewRequest } from "../../src/core/store/ledger.ts";
import type { Scope } from "../../src/core/store/ratings.ts";
import { Store } from "../../src/core/store/store.ts";
import { BigTexts } from "./bigTexts.ts";

const ITERATIONS = 3;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 5);
/** Work is committed in slices, so that memory stays small. */
const SLICE = 5000;

/** Numbers of rows at full size; `scale` shrinks them together. */
const FULL = {
  instructions: 100_000,
  answers: 500_000,
  decisions: 20_000,
  /** Candidates of an iteration that passed the filters. */
  passed: 6000,
  filtered: 3500,
  evaluation: 250,
  panel: 200,
  excluded: 400,
  overridden: 600,
};

/** Words: the lengths of Alpaca's instructions and inputs, of a teacher's and a student's answers, of a referee's. */
const WORDS = { instruction: 9, input: 12, teacher: 45, student: 35, referee: 30 } as const;

const PRICES = { inputPerMillion: 0.15, outputPerMillion: 0.6, currency: "USD" };

/**
 * Makes a project as three iterations leave it, the third one waiting at approval: pools, answers of all roles, verdicts,
 * candidates, decisions, checkpoints. Rows are stored by the repositories, so that they are what the schema allows. The
 * same scale gives the same project.
 */
export function makeBigProject(
  directory: string,
  options: { scale?: number; log?: (line: string) => void } = {},
): Project {
  const created = createProject(directory, { mind: "oracle", name: "big" });
  const { profiles, discrimination, loop } = created.config;
  const priced = Object.entries(profiles).map(([name, profile]) => [
    name,
    profile.kind === "sandbox" ? { ...profile, prices: PRICES } : profile,
  ]);
  const config = {
    ...created.config,
    profiles: Object.fromEntries(priced),
    loop: { ...loop, newInstructions: FULL.passed },
    discrimination: { ...discrimination, maxRated: 50_000, panel: FULL.panel },
  };
  writeFileSync(created.configFile, `${JSON.stringify(config, null, 2)}\n`);
  const project = loadProject(directory);
  const store = new Store(project.databaseFile);
  try {
    // Nothing is lost that could not be made again.
    store.connection.pragma("synchronous = OFF");
    store.connection.pragma("cache_size = -400000");
    new BigProjectMaker(store, project, options.scale ?? 1, options.log ?? (() => {})).make();
    store.connection.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    store.close();
  }
  return project;
}

class BigProjectMaker {
  readonly #store: Store;
  readonly #project: Project;
  readonly #scale: number;
  readonly #log: (line: string) => void;
  readonly #texts = new BigTexts("big/texts");
  readonly #random = new Random("big/choices");
  readonly #cache: number[] = [];
  readonly #teacherAnswers = new Map<number, number>();
  #answers = 0;
  #decisions = 0;
  #now = START;
  #work: Array<() => void> = [];

  constructor(store: Store, project: Project, scale: number, log: (line: string) => void) {
    this.#store = store;
    this.#project = project;
    this.#scale = scale;
    this.#log = log;
  }

  make(): void {
    const count = (full: number): number => Math.max(1, Math.round(full * this.#scale));
    const candidates = ITERATIONS * (count(FULL.passed) + count(FULL.filtered));
    const imported = count(FULL.instructions) - candidates - count(FULL.evaluation);
    this.#import(imported, count(FULL.evaluation));
    // What the teacher and the generator say is given; the draws are as long as the wanted number of answers allows.
    const taught = imported + (ITERATIONS - 1) * count(FULL.passed);
    const rest = count(FULL.answers) - taught - candidates;
    const drawn = Math.floor(rest / ITERATIONS / 3) - count(FULL.panel);
    let train = [...this.#cache];
    for (let iteration = 1; iteration <= ITERATIONS; iteration++) {
      this.#now += 7 * DAY_MS;
      train = this.#iterate(iteration, train, { drawn, passed: count(FULL.passed), filtered: count(FULL.filtered) });
    }
    this.#decideOnPools(count(FULL.excluded), count(FULL.overridden));
    this.#undoUntil(count(FULL.decisions));
    this.#log(`${this.#answers.toLocaleString("en")} answers, ${this.#decisions.toLocaleString("en")} decisions`);
  }

  #import(imported: number, evaluation: number): void {
    const { instructions, pools } = this.#store;
    const sources = ["alpaca_data.json", "handwritten.jsonl"].map((name) =>
      this.#store.instructions.addSource(
        {
          name,
          sha256: sha256(name),
          destination: "pools",
          outputs: "drop",
          writtenBy: null,
          licence: "CC BY-NC 4.0",
          rowLimit: null,
        },
        this.#now,
      ),
    );
    for (let line = 1; line <= imported + evaluation; line++) {
      this.#later(() => {
        const input = this.#random.next() < 0.4 ? this.#texts.text(WORDS.input) : "";
        const isWritten = this.#random.next() < 0.02;
        const id = instructions.insert(
          {
            ...singleTurn(this.#texts.text(WORDS.instruction), input),
            origin: isWritten ? "written" : "imported",
            purpose: line > imported ? "evaluation" : "training",
            sourceId: isWritten ? null : (sources[line % 5 === 0 ? 1 : 0] as number),
            sourceLine: isWritten ? null : line,
          },
          this.#now,
        );
        if (line <= imported) {
          this.#cache.push(id);
        }
      });
    }
    this.#flush("instructions");
    this.#store.write(() => {
      pools.add("train", 1, this.#cache);
      pools.add("cache", 1, this.#cache);
      pools.setPanel(this.#random.shuffle(this.#cache).slice(0, Math.max(1, Math.round(FULL.panel * this.#scale))));
    });
  }

  /** One iteration. Returns the Train pool of the next one. */
  #iterate(
    iteration: number,
    train: readonly number[],
    size: { drawn: number; passed: number; filtered: number },
  ): number[] {
    const { iterations, decisions } = this.#store;
    this.#store.write(() => {
      iterations.open(
        { number: iteration, config: this.#project.config, prompts: {}, decisionFloor: decisions.highestId() },
        this.#now,
      );
      for (const stage of STAGES) {
        iterations.begin(iteration, stage, decisions.highestId(), this.#now);
        const waits = iteration === ITERATIONS && stage === "generation";
        const note = waits ? "candidates wait for approval" : "";
        iterations.end(iteration, stage, waits ? "waiting" : "done", note, 3_600_000, this.#now);
      }
    });
    this.#teach(iteration, train);
    const checkpoint = this.#train(iteration);
    this.#rate(iteration, "panel", this.#store.pools.panel(), checkpoint);
    this.#rate(iteration, "draw", this.#random.shuffle(this.#cache).slice(0, size.drawn), checkpoint);
    return this.#generate(iteration, size);
  }

  #teach(iteration: number, train: readonly number[]): void {
    for (const id of train) {
      this.#later(() =>
        this.#teacherAnswers.set(id, this.#ask("teacher", iteration, id, this.#texts.text(WORDS.teacher))),
      );
    }
    this.#flush(`iteration ${iteration}: teacher's answers`);
  }

  #train(iteration: number): number {
    const { training } = this.#store;
    return this.#store.write(() => {
      for (const [purpose, kind] of [
        ["imitation", "train"],
        ["evaluation", "generate"],
        ["discrimination-1", "generate"],
      ] as const) {
        const id = `${kind}-${iteration}-${purpose}`;
        training.addJob({ id, kind, iteration, purpose, target: "local", directory: `jobs/${id}` }, this.#now);
        training.endJob(id, "collected", 0, this.#now);
      }
      return training.addCheckpoint(
        {
          iteration,
          jobId: `train-${iteration}-imitation`,
          directory: `jobs/train-${iteration}-imitation/out/checkpoint`,
          weightsSha256: sha256(`weights/${iteration}`),
          template: "lion@12345678",
          manifest: { examples: this.#cache.length },
          parentId: training.latestCheckpoint(iteration)?.id ?? null,
        },
        this.#now,
      );
    });
  }

  #rate(iteration: number, scope: Scope, ids: readonly number[], checkpointId: number): void {
    for (const [position, id] of ids.entries()) {
      this.#later(() => this.#ratePair(iteration, scope, position, id, checkpointId));
    }
    this.#flush(`iteration ${iteration}: ${scope}`);
  }

  #ratePair(iteration: number, scope: Scope, position: number, instructionId: number, checkpointId: number): void {
    const teacherAnswerId = this.#teacherAnswers.get(instructionId);
    if (teacherAnswerId === undefined) {
      throw new Error(`Instruction ${instructionId} has no teacher's answer.`);
    }
    const studentAnswerId = this.#collect(iteration, scope, instructionId, checkpointId);
    // The student gets better with every iteration; scores are halves, as referees like to give them.
    const half = (value: number): number => Math.min(10, Math.max(1, Math.round(2 * value) / 2));
    const level = this.#random.normal(1.4 / iteration, 1.6);
    const unparsed = this.#random.next() < 0.01;
    const ratings = (["teacher", "student"] as const).map((firstShown) => {
      const bias = firstShown === "teacher" ? 0.25 : -0.25;
      const teacher = half(8 + this.#random.normal(bias, 0.5));
      const student = half(8 - level - this.#random.normal(bias, 0.5));
      const answerId = this.#ask(
        "referee",
        iteration,
        instructionId,
        this.#texts.text(WORDS.referee),
        `${scope}/${firstShown}`,
      );
      const scores = unparsed ? null : { teacher, student };
      this.#store.ratings.add(
        {
          ...{ instructionId, iteration, firstShown, teacherAnswerId, studentAnswerId, answerId, scores },
          promptVersion: "referee/1",
          unparsed: unparsed ? "no scores" : null,
        },
        this.#now,
      );
      return { teacher, student };
    });
    const mean = (key: "teacher" | "student"): number => ratings.reduce((sum, rating) => sum + rating[key], 0) / 2;
    const [first, second] = ratings.map(({ teacher, student }) => teacher - student) as [number, number];
    this.#store.ratings.putVerdict({
      ...{ iteration, scope, position, instructionId, teacherAnswerId, studentAnswerId, source: "referee" },
      state: unparsed ? "unscored" : "scored",
      gap: unparsed ? null : mean("teacher") - mean("student"),
      teacherScore: unparsed ? null : mean("teacher"),
      studentScore: unparsed ? null : mean("student"),
      contradictory: !unparsed && first * second < 0 && Math.min(Math.abs(first), Math.abs(second)) >= 1,
    });
  }

  #generate(iteration: number, { passed, filtered }: { passed: number; filtered: number }): number[] {
    const { instructions, candidates, pools } = this.#store;
    const fresh: number[] = [];
    for (let ordinal = 0; ordinal < passed + filtered; ordinal++) {
      this.#later(() => {
        const parentId = this.#random.pick(this.#cache);
        const text = this.#texts.text(WORDS.instruction);
        const answerId = this.#ask("generator", iteration, parentId, text, String(ordinal));
        const instructionId = instructions.insert({ ...singleTurn(text), origin: "generated" }, this.#now);
        const filter = ordinal % (passed + filtered) < passed ? null : "similar";
        candidates.add(
          {
            ...{ instructionId, iteration, parentId, answerId, filter, ordinal },
            half: this.#random.next() < 0.5 ? "hard" : "easy",
            filterDetail: filter && "too near #1",
            nearestId: this.#random.pick(this.#cache),
            nearestScore:
              Math.round(1e4 * (filter ? 0.7 + 0.3 * this.#random.next() : 0.7 * this.#random.next())) / 1e4,
          },
          this.#now,
        );
        if (!filter) {
          fresh.push(instructionId);
        }
      });
    }
    this.#flush(`iteration ${iteration}: candidates`);
    const isLast = iteration === ITERATIONS;
    const approved = isLast
      ? fresh.slice(0, Math.round(fresh.length / 5))
      : fresh.filter(() => this.#random.next() < 0.97);
    const kept = new Set(approved);
    this.#decide(
      fresh
        .filter((id) => kept.has(id))
        .map((id) => ({ kind: "approve", subject: instructionSubject(id), payload: {} })),
    );
    const refused = isLast ? fresh.slice(-Math.round(fresh.length / 20)) : fresh.filter((id) => !kept.has(id));
    this.#decide(
      refused.map((id) => ({ kind: "refuse", subject: instructionSubject(id), payload: { reason: "unclear" } })),
    );
    if (!isLast) {
      this.#decide([{ kind: "finish", subject: iterationSubject(iteration), payload: { approved: approved.length } }]);
      this.#store.write(() => {
        pools.add("train", iteration + 1, approved);
        pools.add("cache", iteration + 1, approved);
      });
      this.#cache.push(...approved);
    }
    return approved;
  }

  #decideOnPools(excluded: number, overridden: number): void {
    const some = this.#random.shuffle(this.#cache);
    this.#decide(
      some
        .slice(0, excluded)
        .map((id) => ({ kind: "exclude", subject: instructionSubject(id), payload: { reason: "unsafe" } })),
    );
    const rated = this.#random.shuffle(this.#store.ratings.verdicts(ITERATIONS, "draw")).slice(0, overridden);
    this.#decide(
      rated.map(({ instructionId, gap }) => ({
        kind: "override",
        subject: verdictSubject(ITERATIONS, instructionId),
        payload: { half: (gap ?? 0) >= 1 ? "easy" : "hard" },
      })),
    );
  }

  /** Bulk approvals that were taken back, until there are as many decisions as wanted. */
  #undoUntil(decisions: number): void {
    const waiting = this.#store.candidates.ofIteration(ITERATIONS).filter(({ filter }) => filter === null);
    const middle = waiting.slice(Math.round(waiting.length / 4), Math.round(waiting.length / 2));
    while (this.#decisions + 2 <= decisions) {
      const group = middle.slice(0, Math.floor((decisions - this.#decisions) / 2));
      const before = this.#store.decisions.highestId();
      const rows = group.map(({ instructionId }) => ({
        kind: "approve" as const,
        subject: instructionSubject(instructionId),
        payload: {},
      }));
      this.#decide(rows);
      this.#decide(rows.map(({ subject }, at) => ({ kind: "undo", subject, payload: {}, undoes: before + 1 + at })));
    }
  }

  #decide(rows: ReadonlyArray<Pick<NewDecision, "kind" | "subject" | "payload" | "undoes">>): void {
    const { decisions } = this.#store;
    this.#store.write(() => {
      const groupId = `group-${decisions.highestId() + 1}`;
      for (const row of rows) {
        decisions.add({ ...row, actor: "Ada", groupId, milliseconds: 2000 + this.#random.below(20_000) }, this.#now);
      }
    });
    this.#decisions += rows.length;
  }

  /** A request that left and was answered. Returns the answer's id. */
  #ask(role: Role, iteration: number, instructionId: number, text: string, question = ""): number {
    const request = this.#request(role, iteration, instructionId, question);
    const outputTokens = Math.ceil(text.length / 4);
    const cost = Math.round(200 * PRICES.inputPerMillion + outputTokens * PRICES.outputPerMillion);
    const attempt = this.#store.ledger.recordSent(request, 2 * cost, this.#now, PRICES.currency);
    const answer = this.#answer(request, { text, outputTokens, cost, checkpointId: null });
    const { id } = this.#store.ledger.settle(attempt, answer, this.#now);
    if (role === "teacher") {
      this.#store.ledger.link(instructionId, role, id);
    }
    return id;
  }

  /** A student's answer that a job brought. Returns its id. */
  #collect(iteration: number, scope: Scope, instructionId: number, checkpointId: number): number {
    const request = this.#request("student", iteration, instructionId, scope);
    const text = this.#texts.text(WORDS.student);
    const answer = this.#answer(request, { text, outputTokens: Math.ceil(text.length / 4), cost: null, checkpointId });
    const { id } = this.#store.ledger.storeCollected(request, answer, this.#now);
    this.#store.ledger.link(instructionId, "student", id);
    return id;
  }

  #request(role: Role, iteration: number, instructionId: number, question: string): NewRequest {
    const model = role === "student" ? `checkpoint-${iteration}` : `oracle-${role}`;
    const parameters = canonicalJson({ temperature: 0.7, max_tokens: 1024 });
    const key = sha256(`${role}/${iteration}/${instructionId}/${question}`);
    return {
      key,
      role,
      profile: role,
      model,
      promptVersion: `${role}/1`,
      draw: 0,
      parameters,
      instructionId,
      iteration,
    };
  }

  #answer(
    { key, role, profile, model, parameters }: NewRequest,
    reply: Pick<NewAnswer, "text" | "outputTokens" | "cost" | "checkpointId">,
  ): NewAnswer {
    this.#answers++;
    return {
      ...{ requestKey: key, role, origin: "model", writtenBy: model, profile, modelAsked: model, parameters },
      ...{ kind: "complete", finishReason: "stop", inputTokens: 200 },
      ...reply,
    };
  }

  #later(work: () => void): void {
    this.#work.push(work);
  }

  /** Does what was put off, in slices of one transaction each. */
  #flush(what: string): void {
    const work = this.#work;
    this.#work = [];
    for (let begin = 0; begin < work.length; begin += SLICE) {
      this.#store.write(() => {
        for (const one of work.slice(begin, begin + SLICE)) {
          this.#now += 5;
          one();
        }
      });
    }
    this.#log(`${work.length.toLocaleString("en").padStart(9)} ${what}`);
  }
}
