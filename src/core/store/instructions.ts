import type { Instruction, InstructionText, Origin } from "../pool/instruction.ts";
import { contentHash } from "../pool/instruction.ts";
import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

export interface NewInstruction extends InstructionText {
  readonly origin: Origin;
  readonly purpose?: "training" | "evaluation";
  readonly sourceId?: number | null;
  readonly sourceLine?: number | null;
  readonly supersedes?: number | null;
  readonly licence?: string | null;
  readonly tags?: Readonly<Record<string, string | number>>;
}

/** How the outputs of an imported file are used: as the teacher's answers, kept for reading, or not at all. */
export type OutputsUse = "teacher" | "keep" | "drop";

export interface Source {
  readonly id: number;
  readonly name: string;
  readonly sha256: string;
  readonly destination: string;
  readonly rowLimit: number | null;
  readonly imported: number;
  readonly duplicates: number;
}

interface InstructionRow {
  id: number;
  turns: string;
  input: string;
  system: string;
  content_hash: string;
  origin: Origin;
  purpose: "training" | "evaluation";
  source_id: number | null;
  source_line: number | null;
  supersedes: number | null;
  licence: string | null;
  tags: string;
  created_at: number;
}

function toInstruction(row: InstructionRow): Instruction {
  return {
    id: row.id,
    turns: JSON.parse(row.turns),
    input: row.input,
    system: row.system,
    contentHash: row.content_hash,
    origin: row.origin,
    purpose: row.purpose,
    sourceId: row.source_id,
    sourceLine: row.source_line,
    supersedes: row.supersedes,
    licence: row.licence,
    tags: JSON.parse(row.tags),
    createdAt: row.created_at,
  };
}

/** Instructions and the files they came from. Rows only come; none is ever changed. */
export class InstructionRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /** Stores an instruction and returns its id. */
  insert(instruction: NewInstruction, now: number): number {
    const result = this.#sql(
      `INSERT INTO instruction
           (turns, input, system, content_hash, origin, purpose, source_id, source_line, supersedes, licence, tags, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      JSON.stringify(instruction.turns),
      instruction.input,
      instruction.system,
      contentHash(instruction),
      instruction.origin,
      instruction.purpose ?? "training",
      instruction.sourceId ?? null,
      instruction.sourceLine ?? null,
      instruction.supersedes ?? null,
      instruction.licence ?? null,
      JSON.stringify(instruction.tags ?? {}),
      now,
    );
    return Number(result.lastInsertRowid);
  }

  get(id: number): Instruction | null {
    const row = this.#sql("SELECT * FROM instruction WHERE id = ?").get(id) as InstructionRow | undefined;
    return row ? toInstruction(row) : null;
  }

  /** The instructions of the given ids, in their order; unknown ids are left out. */
  getMany(ids: readonly number[]): Instruction[] {
    const one = this.#sql("SELECT * FROM instruction WHERE id = ?");
    return ids.flatMap((id) => {
      const row = one.get(id) as InstructionRow | undefined;
      return row ? [toInstruction(row)] : [];
    });
  }

  /** Id of the oldest instruction with this text and purpose, if any. */
  findByContent(hash: string, purpose: "training" | "evaluation"): number | null {
    const row = this.#sql("SELECT min(id) AS id FROM instruction WHERE content_hash = ? AND purpose = ?").get(
      hash,
      purpose,
    ) as { id: number | null };
    return row.id;
  }

  /** All instructions with this text, oldest first, with what they are for. */
  withContent(hash: string): Array<{ readonly id: number; readonly purpose: "training" | "evaluation" }> {
    return this.#sql("SELECT id, purpose FROM instruction WHERE content_hash = ? ORDER BY id").all(hash) as Array<{
      id: number;
      purpose: "training" | "evaluation";
    }>;
  }

  /** Of some instructions those whose text is an evaluation instruction's too, with the oldest of these. */
  equalToEvaluation(ids: readonly number[]): Map<number, number> {
    const rows = this.#sql(
      `SELECT i.id, min(e.id) FROM json_each(?) wanted CROSS JOIN instruction i ON i.id = wanted.value
         CROSS JOIN instruction e INDEXED BY instruction_by_content
           ON e.content_hash = i.content_hash AND e.purpose = 'evaluation' GROUP BY i.id`,
    )
      .raw()
      .all(JSON.stringify(ids)) as Array<[number, number]>;
    return new Map(rows);
  }

  /** What some instructions were edited from, over any number of edits. */
  originalsOf(ids: readonly number[]): number[] {
    return this.#sql(
      `WITH RECURSIVE original (id) AS (
         SELECT i.supersedes FROM json_each(?) wanted CROSS JOIN instruction i ON i.id = wanted.value
           WHERE i.supersedes IS NOT NULL
         UNION SELECT i.supersedes FROM original o CROSS JOIN instruction i ON i.id = o.id
           WHERE i.supersedes IS NOT NULL)
       SELECT id FROM original`,
    )
      .pluck()
      .all(JSON.stringify(ids)) as number[];
  }

  /** The evaluation instructions, oldest first. */
  evaluationSet(): Instruction[] {
    const rows = this.#sql("SELECT * FROM instruction WHERE purpose = 'evaluation' ORDER BY id").all();
    return (rows as InstructionRow[]).map(toInstruction);
  }

  addSource(
    source: {
      name: string;
      sha256: string;
      destination: string;
      outputs: OutputsUse;
      writtenBy: string | null;
      licence: string | null;
      rowLimit: number | null;
    },
    now: number,
  ): number {
    const result = this.#sql(
      `INSERT INTO source (name, sha256, destination, outputs, written_by, licence, row_limit, created_at)
         VALUES (@name, @sha256, @destination, @outputs, @writtenBy, @licence, @rowLimit, @now)`,
    ).run({ ...source, now });
    return Number(result.lastInsertRowid);
  }

  finishSource(id: number, imported: number, duplicates: number): void {
    this.#sql("UPDATE source SET imported = ?, duplicates = ? WHERE id = ?").run(imported, duplicates, id);
  }

  sourcesOf(sha256: string): Source[] {
    return this.#sql(
      `SELECT id, name, sha256, destination, row_limit AS rowLimit, imported, duplicates
         FROM source WHERE sha256 = ? ORDER BY id`,
    ).all(sha256) as Source[];
  }

  /** How many instructions each line of a source has brought. */
  linesOfSource(sourceId: number): Map<number, number> {
    const rows = this.#sql(
      "SELECT source_line AS line, count(*) AS rows FROM instruction WHERE source_id = ? GROUP BY source_line",
    ).all(sourceId) as Array<{ line: number; rows: number }>;
    return new Map(rows.map(({ line, rows }) => [line, rows]));
  }

  /** The lines of a source that could not be used, in the file's order. */
  refusedRows(sourceId: number): Array<{ line: number; reason: string }> {
    return this.#sql("SELECT line, reason FROM refused_row WHERE source_id = ? ORDER BY line, rowid").all(
      sourceId,
    ) as Array<{ line: number; reason: string }>;
  }

  addRefusedRow(sourceId: number, line: number, reason: string): void {
    this.#sql("INSERT INTO refused_row (source_id, line, reason) VALUES (?, ?, ?)").run(sourceId, line, reason);
  }
}
