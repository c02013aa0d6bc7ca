import type { CandidateState } from "../review/candidateState.ts";
import type { Half } from "../store/candidates.ts";
import { SHOWN_TEXT } from "./poolRows.ts";
import { LENGTH } from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";
import { textQuery } from "./textQuery.ts";
import type { CandidateBucket, CandidateFilter, CandidateRow, CandidateSort, Cursor, Page } from "./types.ts";

/** Those that are counted and listed, in the order of the views. */
const STATES: readonly CandidateState[] = ["waiting", "disputed", "approved", "refused", "filtered", "excluded"];

/** What `stateOf` says, over the candidate `c`. */
const STATE = `CASE WHEN c.instruction_id IN (SELECT id FROM temp.excluded) THEN 'excluded'
  WHEN c.instruction_id IN (SELECT id FROM temp.superseded) OR c.instruction_id IN (SELECT id FROM temp.withdrawn)
    THEN 'replaced'
  ELSE coalesce((SELECT d.state FROM temp.decided d WHERE d.id = c.instruction_id),
    iif(c.filter IS NULL, 'waiting', 'filtered')) END`;

const ORDERS: Readonly<Record<CandidateSort, { readonly key: string; readonly descending: boolean }>> = {
  newest: { key: "c.instruction_id", descending: true },
  oldest: { key: "c.instruction_id", descending: false },
  length: { key: LENGTH, descending: true },
  nearest: { key: "coalesce(c.nearest_score, -1.0)", descending: true },
};

/** What To Review reads: candidates by the state that the decisions in force give them. */
export class CandidateBrowser {
  readonly #state: PoolState;

  constructor(state: PoolState) {
    this.#state = state;
  }

  /** All states, also the empty ones, with their candidates of one iteration or of all. */
  counts(filter: CandidateFilter = {}): CandidateBucket[] {
    this.#state.refresh();
    const newest = this.#state.sql("SELECT max(instruction_id) FROM candidate").pluck().get();
    return this.#state.rememberWhile(
      `candidates/${JSON.stringify(filter)}`,
      `${newest}/${this.#state.decided.highest}`,
      () => this.#count(filter),
    );
  }

  #count(filter: CandidateFilter): CandidateBucket[] {
    const { where, values } = conditions(filter);
    const rows = this.#state
      .sql(
        `SELECT ${STATE} AS state, coalesce(c.half, 'imported') AS half, count(*) AS count FROM candidate c
         WHERE ${["true", ...where].join(" AND ")} GROUP BY 1, 2`,
      )
      .all(values) as Array<{ state: CandidateState; half: Half | "imported"; count: number }>;
    return STATES.map((state) => {
      const byHalf = { hard: 0, easy: 0, imported: 0 };
      for (const { half, count } of rows.filter((row) => row.state === state)) {
        byHalf[half] = count;
      }
      return { id: `review/${state}`, state, count: byHalf.hard + byHalf.easy + byHalf.imported, byHalf };
    });
  }

  /** Candidates of a state behind a cursor; the first ones without. */
  page(
    state: CandidateState,
    options: {
      readonly limit: number;
      readonly sort?: CandidateSort;
      readonly after?: Cursor | null;
      readonly filter?: CandidateFilter;
    },
  ): Page<CandidateRow> {
    this.#state.refresh();
    const { sort = "oldest", after = null, limit, filter = {} } = options;
    const { key, descending } = ORDERS[sort];
    const { where, values } = conditions(filter);
    const from = `candidate c ${sort === "length" ? INSTRUCTION : ""} WHERE ${[`${STATE} = @state`, ...where].join(" AND ")}`;
    const direction = descending ? "DESC" : "ASC";
    const begin = after ? `AND (${key}, c.instruction_id) ${descending ? "<" : ">"} (@key, @id)` : "";
    const found = this.#state
      .sql(
        `SELECT c.instruction_id AS id, ${key} AS key FROM ${from} ${begin}
         ORDER BY ${key} ${direction}, c.instruction_id ${direction} LIMIT @limit`,
      )
      .all({ ...values, state, key: after?.key, id: after?.id, limit: limit + 1 }) as Array<{
      id: number;
      key: number;
    }>;
    const shown = found.slice(0, limit);
    const seen = (after?.seen ?? 0) + shown.length;
    const last = shown.at(-1);
    const total = this.counts(filter).find((bucket) => bucket.state === state)?.count ?? 0;
    return {
      rows: this.#rows(shown.map(({ id }) => id)),
      next: last && found.length > limit ? { ...last, part: 0, sorted: true, seen } : null,
      left: found.length > limit ? Math.max(1, total - seen) : 0,
    };
  }

  /** One candidate as it stands; null when the instruction is none. */
  get(instructionId: number): CandidateRow | null {
    this.#state.refresh();
    return this.#rows([instructionId])[0] ?? null;
  }

  #rows(ids: readonly number[]): CandidateRow[] {
    return this.#state
      .sql(
        `SELECT c.instruction_id AS id, ${SHOWN_TEXT} AS text, c.iteration, ${STATE} AS state, c.half,
           c.parent_id AS parentId, c.nearest_id AS nearestId, c.nearest_score AS nearestScore, c.filter,
           CASE ${STATE}
             WHEN 'filtered' THEN coalesce(c.filter_detail, c.filter)
             WHEN 'refused' THEN (SELECT reason FROM temp.decided d WHERE d.id = c.instruction_id)
             WHEN 'excluded' THEN (SELECT reason FROM temp.excluded e WHERE e.id = c.instruction_id)
           END AS reason
         FROM json_each(?) wanted CROSS JOIN candidate c ON c.instruction_id = wanted.value
         CROSS JOIN instruction i ON i.id = c.instruction_id ORDER BY wanted.key`,
      )
      .all(JSON.stringify(ids)) as CandidateRow[];
  }
}

const INSTRUCTION = "CROSS JOIN instruction i INDEXED BY instruction_brief ON i.id = c.instruction_id";

function conditions({ iteration, half, hasText }: CandidateFilter): {
  where: string[];
  values: Readonly<Record<string, unknown>>;
} {
  const text = hasText === undefined ? null : textQuery(hasText);
  const where = [
    iteration !== undefined && "c.iteration = @iteration",
    half !== undefined && (half === "imported" ? "c.half IS NULL" : "c.half = @half"),
    text !== null && "c.instruction_id IN (SELECT rowid FROM instruction_text WHERE instruction_text MATCH @text)",
  ].filter((condition) => typeof condition === "string");
  return { where, values: { iteration, half, text } };
}
