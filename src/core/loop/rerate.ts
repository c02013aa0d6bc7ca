import { LionError } from "../errors.ts";
import type { Instruction } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { effectiveState } from "../review/fold.ts";
import type { Prompts } from "../store/iterations.ts";
import type { Verdict } from "../store/ratings.ts";
import { ReratingRepository, type ReratingScope } from "../store/reratings.ts";
import type { Store } from "../store/store.ts";
import { endpointOf, type StageContext, windowOf } from "./context.ts";
import { forEachInOrder } from "./inOrder.ts";
import { PairRater } from "./pairRater.ts";
import { type ReratingSummary, reratingSummary } from "./reratingSummary.ts";

/** What a re-rating works with. `config` and `prompts` are the project's as they are now. */
export type RerateContext = Pick<
  StageContext,
  "store" | "clock" | "endpoints" | "asker" | "config" | "signal" | "report" | "note"
> & { readonly prompts: Prompts };

export interface RerateOptions {
  readonly iteration: number;
  /** The referee; by default the project's. */
  readonly profile?: string;
  /** Pairs at most: the first ones of the seeded random draw, then the panel's. */
  readonly limit?: number;
  /** Only the pairs that stayed unscored. */
  readonly unscored?: boolean;
  /** Who asks. */
  readonly actor: string;
}

/**
 * Has a referee rate the pairs behind an iteration's verdicts again: always by new requests with a prompt version of
 * their own, whose ratings are added to those that there are. The verdicts stay as they are until somebody takes the new
 * ones over (see `applyRerating`). What was broken off goes on when the same is asked again.
 *
 * @throws LionError when there is nothing to rate again, or the work must end early.
 */
export async function rerate(context: RerateContext, options: RerateOptions): Promise<ReratingSummary> {
  const { store, signal, report } = context;
  const config = configFor(context, options);
  const reratings = new ReratingRepository(store.connection);
  const id = begin(context, options);
  const pairs = pairsOf(store, options);
  const rater = new PairRater({ ...context, config, iteration: options.iteration }, context.prompts.referee, id);
  await forEachInOrder(
    pairs,
    { window: windowOf(config), signal },
    ({ instructionId, teacherAnswerId, studentAnswerId }) =>
      rater.rate(
        store.instructions.get(instructionId) as Instruction,
        store.ledger.answer(teacherAnswerId),
        store.ledger.answer(studentAnswerId),
      ),
    (_verdict, _pair, position) => report("rated again", position + 1, pairs.length),
  );
  store.write(() => reratings.finish(id));
  return reratingSummary(store, id);
}

/** The iteration's own rules for verdicts, with the referee that is asked now. */
function configFor({ store, config, endpoints }: RerateContext, { iteration, profile }: RerateOptions): ProjectConfig {
  const frozen = frozenConfig(store, iteration);
  const referee = profile ?? endpointOf(config, "referee").name;
  endpoints.profile(referee);
  return { ...config, discrimination: frozen.discrimination, roles: { ...config.roles, referee } };
}

function frozenConfig(store: Store, iteration: number): ProjectConfig {
  const found = store.iterations.all().find(({ number }) => number === iteration);
  if (!found) {
    throw new LionError(
      "input",
      `There is no iteration ${iteration} to rate again: \`lion status\` shows which there are.`,
    );
  }
  return found.config;
}

/** The id under which the ratings are filed: that of the same re-rating when it was broken off, else a new one. */
function begin(context: RerateContext, { iteration, profile, limit, unscored, actor }: RerateOptions): number {
  const { store, config, prompts, clock } = context;
  const discrimination = store.iterations.stage(iteration, "discrimination");
  if (discrimination && discrimination.state !== "done") {
    throw new LionError(
      "input",
      `The discrimination of iteration ${iteration} is not done, and a draw has one referee: let it end with \`lion run\` first.`,
    );
  }
  const wanted = {
    iteration,
    profile: profile ?? endpointOf(config, "referee").name,
    prompt: prompts.referee ?? null,
    scope: (unscored ? "unscored" : "all") as ReratingScope,
    limit: limit ?? null,
  };
  const reratings = new ReratingRepository(store.connection);
  const unfinished = reratings.unfinished(wanted);
  if (unfinished) {
    return unfinished.id;
  }
  if (pairsOf(store, { iteration, ...(unscored && { unscored }) }).length === 0) {
    throw new LionError(
      "input",
      unscored
        ? `Iteration ${iteration} has no unscored pair: there is nothing to rate again.`
        : `Iteration ${iteration} has no rated pair yet: run its discrimination first.`,
    );
  }
  return store.write(() => reratings.add(wanted, actor, clock.now()));
}

/** The pairs behind an iteration's verdicts, each once: the draw in its random order, then the panel. */
function pairsOf(store: Store, { iteration, limit, unscored }: Omit<RerateOptions, "actor">): Verdict[] {
  const { excluded } = effectiveState(store.decisions.upTo());
  const pairs = new Map<number, Verdict>();
  for (const verdict of [...store.ratings.verdicts(iteration, "draw"), ...store.ratings.verdicts(iteration, "panel")]) {
    const wanted = !excluded.has(verdict.instructionId) && (!unscored || verdict.state === "unscored");
    if (wanted && !pairs.has(verdict.instructionId)) {
      pairs.set(verdict.instructionId, verdict);
    }
  }
  return [...pairs.values()].slice(0, limit);
}
