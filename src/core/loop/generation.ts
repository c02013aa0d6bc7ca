import { type DiversityCheck, DiversityIndex } from "../diversity/diversityIndex.ts";
import { LionError } from "../errors.ts";
import { checkValidity } from "../generator/filters.ts";
import { parseGenerated } from "../generator/parse.ts";
import { generatorMessages } from "../generator/prompt.ts";
import { AskFailed } from "../models/askFailed.ts";
import { type Instruction, instructionOf, singleTurn } from "../pool/instruction.ts";
import { effectiveState } from "../review/fold.ts";
import type { Half } from "../store/candidates.ts";
import type { Answer } from "../store/ledger.ts";
import { endpointOf, type StageContext, windowOf } from "./context.ts";
import { seedAt } from "./draw.ts";
import { InOrder } from "./inOrder.ts";
import { halves } from "./quota.ts";
import { seedsFrom } from "./seeds.ts";
import { isKnown, standingOf } from "./standing.ts";

const HALVES: readonly Half[] = ["hard", "easy"];

interface Reply {
  readonly parent: Instruction;
  /** Null when the request failed for good: its number is used up, nothing comes of it. */
  readonly answer: Answer | null;
}

/** One half of the generation: its seeds, its requests in order, and how far it has come. */
interface HalfState {
  readonly half: Half;
  readonly quota: number;
  readonly seeds: readonly number[];
  /** Requests it may make in all. */
  readonly allowance: number;
  readonly requests: InOrder<Reply>;
  /** Candidates that are approved or may yet be. */
  accepted: number;
}

/**
 * Generation (Lion, section 3.3): the generator writes new instructions from hard and from easy seeds; those that are
 * valid and unlike everything known become candidates for approval. Candidates that a person turned down are made good for.
 */
export class Generation {
  readonly #context: StageContext;
  readonly #prompts: { readonly hard?: string; readonly easy?: string };
  readonly #index: DiversityIndex;
  readonly #evaluation: ReadonlySet<number>;
  readonly #refusals = new Map<string, number>();

  constructor(context: StageContext, prompts: { readonly hard?: string; readonly easy?: string } = {}) {
    this.#context = context;
    this.#prompts = prompts;
    this.#index = new DiversityIndex(context.config.diversity);
    this.#evaluation = new Set(context.store.instructions.evaluationSet().map(({ id }) => id));
  }

  /** @throws LionError of kind `limit` when the generator does not deliver within its allowance. */
  async run(): Promise<void> {
    const { signal } = this.#context;
    this.#fillIndex();
    const halfStates = this.#halfStates();
    const window = Math.ceil(windowOf(this.#context.config) / HALVES.length);
    try {
      for (;;) {
        const unfinished = halfStates.filter((state) => state.accepted < state.quota);
        // The halves take turns, and which one is next depends on what was applied alone, so that a restart goes on alike.
        const next = unfinished.sort((a, b) => a.requests.head - b.requests.head)[0];
        if (!next) {
          return;
        }
        signal.throwIfAborted();
        for (const state of unfinished) {
          const worthAsking = Math.min(window, this.#expected(state), state.allowance - state.requests.head);
          state.requests.fill(Math.max(0, worthAsking));
        }
        if (next.requests.head >= next.allowance) {
          throw this.#exhausted(next);
        }
        const ordinal = next.requests.head;
        this.#apply(next, ordinal, await next.requests.take());
        this.#report(halfStates);
      }
    } finally {
      await Promise.all(halfStates.map((state) => state.requests.drain()));
    }
  }

  /** Everything that a candidate must differ from: the Cache, what waits for approval, and the evaluation sets. */
  #fillIndex(): void {
    const { store, iteration } = this.#context;
    const now = effectiveState(store.decisions.upTo());
    const standing = store.candidates.all().filter((candidate) => isKnown(candidate, now));
    const known = [
      ...store.instructions.getMany(store.pools.cache(iteration)),
      ...store.instructions.evaluationSet(),
      ...store.instructions.getMany(
        standing.map(({ instructionId }) => instructionId).filter((id) => !store.pools.isInCache(id)),
      ),
    ];
    this.#index.bulkLoad(known.map((instruction) => ({ id: instruction.id, text: instructionOf(instruction) })));
  }

  #halfStates(): HalfState[] {
    const { store, iteration, config, decided } = this.#context;
    const seeds = seedsFrom(store.ratings.verdicts(iteration, "draw"), config.discrimination.tau, decided);
    const quota = this.#quotaFor(seeds);
    const now = effectiveState(store.decisions.upTo());
    const made = store.candidates.ofIteration(iteration);
    return HALVES.map((half) => {
      const { accepted, turnedDown } = standingOf(
        made.filter((candidate) => candidate.half === half),
        now,
      );
      return {
        half,
        quota: quota[half],
        seeds: seeds[half],
        allowance: Math.ceil(config.generation.maxRequestsPerInstruction * (quota[half] + turnedDown)),
        requests: new InOrder(
          (ordinal) => this.#ask(half, seeds[half], ordinal),
          store.candidates.lastOrdinal(iteration, half) + 1,
        ),
        accepted,
      };
    });
  }

  /** N split by the ratio; when one side has no seed at all, the other side writes its share, and it is said. */
  #quotaFor(seeds: Record<Half, readonly number[]>): Record<Half, number> {
    const quota = halves(this.#context.config);
    if (seeds.hard.length === 0 && seeds.easy.length === 0) {
      throw new LionError(
        "environment",
        `Iteration ${this.#context.iteration} has no rated instruction to generate from: run the discrimination again after looking at the teacher's and referee's failures.`,
      );
    }
    for (const [empty, other] of [HALVES, [...HALVES].reverse()] as Array<[Half, Half]>) {
      if (quota[empty] > 0 && seeds[empty].length === 0) {
        this.#context.note(
          `No ${empty} instruction was found (τ = ${this.#context.config.discrimination.tau}), so all ${quota.hard + quota.easy} new ones are written from ${other} ones.`,
        );
        return { [empty]: 0, [other]: quota.hard + quota.easy } as Record<Half, number>;
      }
    }
    return quota;
  }

  /** Requests that are probably still needed, from the share of requests that became candidates so far. */
  #expected(state: HalfState): number {
    const share = (state.accepted + 1) / (state.requests.head + 2);
    return Math.ceil((state.quota - state.accepted) / share);
  }

  async #ask(half: Half, seeds: readonly number[], ordinal: number): Promise<Reply> {
    const { store, config, iteration, asker, signal } = this.#context;
    const seed = seedAt(seeds, ordinal, `seeds/${config.seed}/${iteration}/${half}`);
    const parent = store.instructions.get(seed.id) as Instruction;
    const custom = this.#prompts[half];
    const prompt = generatorMessages({ parent, operator: half, ...(custom !== undefined && { custom }) });
    const { name, profile } = endpointOf(config, "generator");
    const limited = "max_tokens" in profile.parameters || "max_completion_tokens" in profile.parameters;
    try {
      const answer = await asker.ask(
        {
          role: "generator",
          profile: name,
          messages: prompt.messages,
          promptVersion: prompt.promptVersion,
          draw: seed.cycle,
          instructionId: parent.id,
          iteration,
          ...(!limited && { parameters: { max_tokens: config.generation.maxTokens } }),
        },
        signal,
      );
      return { parent, answer };
    } catch (error) {
      if (error instanceof AskFailed) {
        return { parent, answer: null };
      }
      throw error;
    }
  }

  /** Filters one reply and stores the candidate with its parent, nearest neighbour and, if refused, the reason. */
  #apply(state: HalfState, ordinal: number, { parent, answer }: Reply): void {
    if (!answer) {
      return;
    }
    const { store, config, iteration, clock } = this.#context;
    const generated = parseGenerated(answer.text);
    const validity = checkValidity({ ...generated, reply: answer }, { parent, limits: config.generation });
    const text = singleTurn(generated.instruction, generated.input);
    const now = clock.now();
    store.write(() => {
      const instructionId = store.instructions.insert({ ...text, origin: "generated", licence: parent.licence }, now);
      store.ledger.link(instructionId, "generator", answer.id);
      const diversity = validity.ok ? this.#index.checkAndAdd(instructionId, generated.instruction) : null;
      const filter = validity.ok ? this.#diversityFilter(diversity) : validity.reason;
      store.candidates.add(
        {
          instructionId,
          iteration,
          half: state.half,
          ordinal,
          parentId: parent.id,
          answerId: answer.id,
          filter,
          filterDetail: validity.ok ? similarity(diversity) : validity.detail,
          nearestId: diversity?.nearestId ?? null,
          nearestScore: diversity?.score ?? null,
        },
        now,
      );
      if (filter === null) {
        state.accepted++;
      } else {
        this.#refusals.set(filter, (this.#refusals.get(filter) ?? 0) + 1);
      }
    });
  }

  /** Why the diversity check refuses a candidate, or null. Nearness to an evaluation set has a reason of its own. */
  #diversityFilter(diversity: DiversityCheck | null): string | null {
    if (!diversity || diversity.accepted) {
      return null;
    }
    return this.#evaluation.has(diversity.nearestId ?? 0) ? "near-evaluation" : "too-similar";
  }

  #exhausted({ half, accepted, quota, allowance }: HalfState): LionError {
    const { store, iteration } = this.#context;
    const refusals = new Map<string, number>();
    for (const candidate of store.candidates.ofIteration(iteration)) {
      if (candidate.half === half && candidate.filter !== null) {
        refusals.set(candidate.filter, (refusals.get(candidate.filter) ?? 0) + 1);
      }
    }
    const reasons = [...refusals].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${count} ${reason}`);
    return new LionError(
      "limit",
      `The generator delivered ${accepted} of ${quota} ${half} instructions in its ${allowance} requests${reasons.length > 0 ? ` (refused: ${reasons.join(", ")})` : ""}: raise generation.maxRequestsPerInstruction in lion.json and run again, or approve what there is and end the approval with \`lion review finish\`.`,
    );
  }

  #report(states: readonly HalfState[]): void {
    const accepted = states.reduce((sum, state) => sum + state.accepted, 0);
    const quota = states.reduce((sum, state) => sum + state.quota, 0);
    const refused = [...this.#refusals.values()].reduce((sum, count) => sum + count, 0);
    this.#context.report("candidates", accepted, quota, `${refused} refused by filters`);
  }
}

/** The sentence for a refusal by the diversity check, or null when it accepted. */
function similarity(diversity: DiversityCheck | null): string | null {
  return diversity && !diversity.accepted
    ? `It is too much like #${diversity.nearestId}: ROUGE-L ${diversity.score.toFixed(3)}.`
    : null;
}
