import type { Instruction, Origin } from "../pool/instruction.ts";
import type { CandidateState } from "../review/candidateState.ts";
import { CandidateBrowser } from "./candidateBrowser.ts";
import type { ItemSource } from "./itemSource.ts";
import { SHOWN_TEXT } from "./poolRows.ts";

/** Another instruction that one is related to. Its text is hostile: data, never markup. */
export interface RelativeFacts {
  readonly instructionId: number;
  /** The beginning of its text. */
  readonly text: string;
  /** Null where it is no candidate. */
  readonly state: CandidateState | null;
}

/** Where an instruction comes from and what came of it. */
export interface LineageFacts {
  readonly origin: Origin;
  /** The file that it was imported from, and the line there. */
  readonly sourceName: string | null;
  readonly sourceLine: number | null;
  /** The instruction that it was generated from. */
  readonly parent: RelativeFacts | null;
  /** Generated from it, oldest first: at most `MOST_CHILDREN` of `childCount`. */
  readonly children: readonly RelativeFacts[];
  readonly childCount: number;
  readonly supersedes: RelativeFacts | null;
  readonly replacedBy: RelativeFacts | null;
  /** Iterations whose checkpoints were trained on it, oldest first. */
  readonly checkpoints: readonly number[];
}

const MOST_CHILDREN = 20;

export function lineageOf(source: ItemSource, instruction: Instruction): LineageFacts {
  const { sql } = source.state;
  const { id, origin, sourceId, sourceLine, supersedes } = instruction;
  const one = (query: string, value: number | null): unknown => sql(query).pluck().get(value) ?? null;
  const relative = (relativeId: unknown): RelativeFacts | null =>
    relativeId === null ? null : (relativesOf(source, [Number(relativeId)])[0] ?? null);
  const children = sql(
    `SELECT instruction_id FROM candidate WHERE parent_id = ? ORDER BY instruction_id LIMIT ${MOST_CHILDREN}`,
  )
    .pluck()
    .all(id) as number[];
  return {
    ...{ origin, sourceLine },
    sourceName: one("SELECT name FROM source WHERE id = ?", sourceId) as string | null,
    parent: relative(one("SELECT parent_id FROM candidate WHERE instruction_id = ?", id)),
    children: relativesOf(source, children),
    childCount: Number(one("SELECT count(*) FROM candidate WHERE parent_id = ?", id)),
    supersedes: relative(supersedes),
    replacedBy: relative(one("SELECT replacement FROM temp.superseded WHERE id = ?", id)),
    checkpoints: trainedIn(source, id),
  };
}

/** Iterations whose checkpoints were trained on an instruction, oldest first. */
export function trainedIn({ state }: ItemSource, instructionId: number): number[] {
  return state
    .sql(
      `SELECT c.iteration FROM checkpoint c WHERE EXISTS (SELECT 1 FROM pool_member m
         WHERE m.pool = 'train' AND m.instruction_id = ? AND m.iteration = c.iteration) ORDER BY c.iteration`,
    )
    .pluck()
    .all(instructionId) as number[];
}

/** The given instructions, in their order; unknown ids are left out. */
export function relativesOf({ state }: ItemSource, ids: readonly number[]): RelativeFacts[] {
  const candidates = new CandidateBrowser(state);
  const rows = state
    .sql(
      `SELECT i.id AS instructionId, ${SHOWN_TEXT} AS text FROM json_each(?) wanted
       CROSS JOIN instruction i ON i.id = wanted.value ORDER BY wanted.key`,
    )
    .all(JSON.stringify(ids)) as Array<Omit<RelativeFacts, "state">>;
  return rows.map((row) => ({ ...row, state: candidates.get(row.instructionId)?.state ?? null }));
}
