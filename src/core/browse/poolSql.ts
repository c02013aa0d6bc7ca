import type { PoolName } from "../store/pools.ts";
import type { CurrentPools } from "./poolState.ts";
import { textQuery } from "./textQuery.ts";
import type { Grouping, PoolFilter, VerdictsShown } from "./types.ts";

/** Gaps are stored with four decimals, which binary fractions only come near to; half of the last one bridges that. */
const DECIMALS = 10_000;

/** From which gap on an instruction is hard, and up to which the student is ahead; see `isHard` and `isStudentAhead`. */
export function gapBounds(tau: number): { readonly hardFrom: number; readonly aheadTo: number } {
  const steps = Math.round(tau * DECIMALS);
  return { hardFrom: (steps - 0.5) / DECIMALS, aheadTo: (-steps + 0.5) / DECIMALS };
}

/** A part of a pool as queries see it, with the values that its SQL names. */
export interface PoolScope {
  readonly pool: PoolName;
  readonly shown: VerdictsShown;
  readonly filter: PoolFilter;
  /** Whether approved instructions that are no members yet are shown as such. */
  readonly coming: boolean;
  /** Whether a person has overridden verdicts of this iteration. */
  readonly overridden: boolean;
  readonly values: {
    readonly iteration: number;
    /** The Train pool of this iteration, or the Cache up to it. */
    readonly member: number;
    /** Gaps from here on are hard. */
    readonly hardFrom: number;
    /** Up to here the student is ahead by τ. */
    readonly aheadTo: number;
    readonly origin: string | null;
    readonly joined: number | null;
    readonly text: string | null;
  };
}

export function poolScope(
  pool: PoolName,
  { iteration, tau }: VerdictsShown,
  { filter, current, overridden }: { filter: PoolFilter; current: CurrentPools; overridden: boolean },
): PoolScope {
  // The verdicts of the newest iteration are shown with the pools in force, older ones with their own Cache.
  const isCurrent = pool === "train" || iteration >= current.latest;
  return {
    pool,
    shown: { iteration, tau },
    filter,
    coming: isCurrent && current.coming,
    overridden,
    values: {
      iteration,
      member: isCurrent ? current.iteration : iteration,
      ...gapBounds(tau),
      origin: filter.origin ?? null,
      joined: filter.joined ?? null,
      text: filter.hasText === undefined ? null : textQuery(filter.hasText),
    },
  };
}

/** The narrow columns of an instruction, from an index that leaves the texts alone. */
export const BRIEF = "instruction i INDEXED BY instruction_brief";

/** Joins the narrow columns of `id` as `i`. */
export function withInstruction(id: string): string {
  return `CROSS JOIN ${BRIEF} ON i.id = ${id}`;
}

/** Joins the draw's verdict of `id` as `v`, if it has one. */
export function withVerdict(id: string): string {
  return `LEFT JOIN verdict v ON v.iteration = @iteration AND v.scope = 'draw' AND v.instruction_id = ${id}`;
}

/**
 * How long `i` is, about, in characters. The index holds exactly this expression; a generated column would have SQLite
 * look up every row.
 */
export const LENGTH = "(length(i.turns) + length(i.input))";

/** The gap of `v` for sorting, as the verdicts' index holds it: unscored ones behind all gaps. */
export const GAP_RANK = "coalesce(v.gap, -100.0)";

/** Instructions whose verdicts of the iteration a person has overridden. */
export const OVERRIDDEN_IDS = "SELECT id FROM temp.override WHERE iteration = @iteration";

/** The half that the override `o` amounts to, as `halfOf` has it. */
export const OVERRIDE_HALF = "coalesce(o.half, iif(o.gap >= @hardFrom, 'hard', 'easy'))";

/** The state that `v` amounts to, as SQL. */
export function stateSql({ overridden }: Pick<PoolScope, "overridden">): string {
  const referee = "CASE WHEN v.gap IS NULL THEN 'unscored' WHEN v.gap >= @hardFrom THEN 'hard' ELSE 'easy' END";
  const state = overridden
    ? `coalesce((SELECT ${OVERRIDE_HALF} FROM temp.override o WHERE o.iteration = v.iteration AND o.id = v.instruction_id), ${referee})`
    : referee;
  return `iif(v.instruction_id IS NULL, 'not-rated', ${state})`;
}

/** That `id` is a member of the scope's pool and is not left out. */
export function memberSql({ pool, coming }: PoolScope, id: string): string {
  const range = pool === "train" ? "= @member" : "<= @member";
  const member = `EXISTS (SELECT 1 FROM pool_member m WHERE m.pool = '${pool}' AND m.instruction_id = ${id} AND m.iteration ${range})`;
  return `${coming ? `(${member} OR ${id} IN (SELECT id FROM temp.coming))` : member} AND ${standingSql(id)}`;
}

/** The ids `m.id` of the Train pool's members. */
export function trainMembers({ coming }: PoolScope): string {
  const members = "SELECT instruction_id AS id FROM pool_member WHERE pool = 'train' AND iteration = @member";
  return `(${members}${coming ? " UNION ALL SELECT id FROM temp.coming" : ""}) m`;
}

/** That `id` is neither excluded nor superseded. */
export function standingSql(id: string): string {
  return `${id} NOT IN (SELECT id FROM temp.left_out)`;
}

/** The iteration in which `id` joined the Cache, coming ones with the coming iteration; null for what is in no pool. */
export function joinedSql(id: string): string {
  return `coalesce((SELECT m.iteration FROM pool_member m WHERE m.pool = 'cache' AND m.instruction_id = ${id}),
    (SELECT (SELECT max(number) FROM iteration) + 1 FROM temp.coming WHERE coming.id = ${id}))`;
}

/** The filter as conditions on an id, `i` and `v`; the text is left to what reads the full-text index. */
export function filterSql({ filter, values }: PoolScope, id: string): string[] {
  return [
    filter.contradictory && "v.contradictory = 1",
    filter.studentAhead && "v.gap <= @aheadTo",
    values.origin !== null && "i.origin = @origin",
    values.joined !== null && `${joinedSql(id)} = @joined`,
  ].filter((condition) => typeof condition === "string");
}

/** Whether only rated instructions can match. */
export function isRatedOnly({ contradictory, studentAhead }: PoolFilter): boolean {
  return Boolean(contradictory || studentAhead);
}

/** Whether the filter or the group looks at `i`. */
export function needsInstruction({ values }: PoolScope, grouping: Grouping): boolean {
  return values.origin !== null || grouping === "origin" || grouping === "source";
}
