import { generatorMessages } from "../generator/prompt.ts";
import type { Prices } from "../models/prices.ts";
import { outputLimit } from "../models/prices.ts";
import type { Role } from "../models/types.ts";
import { singleTurn } from "../pool/instruction.ts";
import type { Profile, ProjectConfig } from "../project/schema.ts";
import { refereeMessages } from "../referee/prompt.ts";
import { effectiveState } from "../review/fold.ts";
import { currentPools } from "../review/pools.ts";
import type { Used } from "../store/allowances.ts";
import type { StageName } from "../store/iterations.ts";
import { type Counted, MeasureRepository, type TokensMeasured } from "../store/measures.ts";
import type { Store } from "../store/store.ts";
import { endpointOf, profileOf, windowOf } from "./context.ts";
import { iterationAtHand } from "./iterations.ts";
import { evenly, type PairFacts, pairFacts, type TeacherBook, teacherBook } from "./pairFacts.ts";
import { halves } from "./quota.ts";
import { type Standing, standingOf } from "./standing.ts";

export type AskedRole = Exclude<Role, "evaluator">;

/** What is known about a role's requests before they are made. */
export interface CallFacts {
  readonly role: AskedRole;
  readonly profile: string;
  readonly kind: Profile["kind"];
  readonly prices: Prices | null;
  /** Tokens that a reply may have at most; null where nothing limits it. */
  readonly outputLimit: number | null;
  readonly measured: TokensMeasured;
  /** Replies that were refused, empty or cut off. */
  readonly incomplete: Counted;
  /** Attempts that brought no reply. */
  readonly failed: Counted;
  /** Characters that the role's prompt puts around the texts. */
  readonly frame: number;
}

/** The share of hard ones among the scored, and where it was counted; iteration 0 is nowhere. */
export interface HardFacts extends Counted {
  readonly iteration: number;
}

export interface DiscriminationFacts extends PairFacts {
  readonly mode: "lazy" | "full";
  readonly orders: 1 | 2;
  /** Wordings that a reply which cannot be read is asked for in, the first one included. */
  readonly wordings: number;
  /** Instructions of the Cache, excluded ones left out, and those that the draw has rated. */
  readonly cache: number;
  readonly rated: number;
  readonly maxRated: number;
  /** Hard and easy ones that the draw still has to find. */
  readonly missing: { readonly hard: number; readonly easy: number };
  readonly hard: HardFacts;
  readonly unscored: Counted;
  readonly unparsed: Counted;
  /** Replies behind the ratings: equal requests share one. */
  readonly replies: Counted;
  /** Panel instructions that have no verdict yet. */
  readonly panel: number;
}

export interface GenerationFacts {
  /** Candidates that are still to be found. */
  readonly missing: number;
  readonly passed: Counted;
  /** Instructions of the Cache that were a seed in an earlier iteration: as a seed again, they bring the stored reply. */
  readonly seeded: Counted;
  /** Requests that the generator may still make. */
  readonly most: number;
}

/** What the coming imitation asks the teacher. */
export interface TrainFacts {
  readonly size: number;
  /** Instructions without an answer among those looked at: all, or an even sample of a large pool. */
  readonly open: Counted;
  /** How many different texts those have; equal ones share a request. */
  readonly different: number;
}

export interface EstimateFacts {
  readonly iteration: number;
  readonly stages: readonly StageName[];
  readonly calls: Readonly<Record<AskedRole, CallFacts>>;
  /** Requests that are kept going at once: so many may be made beyond the point where a stage stops. */
  readonly window: number;
  readonly train: TrainFacts;
  /** Evaluation instructions that the student still has to answer. */
  readonly evaluation: number;
  readonly discrimination: DiscriminationFacts | null;
  readonly generation: GenerationFacts | null;
  /** Mean lengths in characters; null where none is known. */
  readonly lengths: { readonly instruction: number | null; readonly teacher: number | null };
  readonly used: Used;
}

/** Reads what an estimate rests on. */
export function estimateFacts(store: Store, current: ProjectConfig): EstimateFacts {
  const { number, stages } = iterationAtHand(store);
  const frozen = store.iterations.latest();
  const config = frozen?.number === number ? frozen.config : current;
  const closing = number > current.loop.iterations;
  // After the last iteration an imitation closes the loop, and with it the panel is rated.
  const atEnd = closing && !stages.includes("imitation");
  const open = atEnd ? [] : closing ? (["imitation"] as const) : stages;
  const measures = new MeasureRepository(store.connection);
  const decided = effectiveState(store.decisions.upTo());
  const { excluded, finished } = decided;
  const imitates = open.includes("imitation");
  const rates = open.includes("discrimination") || (closing && imitates);
  const pools = poolsOf(store, number);
  const included = (ids: readonly number[]): number[] => ids.filter((id) => !excluded.has(id));
  const train = imitates ? included(pools.train()) : [];
  const cache = rates ? included(pools.cache()) : [];
  const teacher = teacherBook(measures, config, decided);
  const pairs = rates
    ? pairFacts(store, measures, { iteration: number, config, cache, imitates, teacher, train: new Set(train) })
    : null;
  return {
    iteration: number,
    stages: open,
    calls: callFacts(measures, config),
    window: windowOf(config),
    train: trainFacts(measures, teacher, train),
    evaluation: imitates ? openEvaluation(store, measures, config, number) : 0,
    discrimination: pairs && discriminationFacts(store, measures, { iteration: number, config, cache, closing, pairs }),
    generation:
      open.includes("generation") && !finished.has(number)
        ? generationFacts(measures, {
            ...{ iteration: number, config, current },
            standing: standingOf(store.candidates.ofIteration(number), decided),
          })
        : null,
    lengths: {
      instruction: pairs?.instructionLength ?? meanLength(measures, train),
      teacher: pairs?.teacherLength ?? null,
    },
    used: store.ledger.allowances.used(number),
  };
}

/** The pools that an iteration works with: those it opened with, or those that it is going to open with. */
function poolsOf(store: Store, iteration: number): { train(): readonly number[]; cache(): readonly number[] } {
  if (store.iterations.latest()?.number === iteration) {
    return { train: () => store.pools.train(iteration), cache: () => store.pools.cache(iteration) };
  }
  const { train, cache } = currentPools(store);
  return { train: () => train, cache: () => cache };
}

/** A pool of this size is looked at as a whole; a larger one by an even sample. */
const LOOKED_AT = 3000;

function trainFacts(measures: MeasureRepository, teacher: TeacherBook, train: readonly number[]): TrainFacts {
  const sample = evenly(train, LOOKED_AT);
  const open = sample.filter((id) => teacher.usable(id) === null && !teacher.isHopeless(id));
  return {
    size: train.length,
    open: { hits: open.length, count: sample.length },
    different: measures.differentTexts(open),
  };
}

const LENGTHS_SAMPLED = 200;

function meanLength(measures: MeasureRepository, ids: readonly number[]): number | null {
  const sample = ids.slice(0, LENGTHS_SAMPLED).map((id) => measures.lengthOf(id));
  return sample.length === 0 ? null : sample.reduce((sum, length) => sum + length, 0) / sample.length;
}

function callFacts(measures: MeasureRepository, config: ProjectConfig): Record<AskedRole, CallFacts> {
  const failed = measures.failedAttempts();
  const nobody = { hits: 0, count: 0 };
  const framed = frames();
  const of = (role: AskedRole): CallFacts => {
    const { name, profile } = profileOf(config, role);
    const isCheckpoint = profile.kind === "checkpoint";
    const ownLimit = isCheckpoint ? profile.maxNewTokens : outputLimit(profile.parameters);
    return {
      role,
      profile: name,
      kind: profile.kind,
      prices: isCheckpoint ? null : (profile.prices ?? null),
      outputLimit: ownLimit ?? (role === "generator" ? config.generation.maxTokens : null),
      measured: measures.tokens(role, name),
      incomplete: measures.incomplete(role, name),
      failed: failed.get(role) ?? nobody,
      frame: framed[role],
    };
  };
  return { teacher: of("teacher"), student: of("student"), referee: of("referee"), generator: of("generator") };
}

function frames(): Record<AskedRole, number> {
  const lengthOf = (messages: ReadonlyArray<{ readonly content: string }>): number =>
    messages.reduce((sum, { content }) => sum + content.length, 0);
  const empty = singleTurn("");
  const referee = refereeMessages({ instruction: empty, first: "", second: "", wording: "standard" });
  const generator = generatorMessages({ parent: empty, operator: "hard" });
  return { teacher: 0, student: 0, referee: lengthOf(referee.messages), generator: lengthOf(generator.messages) };
}

function openEvaluation(store: Store, measures: MeasureRepository, config: ProjectConfig, iteration: number): number {
  if (config.evaluation.sets !== "exact-match" || store.training.evaluation(iteration).length > 0) {
    return 0;
  }
  const { name, profile } = profileOf(config, "student");
  return store.instructions.evaluationSet().filter(({ id }) => {
    const hasReference = store.ledger.answersOf(id, "teacher").some(({ origin }) => origin === "imported");
    const answered =
      profile.kind !== "checkpoint" &&
      measures.answerBy(id, "student", { profile: name, model: profile.model }) !== null;
    return hasReference && !answered;
  }).length;
}

function discriminationFacts(
  store: Store,
  measures: MeasureRepository,
  {
    iteration,
    config,
    cache,
    closing,
    pairs,
  }: {
    readonly iteration: number;
    readonly config: ProjectConfig;
    readonly cache: readonly number[];
    readonly closing: boolean;
    readonly pairs: PairFacts;
  },
): DiscriminationFacts {
  const { tau, mode, maxRated, orders, panel } = config.discrimination;
  const referee = endpointOf(config, "referee").profile;
  const draw = measures.gaps(iteration, tau);
  const former = iteration > 1 ? measures.gaps(iteration - 1, tau) : null;
  const ratings = measures.ratings();
  const quota = halves(config);
  const stored = store.pools.panel();
  const panelSize = stored.length > 0 ? stored.length : Math.min(panel, cache.length);
  // Too few of this iteration's own say less than all of the last one's.
  const own = draw.hard + draw.easy;
  const counted =
    own >= 30 || !former || former.hard + former.easy === 0
      ? { ...draw, iteration }
      : { ...former, iteration: iteration - 1 };
  return {
    ...pairs,
    mode,
    orders: orders === "both" ? 2 : 1,
    wordings: referee.structuredOutput ? 3 : 2,
    cache: cache.length,
    rated: draw.hard + draw.easy + draw.unscored,
    maxRated,
    missing: closing
      ? { hard: 0, easy: 0 }
      : { hard: Math.max(0, quota.hard - draw.hard), easy: Math.max(0, quota.easy - draw.easy) },
    hard: { iteration: counted.iteration, hits: counted.hard, count: counted.hard + counted.easy },
    unscored: { hits: counted.unscored, count: counted.hard + counted.easy + counted.unscored },
    unparsed: { hits: ratings.unparsed, count: ratings.count },
    replies: { hits: ratings.replies, count: ratings.count },
    panel: Math.max(0, panelSize - store.ratings.verdicts(iteration, "panel").length),
  };
}

function generationFacts(
  measures: MeasureRepository,
  {
    iteration,
    config,
    current,
    standing: { accepted, turnedDown },
  }: {
    readonly iteration: number;
    readonly config: ProjectConfig;
    readonly current: ProjectConfig;
    readonly standing: Standing;
  },
): GenerationFacts {
  const here = measures.passed(iteration);
  const wanted = config.loop.newInstructions;
  const before = iteration > 1 ? measures.passed(iteration - 1) : here;
  const { maxRequestsPerInstruction } = current.generation;
  return {
    missing: Math.max(0, wanted - accepted),
    passed: { hits: here.hits + before.hits, count: here.count + before.count },
    seeded: { hits: measures.parentsBefore(iteration), count: measures.cacheSize(iteration) },
    most: Math.max(0, Math.ceil(maxRequestsPerInstruction * (wanted + turnedDown)) - here.count),
  };
}
