import type { GapFigures } from "../loop/status.ts";
import type { Scope } from "../store/ratings.ts";
import { GAP_RANK, gapBounds, OVERRIDE_HALF, standingSql } from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";
import type { VerdictsShown } from "./types.ts";

/** What an iteration's verdicts come to: a person's overrides count, what is left out does not. */
export type VerdictFigures = Omit<GapFigures, "hardShare">;

const OF_ITERATION = "v.iteration = @iteration AND v.scope = @scope";

/** Of groups of verdicts with the same gap: `n` of them, `contradictory` of these. */
const SUMS = `total(n) AS rated, total(n * (gap >= @hardFrom)) AS hard, total(n * (gap < @hardFrom)) AS easy,
  total(contradictory) AS contradictory, total(n * (gap <= @aheadTo)) AS ahead, total(n * gap) AS gaps,
  total(n * (gap IS NOT NULL)) AS scored`;

/** The referee's verdicts, less those left out, with the overridden ones moved from one half to the other. */
const QUERY = `WITH
  referee AS (
    SELECT ${SUMS} FROM (
      SELECT v.gap, count(*) AS n, sum(v.contradictory) AS contradictory
      FROM verdict v INDEXED BY verdict_by_rank WHERE ${OF_ITERATION} GROUP BY ${GAP_RANK})),
  gone AS (
    SELECT ${SUMS} FROM (
      SELECT v.gap, 1 AS n, v.contradictory
      FROM temp.left_out l CROSS JOIN verdict v ON ${OF_ITERATION} AND v.instruction_id = l.id)),
  moved AS (
    SELECT total(${OVERRIDE_HALF} = 'hard') - total(v.gap >= @hardFrom) AS hard,
      total(${OVERRIDE_HALF} = 'easy') - total(v.gap < @hardFrom) AS easy
    FROM temp.override o CROSS JOIN verdict v ON ${OF_ITERATION} AND v.instruction_id = o.id
    WHERE o.iteration = @iteration AND ${standingSql("o.id")}),
  result AS (
    SELECT r.rated - g.rated AS rated, r.hard - g.hard + m.hard AS hard, r.easy - g.easy + m.easy AS easy,
      r.contradictory - g.contradictory AS contradictory, r.ahead - g.ahead AS studentAhead,
      (r.gaps - g.gaps) / nullif(r.scored - g.scored, 0) AS meanGap
    FROM referee r, gone g, moved m)
  SELECT *, rated - hard - easy AS unscored FROM result`;

/** The figures of an iteration's verdicts; counted again only when verdicts of this iteration or decisions on them changed. */
export function verdictFigures(state: PoolState, scope: Scope, { iteration, tau }: VerdictsShown): VerdictFigures {
  state.refresh();
  const changes = state.sql("SELECT changes FROM verdict_revision WHERE iteration = ?").pluck().get(iteration) ?? 0;
  return state.rememberWhile(
    `verdicts/${scope}/${iteration}/${tau}`,
    `${changes}/${state.decided.revision}`,
    () => state.sql(QUERY).get({ iteration, scope, ...gapBounds(tau) }) as VerdictFigures,
  );
}
