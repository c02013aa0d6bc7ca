import type { ProjectConfig } from "../project/schema.ts";
import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

export type StageName = "imitation" | "discrimination" | "generation";

export const STAGES: readonly StageName[] = ["imitation", "discrimination", "generation"];

/**
 * running: an engine works on it, or died doing so. waiting: a person is needed. stopped: paused, or ended by a limit
 * or a failure that the note explains. done: nothing is left to do.
 */
export type StageState = "running" | "waiting" | "stopped" | "done";

export interface Stage {
  readonly iteration: number;
  readonly name: StageName;
  readonly state: StageState;
  /**
   * The highest decision id when the stage began, where it waited at a gate when it went on: later decisions count from
   * the next stage.
   */
  readonly decisionFloor: number;
  readonly note: string;
  /** Time spent working, over all runs. */
  readonly milliseconds: number;
}

/** The texts of the project's own prompts, where it has some. */
export interface Prompts {
  readonly referee?: string;
  readonly hardGenerator?: string;
  readonly easyGenerator?: string;
}

export interface Iteration {
  readonly number: number;
  /**
   * The configuration frozen at its start. Its `review` says nothing (older versions froze none): how people review is
   * always the project's as it is now.
   */
  readonly config: ProjectConfig;
  /** The prompts frozen at its start. */
  readonly prompts: Prompts;
  readonly decisionFloor: number;
}

/** Iterations and their stages. */
export class IterationRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  open({ number, config, prompts, decisionFloor }: Iteration, now: number): void {
    this.#sql("INSERT INTO iteration (number, config, prompts, decision_floor, created_at) VALUES (?, ?, ?, ?, ?)").run(
      number,
      JSON.stringify(config),
      JSON.stringify(prompts),
      decisionFloor,
      now,
    );
  }

  /** All iterations, first to last. */
  all(): Iteration[] {
    const rows = this.#sql(
      "SELECT number, config, prompts, decision_floor AS decisionFloor FROM iteration ORDER BY number",
    ).all() as Array<{ number: number; config: string; prompts: string; decisionFloor: number }>;
    return rows.map((row) => ({ ...row, config: JSON.parse(row.config), prompts: JSON.parse(row.prompts) }));
  }

  latest(): Iteration | null {
    return this.all().at(-1) ?? null;
  }

  stage(iteration: number, name: StageName): Stage | null {
    const row = this.#sql(
      `SELECT iteration, name, state, decision_floor AS decisionFloor, note, milliseconds
       FROM stage WHERE iteration = ? AND name = ?`,
    ).get(iteration, name);
    return (row as Stage | undefined) ?? null;
  }

  /** The stage that is next; of an iteration that is done the first of the next one. */
  next(): { readonly iteration: number; readonly stage: StageName } {
    const iteration = this.latest()?.number ?? 1;
    const stage = STAGES.find((name) => this.stage(iteration, name)?.state !== "done");
    return stage ? { iteration, stage } : { iteration: iteration + 1, stage: "imitation" };
  }

  /** Begins a stage, or goes on with it; its decision floor is set the first time only. */
  begin(iteration: number, name: StageName, decisionFloor: number, now: number): Stage {
    this.#sql(
      `INSERT INTO stage (iteration, name, state, decision_floor, started_at) VALUES (?, ?, 'running', ?, ?)
       ON CONFLICT (iteration, name) DO UPDATE SET state = 'running', note = '', ended_at = NULL`,
    ).run(iteration, name, decisionFloor, now);
    const stage = this.stage(iteration, name);
    if (!stage) {
      throw new Error(`Stage ${name} of iteration ${iteration} was not stored.`);
    }
    return stage;
  }

  /** Lets decisions up to an id count in a stage that has only waited for them so far. */
  raiseFloor(iteration: number, name: StageName, decisionFloor: number): void {
    this.#sql("UPDATE stage SET decision_floor = ? WHERE iteration = ? AND name = ?").run(
      decisionFloor,
      iteration,
      name,
    );
  }

  /** Ends a stretch of work on a stage. */
  end(iteration: number, name: StageName, state: StageState, note: string, milliseconds: number, now: number): void {
    this.#sql(
      `UPDATE stage SET state = ?, note = ?, milliseconds = milliseconds + ?, ended_at = ?
       WHERE iteration = ? AND name = ?`,
    ).run(state, note, milliseconds, now, iteration, name);
  }
}
