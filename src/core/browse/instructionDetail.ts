import type { Instruction } from "../pool/instruction.ts";
import { halfOf, type Override } from "../review/fold.ts";
import type { Answer } from "../store/ledger.ts";
import type { Rating, Verdict } from "../store/ratings.ts";
import type { SqlCache } from "../store/sqlCache.ts";
import type { Store } from "../store/store.ts";

/** A rating with what the referee wrote. */
export interface RatingShown extends Rating {
  readonly reply: string;
}

/** Everything about one instruction. All texts are hostile: data, never markup. */
export interface InstructionDetail {
  readonly instruction: Instruction;
  /** The name of the file it was imported from. */
  readonly sourceName: string | null;
  /** By iteration, the draw's before the panel's. */
  readonly verdicts: readonly Verdict[];
  /** Halves that a person set in place of a verdict, by iteration; scores by hand under the iteration's own τ. */
  readonly overrides: ReadonlyArray<{ readonly iteration: number; readonly half: "hard" | "easy" }>;
  /** Oldest first. */
  readonly ratings: readonly RatingShown[];
  /** Newest first. */
  readonly teacherAnswers: readonly Answer[];
  readonly studentAnswers: readonly Answer[];
  /** The answer that a person wrote in place of the teacher's, where that holds. */
  readonly correctedAnswerId: number | null;
  /** Teacher's answers that a person found wrong. */
  readonly rejectedAnswerIds: readonly number[];
  /** The instruction it was generated from. */
  readonly parentId: number | null;
  /** The instructions that were generated from it, oldest first: at most `MOST_CHILDREN`. */
  readonly childIds: readonly number[];
  /** The instruction that stands in its place after an edit. */
  readonly replacedBy: number | null;
}

const MOST_CHILDREN = 100;

/** Reads everything about an instruction; null when there is none of this id. */
export function instructionDetail(store: Store, sql: SqlCache, id: number): InstructionDetail | null {
  const instruction = store.instructions.get(id);
  if (!instruction) {
    return null;
  }
  const one = (query: string): unknown => sql(query).pluck().get(id) ?? null;
  return {
    instruction,
    sourceName: one("SELECT s.name FROM source s JOIN instruction i ON s.id = i.source_id WHERE i.id = ?") as
      | string
      | null,
    verdicts: store.ratings.verdictsOf(id),
    overrides: overridesOf(store, sql, id),
    ratings: store.ratings
      .ofInstruction(id)
      .map((rating) => ({ ...rating, reply: store.ledger.answer(rating.answerId).text })),
    teacherAnswers: store.ledger.answersOf(id, "teacher").reverse(),
    studentAnswers: store.ledger.answersOf(id, "student").reverse(),
    correctedAnswerId: one("SELECT answer_id FROM temp.corrected WHERE id = ?") as number | null,
    rejectedAnswerIds: sql("SELECT answer_id FROM temp.rejected WHERE id = ? ORDER BY answer_id")
      .pluck()
      .all(id) as number[],
    parentId: one("SELECT parent_id FROM candidate WHERE instruction_id = ?") as number | null,
    childIds: sql(
      `SELECT instruction_id FROM candidate WHERE parent_id = ? ORDER BY instruction_id LIMIT ${MOST_CHILDREN}`,
    )
      .pluck()
      .all(id) as number[],
    replacedBy: one("SELECT replacement FROM temp.superseded WHERE id = ?") as number | null,
  };
}

function overridesOf(store: Store, sql: SqlCache, id: number): InstructionDetail["overrides"] {
  const rows = sql("SELECT iteration, half, gap FROM temp.override WHERE id = ? ORDER BY iteration").all(id) as Array<
    { iteration: number } & Pick<Override, "half" | "gap">
  >;
  const taus = new Map(store.iterations.all().map(({ number, config }) => [number, config.discrimination.tau]));
  return rows.map(({ iteration, ...override }) => ({ iteration, half: halfOf(override, taus.get(iteration) ?? 1) }));
}
