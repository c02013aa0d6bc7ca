import type { Scope } from "../store/ratings.ts";
import { gapBounds, standingSql } from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";
import type { VerdictsShown } from "./types.ts";

/** What an iteration's verdicts come to: a person's overrides count, what is left out does not. */
export interface VerdictFigures {
  readonly rated: number;
  readonly hard: number;
  readonly easy: number;
  readonly unscored: number;
  readonly contradictory: number;
  readonly studentAhead: number;
  /** Teacher minus student over the scored; null when nothing is scored. */
  readonly meanGap: number | null;
}

const OF_ITERATION = "v.iteration = @iteration AND v.scope = @scope";

/** The referee's verdicts, less those left out, with the overridden ones moved from one half to the other. */
const QUERY = `SELECT sum(rated) AS rated, sum(hard) AS hard, sum(easy) AS easy, sum(rated) - sum(hard) - sum(easy) AS unscored,
    sum(contradictory) AS contradictory, sum(ahead) AS studentAhead, sum(gaps) / nullif(sum(scored), 0) AS meanGap
  FROM (
    SELECT count(*) AS rated, total(v.gap >= @hardFrom) AS hard, total(v.gap < @hardFrom) AS easy,
      total(v.contradictory) AS contradictory, total(v.gap <= @aheadTo) AS ahead, total(v.gap) AS gaps, count(v.gap) AS scored
    FROM verdict v WHERE ${OF_ITERATION}
    UNION ALL
    SELECT -count(*), -total(v.gap >= @hardFrom), -total(v.gap < @hardFrom),
      -total(v.contradictory), -total(v.gap <= @aheadTo), -total(v.gap), -count(v.gap)
    FROM temp.left_out l CROSS JOIN verdict v ON ${OF_ITERATION} AND v.instruction_id = l.id
    UNION ALL
    SELECT 0, total(o.half = 'hard') - total(v.gap >= @hardFrom), total(o.half = 'easy') - total(v.gap < @hardFrom), 0, 0, 0, 0
    FROM temp.override o CROSS JOIN verdict v ON ${OF_ITERATION} AND v.instruction_id = o.id
    WHERE o.iteration = @iteration AND ${standingSql("o.id")})`;

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
