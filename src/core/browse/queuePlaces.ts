import { seedFrom } from "../hash.ts";
import { POLICY_ACTOR } from "../review/approval.ts";
import { instructionSubject, verdictSubject } from "../review/fold.ts";
import type { OpinionLog } from "./opinionLog.ts";
import type { ItemOpinions } from "./opinions.ts";
import type { CandidateQuery, CompareQuery, QueueEntry, QueueOptions } from "./queues.ts";

/** Why an item is in a queue. */
type Place = Pick<QueueEntry, "reason" | "again">;

/** Before a person is asked again, so many of their later acts lie between: what was said is forgotten by then. */
const ACTS_BETWEEN = 20;
/** What `seedFrom` stays under. */
const SEEDS = 2 ** 31;

const FIRST: Place = { reason: "first", again: null };
const SECOND: Place = { reason: "second", again: null };

/** Says why an instruction is in a person's queue; null when it is not. */
export function placing(
  query: CandidateQuery | CompareQuery,
  log: OpinionLog,
  options: QueueOptions,
): (instructionId: number) => Place | null {
  const isFirst = query.kind === "verdicts" ? firstVerdicts(query) : firstCandidates(query);
  const isOpen =
    query.kind === "verdicts" ? isOpenGroup(query) : query.state === "waiting" || query.state === "filtered";
  const itemOf = (id: number): ItemOpinions =>
    query.kind === "verdicts" ? log.ofVerdict(query.iteration, id) : log.ofCandidate(id);
  const subjectOf = (id: number): string =>
    query.kind === "verdicts" ? verdictSubject(query.iteration, id) : instructionSubject(id);
  return (id) => {
    if (log.isLeftOut(id)) {
      return null;
    }
    const item = itemOf(id);
    if (isFirst(item)) {
      return FIRST;
    }
    return isOpen ? placeOnceMore(item, () => subjectOf(id), log.actsOf(options.actor), options) : null;
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
function placeOnceMore(
  { counting, actors, opinions }: ItemOpinions,
  subject: () => string,
  acts: number,
  { actor, config: { review, seed } }: QueueOptions,
): Place | null {
  if (!counting || counting.isBulk || counting.actor === POLICY_ACTOR) {
    return null;
  }
  if (counting.actor !== actor) {
    const isOne = actors.size === 1;
    return isOne && isDrawn(review.overlap, () => `${seed}/overlap/${subject()}`) ? SECOND : null;
  }
  const isDue = acts - counting.act >= ACTS_BETWEEN && !opinions.some(({ again }) => again === counting.id);
  const isAsked = isDue && isDrawn(review.again, () => `${seed}/again/${subject()}/${actor}`);
  return isAsked ? { reason: "again", again: counting.id } : null;
}

function isDrawn(share: number, name: () => string): boolean {
  return share > 0 && seedFrom(name()) < share * SEEDS;
}
