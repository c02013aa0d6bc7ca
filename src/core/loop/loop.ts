import { LionError } from "../errors.ts";
import { canonicalJson } from "../hash.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { approvalCounts, approveByPolicy, finishApproval, isFinished, POLICY_ACTOR } from "../review/approval.ts";
import { effectiveState } from "../review/fold.ts";
import { nextTrainPool } from "../review/pools.ts";
import type { Iteration, Prompts, StageName } from "../store/iterations.ts";
import type { Store } from "../store/store.ts";
import { computingSettings } from "../training/commands.ts";
import type { Services, StageContext } from "./context.ts";
import { Discrimination } from "./discrimination.ts";
import type { Listener, Report } from "./events.ts";
import { Generation } from "./generation.ts";
import { collectExamples, evaluate, hasRegisteredStudent, train } from "./imitation.ts";
import { PairRater } from "./pairRater.ts";

export interface RunOptions {
  /** Runs this stage only; it must be the one that is next. */
  readonly only?: StageName;
  /** Iterations in all, those already done included; by default the project's. A closing imitation follows the last. */
  readonly iterations?: number;
  readonly approval?: ProjectConfig["approval"]["mode"];
}

/** A stage that is about to run. */
export interface NextStage {
  readonly iteration: number;
  readonly stage: StageName;
}

/**
 * The iteration's state machine: imitation → discrimination → generation and approval → the next iteration. All state
 * is in the store, so that a run goes on wherever the last one ended.
 */
export class Loop {
  readonly #services: Services;
  readonly #config: ProjectConfig;
  readonly #prompts: Prompts;
  readonly #listener: Listener;

  /** @param config the project's configuration as it is now; a running iteration keeps the one it froze. */
  constructor(services: Services, config: ProjectConfig, prompts: Prompts, listener: Listener) {
    this.#services = services;
    this.#config = config;
    this.#prompts = prompts;
    this.#listener = listener;
  }

  /**
   * The stage that is next when `iterations` are wanted, or null when they and the closing imitation are done.
   * An iteration opens when its imitation begins.
   */
  next(iterations: number = this.#config.loop.iterations): NextStage | null {
    const next = this.#services.store.iterations.next();
    const beyond = next.iteration > iterations && next.stage !== "imitation";
    return next.iteration > iterations + 1 || beyond ? null : next;
  }

  /**
   * Runs stages until the wanted iterations are done, a person is needed, or the signal aborts.
   *
   * @throws LionError saying why the work ended early.
   */
  async run(options: RunOptions, signal: AbortSignal): Promise<void> {
    const { store } = this.#services;
    for (;;) {
      const next = this.next(options.only ? Number.MAX_SAFE_INTEGER : options.iterations);
      if (!next) {
        return;
      }
      if (options.only && next.stage !== options.only) {
        throw new LionError(
          "input",
          `Iteration ${next.iteration} is at its ${next.stage}, so the ${options.only} cannot run now: run \`lion run ${next.stage}\` first.`,
        );
      }
      signal.throwIfAborted();
      const iteration = this.#openIteration(next.iteration);
      await this.#runStage(iteration, next.stage, options, signal);
      if (options.only || store.iterations.stage(next.iteration, next.stage)?.state !== "done") {
        return;
      }
    }
  }

  /** The iteration with its frozen configuration; opened, with its pools, when it is new. */
  #openIteration(number: number): Iteration {
    const { store, clock } = this.#services;
    const existing = store.iterations.latest();
    if (existing?.number === number) {
      this.#noteLaterEdits(existing);
      return existing;
    }
    return store.write(() => {
      const decisionFloor = store.decisions.highestId();
      if (number > 1) {
        const approved = nextTrainPool(store, decisionFloor);
        store.pools.add("train", number, approved);
        store.pools.add("cache", number, approved);
      }
      if (store.pools.train(number).length === 0) {
        throw new LionError(
          "input",
          number === 1
            ? "The Train pool is empty: import instructions first, for example with `lion import FILE`."
            : `Iteration ${number} has nothing to train on: approve candidates with \`lion review approve\` first.`,
        );
      }
      const iteration = { number, config: this.#config, prompts: this.#prompts, decisionFloor };
      store.iterations.open(iteration, clock.now());
      return iteration;
    });
  }

  #noteLaterEdits(iteration: Iteration): void {
    const frozen = { config: withLiveLimits(iteration.config, this.#config), prompts: iteration.prompts };
    if (canonicalJson(frozen) !== canonicalJson({ config: this.#config, prompts: this.#prompts })) {
      this.#listener({
        event: "note",
        text: `lion.json or a prompt has changed since iteration ${iteration.number} began: the iteration keeps what it started with (limits, and where and how it is computed, apply at once), the changes count from the next one.`,
      });
    }
  }

  async #runStage(iteration: Iteration, stage: StageName, options: RunOptions, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#services;
    const started = clock.now();
    const before = store.iterations.stage(iteration.number, stage);
    const config = withLiveLimits(iteration.config, this.#config);
    this.#services.endpoints.configure(config.profiles);
    const waited = before?.state === "waiting";
    const begun = hasBegun(store, iteration.number, stage);
    const newest = store.decisions.highestId();
    if (waited && !begun) {
      // What was decided while it waited at a gate counts: nothing has been made yet of what was decided before.
      store.iterations.raiseFloor(iteration.number, stage, newest);
    }
    const { decisionFloor } = store.iterations.begin(iteration.number, stage, newest, started);
    const end = (state: "waiting" | "stopped" | "done", note: string): void => {
      store.iterations.end(iteration.number, stage, state, note, clock.now() - started, clock.now());
      this.#listener({ event: "stage", iteration: iteration.number, stage, state, note });
    };
    this.#listener({ event: "stage", iteration: iteration.number, stage, state: "running", note: "" });
    const context = this.#context({ ...iteration, config }, stage, decisionFloor, signal);
    const mayWait = !waited && !begun;
    try {
      await this.#work(context, iteration.prompts, stage, options, mayWait);
      end("done", "");
    } catch (error) {
      if (error instanceof LionError) {
        end(error.kind === "person" ? "waiting" : "stopped", error.message);
      }
      throw error;
    }
  }

  async #work(
    context: StageContext,
    prompts: Prompts,
    stage: StageName,
    options: RunOptions,
    mayWait: boolean,
  ): Promise<void> {
    const { iteration, config } = context;
    const rater = new PairRater(context, prompts.referee);
    switch (stage) {
      case "imitation": {
        if (!hasRegisteredStudent(context)) {
          const examples = await collectExamples(context);
          if (config.gates.beforeTraining && mayWait) {
            throw waitFor(
              "The teacher's answers are there and the training waits: look at them, then `lion run` trains.",
            );
          }
          await train(context, examples);
        }
        await evaluate(context);
        if (iteration > (options.iterations ?? this.#config.loop.iterations)) {
          await new Discrimination(context, rater).runPanel();
        }
        return;
      }
      case "discrimination":
        await new Discrimination(context, rater).run();
        return;
      case "generation":
        await this.#generate(context, prompts, options.approval ?? config.approval.mode, mayWait);
    }
  }

  /** Generation and approval: a top-up follows whenever refusals leave fewer than N, until a person finishes. */
  async #generate(
    context: StageContext,
    prompts: Prompts,
    approval: ProjectConfig["approval"]["mode"],
    mayWait: boolean,
  ): Promise<void> {
    const { store, clock, iteration, config } = context;
    if (isFinished(store, iteration)) {
      return;
    }
    if (config.gates.afterDiscrimination && mayWait) {
      throw waitFor(
        "The hard instructions are there and the generation waits: look at them, then `lion run` generates.",
      );
    }
    await new Generation(context, {
      ...(prompts.hardGenerator !== undefined && { hard: prompts.hardGenerator }),
      ...(prompts.easyGenerator !== undefined && { easy: prompts.easyGenerator }),
    }).run();
    store.write(() => {
      approveByPolicy(store, clock, { iteration, mode: approval, config, note: context.note });
    });
    const counts = approvalCounts(store, iteration);
    if (counts.waiting > 0 || approval === "manual") {
      throw waitFor(
        counts.waiting > 0
          ? `${counts.waiting} candidates of iteration ${iteration} wait for approval: \`lion review list\` shows them, \`lion review finish\` ends the approval.`
          : `All ${counts.approved} candidates of iteration ${iteration} are approved: \`lion review finish\` makes them the next Train pool.`,
      );
    }
    finishApproval(store, clock, POLICY_ACTOR);
  }

  #context(iteration: Iteration, stage: StageName, decisionFloor: number, signal: AbortSignal): StageContext {
    const report: Report = (step, done, total, detail = "") =>
      this.#listener({ event: "progress", iteration: iteration.number, stage, step, done, total, detail });
    return {
      ...this.#services,
      iteration: iteration.number,
      config: iteration.config,
      decided: effectiveState(this.#services.store.decisions.upTo(decisionFloor)),
      signal,
      report,
      note: (text) => this.#listener({ event: "note", text }),
    };
  }
}

/** Whether a stage has made something of the decisions that it began with. */
function hasBegun(store: Store, iteration: number, stage: StageName): boolean {
  switch (stage) {
    case "imitation":
      return store.training.jobsFor(iteration, "imitation").length > 0;
    case "discrimination":
      return true;
    case "generation":
      return store.candidates.ofIteration(iteration).some(({ half }) => half !== null);
  }
}

function waitFor(message: string): LionError {
  return new LionError("person", message);
}

/** What older versions, which knew no other way, did not freeze. */
const FROZEN_BY_NONE = { trainer: "lion", heldOut: 0 } as const;

/**
 * What the iteration froze, with what applies at once as it is now: caps, concurrency, the generator's allowance, how
 * people review, and where and how the student is computed: a job that a host has no memory for, or that a host is no
 * longer there for, can then be done otherwise without another student coming of it.
 */
function withLiveLimits(frozen: ProjectConfig, live: ProjectConfig): ProjectConfig {
  const profiles = Object.entries(frozen.profiles).map(([name, profile]) => {
    const now = live.profiles[name];
    if (profile.kind === "checkpoint") {
      return [name, now?.kind === "checkpoint" ? { ...profile, target: now.target } : profile];
    }
    return [name, now && "limits" in now ? { ...profile, limits: now.limits } : profile];
  });
  const { maxRequestsPerInstruction } = live.generation;
  return {
    ...frozen,
    profiles: Object.fromEntries(profiles),
    generation: { ...frozen.generation, maxRequestsPerInstruction },
    training: { ...FROZEN_BY_NONE, ...frozen.training, ...computingSettings(live.training) },
    targets: live.targets,
    review: live.review,
  };
}
