import type { CandidateRow, CandidateSort } from "../../core/browse/types.ts";
import { instructionOf } from "../../core/pool/instruction.ts";
import type { CandidateState } from "../../core/review/candidateState.ts";
import { instructionSubject } from "../../core/review/fold.ts";
import type { LionTool, ToolContext } from "./tool.ts";
import { fieldsOf, oneOf, textOf, wholeNumber } from "./toolInput.ts";
import { cutText, type Room, toolText } from "./toolText.ts";

const STATES: readonly CandidateState[] = ["waiting", "approved", "refused", "filtered", "disputed", "excluded"];
const SORTS: readonly CandidateSort[] = ["oldest", "newest", "length", "nearest"];
const HALVES = ["hard", "easy", "imported"] as const;
const MOST = 50;
const USUAL = 20;
const LONGEST_QUERY = 500;

/** Candidates with what they are most like. */
export const listCandidates: LionTool = {
  name: "lion_list_candidates",
  progress: (_, words) => words.t("Reading candidates of the Lion project"),
  run: (input, context) => {
    const fields = fieldsOf(input);
    const state = oneOf(fields, "state", STATES, "waiting");
    const iteration = wholeNumber(fields, "iteration", {
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      otherwise: undefined,
    });
    const half = oneOf(fields, "half", HALVES, undefined);
    const hasText = textOf(fields, "text", LONGEST_QUERY);
    const filter = {
      ...(iteration !== undefined && { iteration }),
      ...(half !== undefined && { half }),
      ...(hasText !== "" && { hasText }),
    };
    const { candidates } = context.browser;
    const { rows } = candidates.page(state, {
      limit: wholeNumber(fields, "limit", { least: 1, most: MOST, otherwise: USUAL }),
      sort: oneOf(fields, "sort", SORTS, "oldest"),
      filter,
    });
    const counts = candidates.counts(filter);
    return toolText((room) => ({
      state,
      counts: Object.fromEntries(counts.map((bucket) => [bucket.state, bucket.count])),
      candidates: rows.slice(0, room.rows).map((row) => candidateFacts(row, context, room)),
    }));
  },
};

/** A candidate with the beginning of its nearest neighbour's text and their ROUGE-L, 0 to 1. */
export function candidateFacts(row: CandidateRow, { store }: Pick<ToolContext, "store">, room: Room): object {
  const nearest = row.nearestId === null ? null : store.instructions.get(row.nearestId);
  return {
    id: row.id,
    subject: instructionSubject(row.id),
    iteration: row.iteration,
    state: row.state,
    half: row.half ?? "imported",
    parent: row.parentId,
    text: cutText(row.text, room),
    ...(row.filter !== null && { filter: row.filter }),
    ...(row.reason !== null && { reason: cutText(row.reason, room) }),
    nearest: nearest && {
      id: nearest.id,
      rougeL: row.nearestScore,
      text: cutText(instructionOf(nearest).slice(0, 200), room),
    },
  };
}
