import { seedFrom } from "../hash.ts";
import { POLICY_ACTOR } from "../review/approval.ts";
import type { OpinionLog } from "./opinionLog.ts";
import type { ItemOpinions } from "./opinions.ts";
import type { CandidateQuery, CompareQuery, QueueEntry, QueueOptions } from "./queues.ts";

/** Before a person is asked again, so many of their later acts lie between: what was said is forgotten by then. */
const ACTS_BETWEEN = 20;
/** What `seedFrom` stays under. */
const SEEDS = 2 ** 31;

/** Says how an item is in a person's queue, as the entry to show; null when it is not. */
export function placing(
  query: CandidateQuery | CompareQuery,
  log: OpinionLog,
  options: QueueOptions,
): (item: QueueEntry) => QueueEntry | null {
  const isVerdict = query.kind === "verdicts";
  const isFirst = isVerdict ? firstVerdicts(query) : firstCandidates(query);
  const isOpen = isVerdict ? isOpenGroup(query) : query.state === "waiting" || query.state === "filtered";
  const acts = log.actsOf(options.actor);
  return (item) => {
    const { instructionId, iteration } = item;
    if (log.isLeftOut(instructionId)) {
      return null;
    }
    const opinions = isVerdict ? log.ofVerdict(iteration, instructionId) : log.ofCandidate(instructionId);
    if (isFirst(opinions)) {
      return item;
    }
    return isOpen ? onceMore(item, opinions, acts, options) : null;
  };
}

/** Whether a group shows only what nobody has decided about, so that some of the rest is asked once more. */
function isOpenGroup({ group }: CompareQuery): boolean {
  return group !== "all" && group !== "disputed";
}

function firstVerdicts({ group }: CompareQuery): (item: ItemOpinions) => boolean {
  switch (group) {
    case "all":
      return () => true;
    case "disputed":
      return ({ isDisputed }) => isDisputed;
    default:
      return ({ actors }) => actors.size === 0;
  }
}

function firstCandidates({ state }: CandidateQuery): (item: ItemOpinions) => boolean {
  switch (state) {
    case "disputed":
      return ({ isDisputed }) => isDisputed;
    case "approved":
      return ({ counting }) => counting?.says === "approve";
    case "refused":
      return ({ counting }) => counting?.says === "refuse";
    default:
      return ({ actors }) => actors.size === 0;
  }
}

/** Of what is decided, what a person is asked all the same: each by its own throw, seeded, so that it stays the same. */
function onceMore(
  item: QueueEntry,
  { counting, actors, opinions }: ItemOpinions,
  acts: number,
  { actor, config: { review, seed } }: QueueOptions,
): QueueEntry | null {
  if (!counting || counting.isBulk || counting.actor === POLICY_ACTOR) {
    return null;
  }
  if (counting.actor !== actor) {
    const isAsked = actors.size === 1 && isDrawn(review.overlap, () => `${seed}/overlap/${item.subject}`);
    return isAsked ? { ...item, reason: "second" } : null;
  }
  const isDue = acts - counting.act >= ACTS_BETWEEN && !opinions.some(({ again }) => again === counting.id);
  const isAsked = isDue && isDrawn(review.again, () => `${seed}/again/${item.subject}/${actor}`);
  return isAsked ? { ...item, reason: "again", again: counting.id } : null;
}

function isDrawn(share: number, name: () => string): boolean {
  return share > 0 && seedFrom(name()) < share * SEEDS;
}
