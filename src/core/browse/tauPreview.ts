import type { TauPreview } from "../../protocol/compare.ts";
import { shareWithInterval } from "../evaluation/curve.ts";
import { isHard } from "../referee/verdict.ts";
import { poolSize } from "./iterationSummaries.ts";
import { GAP_RANK, standingSql } from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";
import { tauOf } from "./tauOf.ts";
import type { VerdictsShown } from "./types.ts";

/** How often each gap occurs among what counts: a person's gap stands in the place of the referee's. */
interface Gaps {
  readonly counts: ReadonlyMap<number, number>;
  readonly unscored: number;
  /** Halves that people set, whatever τ is. */
  readonly hard: number;
  readonly easy: number;
}

const OF_DRAW = "v.iteration = @iteration AND v.scope = 'draw'";

const RATED = `SELECT v.gap, count(*) FROM verdict v INDEXED BY verdict_by_rank WHERE ${OF_DRAW} GROUP BY ${GAP_RANK}`;
const LEFT_OUT = `SELECT v.gap FROM temp.left_out l CROSS JOIN verdict v ON ${OF_DRAW} AND v.instruction_id = l.id`;
const OVERRIDDEN = `SELECT v.gap, o.half, o.gap FROM temp.override o CROSS JOIN verdict v ON ${OF_DRAW} AND v.instruction_id = o.id
  WHERE o.iteration = @iteration AND ${standingSql("o.id")}`;

/**
 * What a τ would make of all verdicts of an iteration's draw, counted as `verdictFigures` counts. The verdicts are read
 * once; another τ is then a walk over the few hundred gaps that occur.
 */
export function tauPreview(state: PoolState, { iteration, tau }: VerdictsShown): Omit<TauPreview, "saved"> {
  const { counts, unscored, ...set } = state.reading(() => gapsOf(state, iteration));
  let { hard, easy } = set;
  for (const [gap, count] of counts) {
    if (isHard(gap, tau)) {
      hard += count;
    } else {
      easy += count;
    }
  }
  const total = poolSize(state, "cache", iteration);
  const share = shareWithInterval(hard, hard + easy);
  const isComplete = modeOf(state, iteration) === "full";
  return {
    ...{ iteration, tau, total, hard, easy, unscored },
    frozen: tauOf(state, iteration),
    rated: hard + easy + unscored,
    projectedHard: isComplete
      ? { low: hard, high: hard }
      : share && { low: Math.round(share.low * total), high: Math.round(share.high * total) },
    bins: binsOf(counts),
  };
}

function modeOf({ sql }: PoolState, iteration: number): unknown {
  return sql("SELECT config ->> '$.discrimination.mode' FROM iteration WHERE number = ?").pluck().get(iteration);
}

/** What is rated is counted anew when verdicts change; a decision only has its own few taken out and put in. */
function gapsOf(state: PoolState, iteration: number): Gaps {
  const rows = <T>(query: string): T[] => state.sql(query).raw().all({ iteration }) as T[];
  const changes = state.sql("SELECT changes FROM verdict_revision WHERE iteration = ?").pluck().get(iteration) ?? 0;
  const rated = state.rememberWhile(`gaps/rated/${iteration}`, `${changes}`, () =>
    rows<[number | null, number]>(RATED),
  );
  return state.rememberWhile(`gaps/${iteration}`, `${changes}/${state.decided.revision}`, () => {
    const counts = new Map<number | null, number>(rated);
    const add = (gap: number | null, count: number): void => void counts.set(gap, (counts.get(gap) ?? 0) + count);
    for (const [gap] of rows<[number | null]>(LEFT_OUT)) {
      add(gap, -1);
    }
    const set = { hard: 0, easy: 0 };
    for (const [gap, half, inPlace] of rows<[number | null, "hard" | "easy" | null, number | null]>(OVERRIDDEN)) {
      add(gap, -1);
      if (half === null) {
        add(inPlace ?? 0, 1);
      } else {
        set[half]++;
      }
    }
    const unscored = counts.get(null) ?? 0;
    const scored = [...counts].filter((one): one is [number, number] => one[0] !== null && one[1] > 0);
    return { counts: new Map(scored), unscored, ...set };
  });
}

/** Of these widths, in points, the first that needs few enough bins. */
const WIDTHS = [0.25, 0.5, 1];
const MOST_BINS = 64;

/** How many verdicts have which gap; a bin's lower end belongs to it. Empty without gaps. */
function binsOf(counts: Gaps["counts"]): TauPreview["bins"] {
  const gaps = [...counts.keys()];
  if (gaps.length === 0) {
    return [];
  }
  const [lowest, highest] = [Math.min(...gaps), Math.max(...gaps)];
  const binsWith = (width: number): number => Math.floor(highest / width) - Math.floor(lowest / width) + 1;
  const width = WIDTHS.find((one) => binsWith(one) <= MOST_BINS) ?? 1;
  const first = Math.floor(lowest / width);
  const bins = Array.from({ length: binsWith(width) }, (_, at) => ({
    from: (first + at) * width,
    to: (first + at + 1) * width,
    count: 0,
  }));
  for (const [gap, count] of counts) {
    const bin = bins[Math.floor(gap / width) - first];
    if (bin) {
      bin.count += count;
    }
  }
  return bins;
}
