import type { LongText } from "../../protocol/queue.ts";
import { type Instruction, instructionOf } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate } from "../store/candidates.ts";
import { wholeOf } from "./instructionFacts.ts";
import type { ItemSource } from "./itemSource.ts";
import { type RelativeFacts, relativesOf } from "./lineage.ts";
import { type SharedWords, sharedWords } from "./sharedWords.ts";

/** The instruction that a candidate is most like. */
export interface NeighbourFacts extends RelativeFacts {
  /** ROUGE-L, 0 to 1. */
  readonly score: number;
  /** A candidate is too similar from here on (`below`), or only above it (`not-above`). */
  readonly limit: number;
  readonly boundary: ProjectConfig["diversity"]["boundary"];
  readonly whole: LongText;
  /** In the last user turns of the candidate (first) and of the neighbour (second). */
  readonly shared: SharedWords;
  readonly where: "cache" | "candidate" | "evaluation";
}

/** Another candidate that waits or was filtered and is like this one. */
export interface DuplicateFacts extends RelativeFacts {
  /** ROUGE-L, 0 to 1. */
  readonly score: number;
}

const MOST_DUPLICATES = 10;
/** Of a candidate that very many are like, only the most similar ones have their state looked at. */
const MOST_LOOKED_AT = 50;

/** What a candidate is nearest to, by the check that it went through; null where that found nothing. */
export function neighbourOf(
  source: ItemSource,
  { nearestId, nearestScore }: Candidate,
  instruction: Instruction,
  { limit, boundary, tokenizer }: ProjectConfig["diversity"],
): NeighbourFacts | null {
  const neighbour = nearestId === null ? null : source.store.instructions.get(nearestId);
  const relative = neighbour && relativesOf(source, [neighbour.id])[0];
  if (!neighbour || !relative) {
    return null;
  }
  return {
    ...relative,
    score: nearestScore ?? 0,
    ...{ limit, boundary },
    whole: wholeOf(neighbour),
    shared: sharedWords(instructionOf(instruction), instructionOf(neighbour), tokenizer),
    where: whereIs(source, neighbour),
  };
}

function whereIs({ store }: ItemSource, { id, purpose }: Instruction): NeighbourFacts["where"] {
  if (purpose === "evaluation") {
    return "evaluation";
  }
  return store.candidates.get(id) && !store.pools.isInCache(id) ? "candidate" : "cache";
}

/**
 * Candidates that wait or were filtered whose nearest neighbour is this one, and its own nearest if that is such a one: the
 * most similar first.
 */
export function duplicatesOf(source: ItemSource, candidate: Candidate): DuplicateFacts[] {
  const { instructionId, nearestId, nearestScore } = candidate;
  const like = source.state
    .sql(
      `SELECT instruction_id AS id, nearest_score AS score FROM candidate WHERE nearest_id = ?
       ORDER BY nearest_score DESC, instruction_id LIMIT ${MOST_LOOKED_AT}`,
    )
    .all(instructionId) as Array<{ id: number; score: number | null }>;
  const own = nearestId === null ? [] : [{ id: nearestId, score: nearestScore }];
  const scores = new Map([...like, ...own].map(({ id, score }) => [id, score ?? 0]));
  return relativesOf(source, [...scores.keys()])
    .filter(({ state }) => state === "waiting" || state === "filtered")
    .map((relative) => ({ ...relative, score: scores.get(relative.instructionId) ?? 0 }))
    .sort((a, b) => b.score - a.score || a.instructionId - b.instructionId)
    .slice(0, MOST_DUPLICATES);
}
