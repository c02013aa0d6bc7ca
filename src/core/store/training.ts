import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

export interface JobRow {
  readonly id: string;
  readonly kind: "train" | "generate";
  readonly iteration: number;
  /** What the job is for, unique within its iteration: `imitation`, `evaluation`, `discrimination-1` … */
  readonly purpose: string;
  readonly target: string;
  /** The job directory, relative to the project's data folder. */
  readonly directory: string;
  readonly state: "submitted" | "collected" | "failed";
  readonly exitCode: number | null;
}

export interface Checkpoint {
  readonly id: number;
  readonly iteration: number;
  /** Null for one that was trained elsewhere and registered by hand. */
  readonly jobId: string | null;
  /** The target that the weights are on, by its name in lion.json. */
  readonly target: string;
  /**
   * Of one that a job made its folder in the job's directory here, relative to the project's data folder. Of a registered
   * one its absolute path on the target.
   */
  readonly directory: string;
  readonly weightsSha256: string;
  readonly template: string;
  /** Hashes of data, prompts, settings and template that made it. */
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly parentId: number | null;
}

export type NewCheckpoint = Omit<Checkpoint, "id" | "target"> & { readonly target?: string };

export interface EvaluationRow {
  readonly iteration: number;
  readonly instructionId: number;
  readonly answerId: number;
  readonly correct: boolean;
}

const SELECT_JOB = `SELECT id, kind, iteration, purpose, target, directory, state, exit_code AS exitCode FROM job`;

const SELECT_CHECKPOINT = `SELECT id, iteration, job_id AS jobId, target, directory, weights_sha256 AS weightsSha256, template,
  manifest, parent_id AS parentId FROM checkpoint`;

function toCheckpoint(row: unknown): Checkpoint | null {
  return row ? asCheckpoint(row) : null;
}

function asCheckpoint(row: unknown): Checkpoint {
  return { ...(row as Checkpoint), manifest: JSON.parse(String((row as { manifest: unknown }).manifest)) };
}

/** Jobs, the checkpoints they made, and how checkpoints did on the evaluation set. */
export class TrainingRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /** Records a job before it is started, so that a restarted engine finds it again. */
  addJob(job: Omit<JobRow, "state" | "exitCode">, now: number): void {
    this.#sql(
      `INSERT INTO job (id, kind, iteration, purpose, target, directory, state, created_at)
       VALUES (@id, @kind, @iteration, @purpose, @target, @directory, 'submitted', @now)`,
    ).run({ ...job, now });
  }

  endJob(id: string, state: "collected" | "failed", exitCode: number | null, now: number): void {
    this.#sql("UPDATE job SET state = ?, exit_code = ?, ended_at = ? WHERE id = ?").run(state, exitCode, now, id);
  }

  /** Jobs for a purpose in an iteration, first attempt first. */
  jobsFor(iteration: number, purpose: string): JobRow[] {
    return this.#sql(`${SELECT_JOB} WHERE iteration = ? AND purpose = ? ORDER BY created_at, id`).all(
      iteration,
      purpose,
    ) as JobRow[];
  }

  job(id: string): JobRow | null {
    return (this.#sql(`${SELECT_JOB} WHERE id = ?`).get(id) as JobRow | undefined) ?? null;
  }

  jobs(): JobRow[] {
    return this.#sql(`${SELECT_JOB} ORDER BY created_at, id`).all() as JobRow[];
  }

  addCheckpoint(checkpoint: NewCheckpoint, now: number): number {
    const result = this.#sql(
      `INSERT INTO checkpoint (iteration, job_id, target, directory, weights_sha256, template, manifest, parent_id,
         created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      checkpoint.iteration,
      checkpoint.jobId,
      checkpoint.target ?? "local",
      checkpoint.directory,
      checkpoint.weightsSha256,
      checkpoint.template,
      JSON.stringify(checkpoint.manifest),
      checkpoint.parentId,
      now,
    );
    return Number(result.lastInsertRowid);
  }

  /** What was made from a checkpoint: answers, and checkpoints that continue it. */
  madeFrom(checkpointId: number): { readonly answers: number; readonly children: number } {
    return this.#sql(
      `SELECT (SELECT count(*) FROM answer WHERE checkpoint_id = @checkpointId) AS answers,
         (SELECT count(*) FROM checkpoint WHERE parent_id = @checkpointId) AS children`,
    ).get({ checkpointId }) as { answers: number; children: number };
  }

  /** Forgets a checkpoint that nothing was made from; its files stay. */
  removeCheckpoint(id: number): void {
    this.#sql("DELETE FROM checkpoint WHERE id = ?").run(id);
  }

  checkpoints(): Checkpoint[] {
    return this.#sql(`${SELECT_CHECKPOINT} ORDER BY iteration`).all().map(asCheckpoint);
  }

  checkpointOf(iteration: number): Checkpoint | null {
    return toCheckpoint(this.#sql(`${SELECT_CHECKPOINT} WHERE iteration = ?`).get(iteration));
  }

  /** The newest checkpoint of an iteration up to the given one. */
  latestCheckpoint(upTo: number): Checkpoint | null {
    return toCheckpoint(
      this.#sql(`${SELECT_CHECKPOINT} WHERE iteration <= ? ORDER BY iteration DESC LIMIT 1`).get(upTo),
    );
  }

  /**
   * The checkpoints that were trained on some instructions, by iterations that knew a decision when they began.
   *
   * @returns pairs of an instruction and the checkpoint's iteration, by instruction.
   */
  checkpointsWith(
    instructionIds: readonly number[],
    decisionId: number,
  ): Array<{ readonly instructionId: number; readonly checkpoint: number }> {
    return this.#sql(
      `SELECT m.instruction_id AS instructionId, c.iteration AS checkpoint FROM json_each(?) wanted
       CROSS JOIN pool_member m ON m.pool = 'train' AND m.instruction_id = wanted.value
       JOIN checkpoint c ON c.iteration = m.iteration
       LEFT JOIN stage s ON s.iteration = m.iteration AND s.name = 'imitation'
       WHERE s.decision_floor IS NULL OR s.decision_floor >= ? ORDER BY 1, 2`,
    ).all(JSON.stringify(instructionIds), decisionId) as Array<{ instructionId: number; checkpoint: number }>;
  }

  putEvaluation(row: EvaluationRow): void {
    this.#sql(
      "INSERT OR REPLACE INTO evaluation (iteration, instruction_id, answer_id, correct) VALUES (?, ?, ?, ?)",
    ).run(row.iteration, row.instructionId, row.answerId, row.correct ? 1 : 0);
  }

  evaluation(iteration: number): EvaluationRow[] {
    const rows = this.#sql(
      `SELECT iteration, instruction_id AS instructionId, answer_id AS answerId, correct
       FROM evaluation WHERE iteration = ? ORDER BY instruction_id`,
    ).all(iteration);
    return (rows as EvaluationRow[]).map((row) => ({ ...row, correct: Boolean(row.correct) }));
  }
}
