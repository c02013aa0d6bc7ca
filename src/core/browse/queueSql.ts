import { instructionSubject, verdictSubject } from "../review/fold.ts";
import { BRIEF, GAP_RANK, gapBounds, LENGTH } from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";
import type { CandidateQuery, CompareQuery, QueueEntry } from "./queues.ts";
import { textQuery } from "./textQuery.ts";

/** Unscored verdicts in an index of gaps. */
const UNSCORED = `${GAP_RANK} = -100.0`;
const SCORED = `${GAP_RANK} > -100.0`;

const GROUPS: Readonly<Record<CompareQuery["group"], string>> = {
  hard: `${GAP_RANK} >= @hardFrom`,
  easy: `${GAP_RANK} < @hardFrom AND ${SCORED}`,
  unscored: UNSCORED,
  contradictory: "v.contradictory = 1",
  studentAhead: `${GAP_RANK} <= @aheadTo AND ${SCORED}`,
  disputed: "true",
  all: "true",
};

/** What a verdict is sorted by; `gap` is largest first, but where the student is ahead its largest lead. */
function verdictOrder({ sort, group }: CompareQuery): string {
  switch (sort) {
    case "gap":
      return group === "studentAhead" ? `${GAP_RANK}, v.instruction_id` : `${GAP_RANK} DESC, v.instruction_id DESC`;
    case "draw":
      return "v.position";
    case "newest":
      return "v.instruction_id DESC";
    case "length":
      return `${LENGTH} DESC, v.instruction_id DESC`;
  }
}

/** The draw's verdicts that the referee's scores put into the group, by the iteration's τ. */
export function verdictItems({ sql }: PoolState, query: CompareQuery, tau: number): QueueEntry[] {
  const { iteration, group, sort, hasText } = query;
  const text = hasText === undefined ? null : textQuery(hasText);
  const length = sort === "length" ? `CROSS JOIN ${BRIEF} ON i.id = v.instruction_id` : "";
  // Places are not in the index; everything else is.
  const index = sort === "draw" ? "" : "INDEXED BY verdict_by_rank";
  const ids = sql(
    `SELECT v.instruction_id FROM verdict v ${index} ${length}
     WHERE ${["v.iteration = @iteration AND v.scope = 'draw'", GROUPS[group], ...matching("v.instruction_id", text)].join(" AND ")}
     ORDER BY ${verdictOrder(query)}`,
  )
    .pluck()
    .all({ iteration, text, ...gapBounds(tau) }) as number[];
  return ids.map((id) => firstEntry(id, iteration, verdictSubject(iteration, id)));
}

const CANDIDATE_ORDERS: Readonly<Record<CandidateQuery["sort"], string>> = {
  newest: "c.instruction_id DESC",
  oldest: "c.instruction_id",
  length: `${LENGTH} DESC, c.instruction_id DESC`,
  nearest: "coalesce(c.nearest_score, -1.0) DESC, c.instruction_id DESC",
};

/** The candidates that can be in a state by what the filters said of them. */
export function candidateItems({ sql }: PoolState, query: CandidateQuery): QueueEntry[] {
  const { state, iteration, half, hasText, sort } = query;
  const text = hasText === undefined ? null : textQuery(hasText);
  const where = [
    state === "waiting" && "c.filter IS NULL",
    state === "filtered" && "c.filter IS NOT NULL",
    iteration !== undefined && "c.iteration = @iteration",
    half !== undefined && (half === "imported" ? "c.half IS NULL" : "c.half = @half"),
    ...matching("c.instruction_id", text),
  ].filter((condition) => typeof condition === "string");
  const length = sort === "length" ? `CROSS JOIN ${BRIEF} ON i.id = c.instruction_id` : "";
  const rows = sql(
    `SELECT c.instruction_id, c.iteration FROM candidate c ${length}
     WHERE ${["true", ...where].join(" AND ")} ORDER BY ${CANDIDATE_ORDERS[sort]}`,
  )
    .raw()
    .all({ iteration, half, text }) as Array<[id: number, iteration: number]>;
  return rows.map(([id, of]) => firstEntry(id, of, instructionSubject(id)));
}

function matching(id: string, text: string | null): string[] {
  return text === null ? [] : [`${id} IN (SELECT rowid FROM instruction_text WHERE instruction_text MATCH @text)`];
}

function firstEntry(instructionId: number, iteration: number, subject: string): QueueEntry {
  return { instructionId, iteration, reason: "first", again: null, subject };
}
