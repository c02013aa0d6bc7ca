import type { ProjectConfig } from "../project/schema.ts";
import { approvalSample } from "../review/approval.ts";
import { effectiveState } from "../review/fold.ts";
import type { Half } from "../store/candidates.ts";
import type { Store } from "../store/store.ts";
import type { PoolState } from "./poolState.ts";
import { placing } from "./queuePlaces.ts";
import { candidateItems, verdictItems } from "./queueSql.ts";
import { tauOf } from "./tauOf.ts";
import type { CandidateSort } from "./types.ts";

/** Candidates in a state; what is left out matches all. */
export interface CandidateQuery {
  readonly kind: "candidates";
  readonly state: "waiting" | "filtered" | "disputed" | "approved" | "refused";
  readonly iteration?: number;
  readonly half?: Half | "imported";
  readonly hasText?: string;
  /** Only the random sample of `sample` approval: of the iteration named, else of the newest. */
  readonly sample?: boolean;
  readonly sort: CandidateSort;
}

/**
 * The draw's verdicts of an iteration, as the referee gave them, by its frozen τ. disputed and all show decided ones too.
 * gap sorts the largest first, but the student's largest lead where it is ahead; unscored ones come last.
 */
export interface CompareQuery {
  readonly kind: "verdicts";
  readonly iteration: number;
  readonly group: "hard" | "contradictory" | "unscored" | "studentAhead" | "easy" | "disputed" | "all";
  readonly hasText?: string;
  readonly sort: "gap" | "draw" | "newest" | "length";
}

/** An item in a queue. */
export interface QueueEntry {
  readonly instructionId: number;
  readonly iteration: number;
  /**
   * first: nobody has decided about it, or decided ones are shown. second: another person has, and this one is asked too.
   * again: this person has, some time ago, and is asked once more.
   */
  readonly reason: "first" | "second" | "again";
  /** For `again`, the decision that is repeated. */
  readonly again: number | null;
  /** What a decision about it is about, as the log names it. */
  readonly subject: string;
}

/** Whose queue it is, and how people review in this project: as it is now, whatever iterations have frozen. */
export interface QueueOptions {
  readonly actor: string;
  readonly config: Pick<ProjectConfig, "review" | "approval" | "seed">;
}

/** A second opinion or a repeat comes behind so many items that nobody has decided about. */
const EVERY = 10;
/**
 * What waits for a person, in order: whole queues as ids, quick enough to be read anew whenever somebody has decided. No
 * texts are read. What is excluded, superseded or withdrawn is in no queue. Always by the decisions in force.
 */
export class QueueReader {
  readonly #store: Store;
  readonly #state: PoolState;

  constructor(store: Store, state: PoolState) {
    this.#store = store;
    this.#state = state;
  }

  /**
   * The whole queue in its order. Among what nobody has decided about, a person also gets second opinions (a share
   * `overlap` of what exactly one other person has decided) and repeats (a share `again` of their own decisions, once
   * each, when 20 of their acts lie between): drawn by a seeded hash, one after every tenth item, the rest at the end.
   * Neither comes of acts on many items at once, for which nobody need have looked at each.
   */
  entries(query: CandidateQuery | CompareQuery, options: QueueOptions): QueueEntry[] {
    return this.#state.reading(() => {
      this.#state.opinions.refresh();
      const first: QueueEntry[] = [];
      const others: QueueEntry[] = [];
      const place = placing(query, this.#state.opinions, options);
      for (const item of this.#items(query, options)) {
        const entry = place(item);
        if (entry) {
          (entry.reason === "first" ? first : others).push(entry);
        }
      }
      return splice(first, others);
    });
  }

  /**
   * Whether nothing is left to do for an entry. The first time: somebody has decided and nobody's opinion differs, or it
   * is left out. For a second opinion: two people have given one. For a repeat: it is there.
   */
  isDecided(entry: QueueEntry): boolean {
    this.#state.opinions.refresh();
    return this.#isDecided(entry);
  }

  /** How many entries are decided. */
  doneCount(entries: readonly QueueEntry[]): number {
    this.#state.opinions.refresh();
    return entries.reduce((sum, entry) => sum + (this.#isDecided(entry) ? 1 : 0), 0);
  }

  #isDecided({ instructionId, iteration, reason, again, subject }: QueueEntry): boolean {
    const { opinions } = this.#state;
    const isVerdict = subject.startsWith("v");
    const item = isVerdict ? opinions.ofVerdict(iteration, instructionId) : opinions.ofCandidate(instructionId);
    if (opinions.isLeftOut(instructionId)) {
      return true;
    }
    switch (reason) {
      case "first":
        return item.counting !== null;
      case "second":
        return item.actors.size > 1;
      case "again":
        return item.opinions.some((opinion) => opinion.again === again);
    }
  }

  /**
   * What the query is about, whatever has been decided, as entries for the first time. Read again only when there are other
   * verdicts or candidates; of each group and state the last query's are kept.
   */
  #items(query: CandidateQuery | CompareQuery, { config }: QueueOptions): readonly QueueEntry[] {
    const state = this.#state;
    const asked = JSON.stringify(query);
    if (query.kind === "verdicts") {
      const { iteration, group } = query;
      const changes = state.sql("SELECT changes FROM verdict_revision WHERE iteration = ?").pluck().get(iteration);
      const tau = tauOf(state, iteration);
      const stamp = `${asked}/${changes}/${tau}`;
      return state.rememberWhile(`queue/verdicts/${group}`, stamp, () => verdictItems(state, query, tau));
    }
    const newest = state.sql("SELECT max(instruction_id) FROM candidate").pluck().get();
    const items = (): QueueEntry[] => candidateItems(state, query);
    if (!query.sample) {
      return state.rememberWhile(`queue/candidates/${query.state}`, `${asked}/${newest}`, items);
    }
    const stamp = `${asked}/${newest}/${state.decided.revision}/${config.approval.sampleSize}/${config.seed}`;
    return state.rememberWhile(`queue/sample/${query.state}`, stamp, () => {
      const chosen = this.#sample(query, config);
      return items().filter(({ instructionId }) => chosen.has(instructionId));
    });
  }

  /** The sample that people look at under `sample` approval, of one iteration. */
  #sample({ iteration }: CandidateQuery, config: QueueOptions["config"]): ReadonlySet<number> {
    const { iterations, candidates } = this.#store;
    const { opinions } = this.#state;
    const all = candidates.ofIteration(iteration ?? iterations.latest()?.number ?? 0);
    const standing = all.filter(({ instructionId }) => !opinions.isLeftOut(instructionId));
    return new Set(approvalSample(standing, NOTHING_DECIDED, config).map(({ instructionId }) => instructionId));
  }
}

const NOTHING_DECIDED = effectiveState([]);

/** One of the others behind every few of the first, the rest of them at the end. */
function splice(first: readonly QueueEntry[], others: readonly QueueEntry[]): QueueEntry[] {
  if (others.length === 0) {
    return [...first];
  }
  const queue: QueueEntry[] = [];
  let next = 0;
  for (const [at, entry] of first.entries()) {
    queue.push(entry);
    const other = (at + 1) % EVERY === 0 ? others[next] : undefined;
    if (other) {
      queue.push(other);
      next++;
    }
  }
  return [...queue, ...others.slice(next)];
}
