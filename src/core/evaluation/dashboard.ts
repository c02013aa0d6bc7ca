import { setImmediate as nextTurn } from "node:timers/promises";
import type { AgreementFigures, DashboardFigures, IterationFigures } from "../../protocol/dashboard.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { type EffectiveState, effectiveState } from "../review/fold.ts";
import type { Scope } from "../store/ratings.ts";
import type { Store } from "../store/store.ts";
import { type PanelRow, wouldAnotherRoundPay } from "./curve.ts";
import { agreementFigures } from "./dashboardAgreement.ts";
import { approval, exactMatch, roleUse } from "./dashboardCounts.ts";
import { type GapCount, gapBins, gapSummary } from "./gaps.ts";
import { LedgerStamps } from "./ledgerStamps.ts";
import { Memo } from "./memo.ts";
import { SAMPLE_SIZE, sampledFigures } from "./sampled.ts";

/** More iterations than anybody has run, and few enough for one message. */
const MOST_ITERATIONS = 100;

/** What an iteration's sample and its candidates depend on, beside the verdicts' number and the decisions. */
const STAMPS = `SELECT (SELECT coalesce(max(applied_at), 0) FROM rerating WHERE iteration = @number),
  (SELECT count(*) FROM candidate WHERE iteration = @number)`;

/** Pools grow by imports, by new instructions and when an iteration begins. */
const POOL_STAMP = `SELECT (SELECT coalesce(max(id), 0) FROM instruction), (SELECT count(*) FROM stage),
  (SELECT coalesce(sum(imported), 0) FROM source)`;

/**
 * Reads the dashboard's figures. Everything is counted by the database; between its steps the event loop gets its turn,
 * so that a large project doesn't stall the editor. Instructions that people excluded are in no figure.
 */
export class DashboardReader {
  readonly #store: Store;
  readonly #memo = new Memo();
  readonly #ledger: LedgerStamps;
  #agreed: { readonly stamp: string; readonly figures: AgreementFigures } | null = null;

  constructor(store: Store) {
    this.#store = store;
    this.#ledger = new LedgerStamps(store.connection);
  }

  /** The figures of all iterations, and the histogram of one: the newest rated one when null or not there. */
  async read(project: string, iteration: number | null): Promise<DashboardFigures> {
    const decided = this.#decisions();
    await nextTurn();
    const pools = this.#pools(decided);
    this.#ledger.refresh();
    const iterations: IterationFigures[] = [];
    for (const { number, config } of this.#store.iterations.all().slice(-MOST_ITERATIONS)) {
      iterations.push(await this.#iteration(number, config, pools, decided));
      await nextTurn();
    }
    const agreement = await this.#agreement(decided);
    const rated = iterations.filter(({ draw }) => draw.rated > 0);
    const chosen = rated.find(({ number }) => number === iteration) ?? rated.at(-1);
    return {
      project,
      iterations,
      histogram: chosen
        ? {
            iteration: chosen.number,
            tau: chosen.tau,
            bins: gapBins(this.#gapCounts(chosen.number, "draw", decided), chosen.tau),
          }
        : null,
      outlook: this.#outlook(iterations, decided),
      agreement,
      sampleSize: SAMPLE_SIZE,
    };
  }

  /** How many instructions a project has to begin with: those in the first Train pool. */
  instructions(): number {
    return this.#pools(this.#decisions()).train(1);
  }

  async #iteration(
    number: number,
    config: ProjectConfig,
    pools: PoolSizes,
    decided: Decided,
  ): Promise<IterationFigures> {
    const { connection } = this.#store;
    const { tau, mode } = config.discrimination;
    const summary = (scope: Scope): IterationFigures["draw"] =>
      gapSummary(this.#gapCounts(number, scope, decided), tau, this.#contradictory(number, scope, decided));
    const [panel, draw] = [summary("panel"), summary("draw")];
    const [rerated, candidates] = connection.prepare(STAMPS).raw().get({ number }) as [number, number];
    await nextTurn();
    const use = this.#memo.of(`use/${number}`, this.#ledger.of(number), () => roleUse(connection, number, config));
    await nextTurn();
    const sampleStamp = `${draw.rated}/${panel.rated}/${rerated}/${decided.exclusions}`;
    const sampled = this.#memo.of(`sample/${number}`, sampleStamp, () =>
      sampledFigures(connection, number, (id) => decided.excluded.has(id)),
    );
    await nextTurn();
    const approvalStamp = `${candidates}/${decided.stamp}`;
    return {
      number,
      tau,
      mode,
      trainPool: pools.train(number),
      cachePool: pools.cache(number),
      panel,
      draw,
      use,
      ...sampled,
      exactMatch: exactMatch(connection, number),
      approval: this.#memo.of(`approval/${number}`, approvalStamp, () => approval(connection, number, decided)),
    };
  }

  /** The decisions in force, with stamps: of all of them, and of what they exclude. */
  #decisions(): Decided {
    const upTo = this.#store.decisions.highestId();
    return this.#memo.of("decisions", String(upTo), () => {
      const state = effectiveState(this.#store.decisions.upTo(upTo));
      return { ...state, stamp: String(upTo), exclusions: [...state.excluded.keys()].join() };
    });
  }

  /** Read again only when somebody has decided something. */
  async #agreement({ stamp, excluded }: Decided): Promise<AgreementFigures> {
    if (this.#agreed?.stamp !== stamp) {
      const { connection } = this.#store;
      const figures = await agreementFigures(connection, Number(stamp), (id) => excluded.has(id));
      this.#agreed = { stamp, figures };
    }
    return this.#agreed.figures;
  }

  #pools(decided: Decided): PoolSizes {
    const { connection } = this.#store;
    const stamp = connection.prepare(POOL_STAMP).raw().get() as number[];
    return this.#memo.of("pools", `${stamp.join("/")}/${decided.stamp}`, () => this.#countPools(decided));
  }

  #countPools({ excluded }: EffectiveState): PoolSizes {
    const { connection } = this.#store;
    const sizes = new Map<string, number>();
    const add = (pool: string, iteration: number, count: number): void => {
      sizes.set(`${pool}/${iteration}`, (sizes.get(`${pool}/${iteration}`) ?? 0) + count);
    };
    const counts = connection
      .prepare("SELECT pool, iteration, count(*) FROM pool_member GROUP BY pool, iteration")
      .raw();
    for (const [pool, iteration, count] of counts.iterate() as IterableIterator<[string, number, number]>) {
      add(pool, iteration, count);
    }
    const member = connection
      .prepare("SELECT pool, iteration FROM pool_member WHERE pool IN ('train', 'cache') AND instruction_id = ?")
      .raw();
    for (const id of excluded.keys()) {
      for (const [pool, iteration] of member.iterate(id) as IterableIterator<[string, number]>) {
        add(pool, iteration, -1);
      }
    }
    const of = (pool: string, iteration: number): number => sizes.get(`${pool}/${iteration}`) ?? 0;
    return {
      train: (iteration) => of("train", iteration),
      cache: (iteration) =>
        Array.from({ length: iteration }, (_, index) => of("cache", index + 1)).reduce((sum, size) => sum + size, 0),
    };
  }

  #gapCounts(iteration: number, scope: Scope, { excluded }: EffectiveState): GapCount[] {
    const { connection } = this.#store;
    const counts = connection
      .prepare("SELECT gap, count(*) AS count FROM verdict WHERE iteration = ? AND scope = ? GROUP BY gap")
      .all(iteration, scope) as GapCount[];
    const byGap = new Map(counts.map(({ gap, count }) => [gap, count]));
    const one = connection
      .prepare("SELECT gap FROM verdict WHERE iteration = ? AND scope = ? AND instruction_id = ?")
      .pluck();
    for (const id of excluded.keys()) {
      const gap = one.get(iteration, scope, id) as number | null | undefined;
      if (gap !== undefined) {
        byGap.set(gap, (byGap.get(gap) ?? 0) - 1);
      }
    }
    return [...byGap].flatMap(([gap, count]) => (count > 0 ? [{ gap, count }] : []));
  }

  #contradictory(iteration: number, scope: Scope, { excluded }: EffectiveState): number {
    const ids = this.#store.connection
      .prepare("SELECT instruction_id FROM verdict WHERE iteration = ? AND scope = ? AND contradictory = 1")
      .pluck()
      .all(iteration, scope) as number[];
    return ids.filter((id) => !excluded.has(id)).length;
  }

  #outlook(iterations: readonly IterationFigures[], { excluded }: EffectiveState): DashboardFigures["outlook"] {
    const [previous, current] = iterations.filter(({ panel }) => panel.rated > 0).slice(-2);
    if (!previous || !current) {
      return null;
    }
    const panelOf = (iteration: number): PanelRow[] =>
      this.#store.ratings.verdicts(iteration, "panel").filter(({ instructionId }) => !excluded.has(instructionId));
    const { answer, sentence } = wouldAnotherRoundPay(panelOf(previous.number), panelOf(current.number));
    return { answer, sentence };
  }
}

interface Decided extends EffectiveState {
  readonly stamp: string;
  readonly exclusions: string;
}

interface PoolSizes {
  readonly train: (iteration: number) => number;
  readonly cache: (iteration: number) => number;
}
