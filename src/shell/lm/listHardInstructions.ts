import type { IterationSummary } from "../../core/browse/iterationSummaries.ts";
import type { PoolBrowser } from "../../core/browse/poolBrowser.ts";
import type { PoolFilter, PoolRow, RowSort } from "../../core/browse/types.ts";
import { LionError } from "../../core/errors.ts";
import { verdictSubject } from "../../core/review/fold.ts";
import type { LionTool, ToolContext } from "./tool.ts";
import { fieldsOf, oneOf, wholeNumber } from "./toolInput.ts";
import { cutText, toolText } from "./toolText.ts";

const GROUPS = ["hard", "contradictory", "unscored", "studentAhead"] as const;
const SORTS: readonly RowSort[] = ["gap", "newest", "oldest", "length"];
const MOST = 50;
const USUAL = 20;

type Group = (typeof GROUPS)[number];

/** Which bucket of the Cache a group is, or which filter across all of them. */
const BUCKETS: Readonly<Record<Group, { readonly keys: readonly string[]; readonly filter: PoolFilter }>> = {
  hard: { keys: ["hard"], filter: {} },
  unscored: { keys: ["unscored"], filter: {} },
  contradictory: { keys: ["hard", "easy"], filter: { contradictory: true } },
  studentAhead: { keys: ["easy", "hard"], filter: { studentAhead: true } },
};

/** Hard, contradictory, unscored or student-ahead instructions of an iteration. */
export const listHardInstructions: LionTool = {
  name: "lion_list_hard_instructions",
  progress: (_, words) => words.t("Reading hard instructions of the Lion project"),
  run: (input, context) => {
    const fields = fieldsOf(input);
    const { number: iteration, tau } = iterationOf(fields, context);
    const group = oneOf(fields, "group", GROUPS, "hard");
    const sort = oneOf(fields, "sort", SORTS, "gap");
    const limit = wholeNumber(fields, "limit", { least: 1, most: MOST, otherwise: USUAL });
    const { rows, count } = rowsOf(context.browser, { iteration, tau }, { group, sort, limit });
    return toolText((room) => ({
      iteration,
      tau,
      group,
      count,
      instructions: rows.slice(0, room.rows).map((row) => ({
        id: row.id,
        subject: verdictSubject(iteration, row.id),
        state: row.overridden ? `${row.state} (a person's decision)` : row.state,
        gap: row.gap,
        teacherScore: row.teacherScore,
        studentScore: row.studentScore,
        contradictory: row.contradictory,
        studentAhead: row.studentAhead,
        origin: row.origin,
        text: cutText(row.text, room),
      })),
    }));
  },
};

/** The iteration that was asked for, else the newest rated one. @throws LionError of kind `input` when there is none. */
function iterationOf(fields: ReturnType<typeof fieldsOf>, { browser }: ToolContext): IterationSummary {
  const rated = browser.iterationSummaries().filter(({ draw }) => draw.rated > 0);
  const asked = wholeNumber(fields, "iteration", {
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    otherwise: rated.at(-1)?.number,
  });
  const found = rated.find(({ number }) => number === asked);
  if (rated.length === 0) {
    throw new LionError("input", "No iteration has rated anything yet: a person must run a discrimination first.");
  }
  if (!found) {
    const known = rated.map(({ number }) => number).join(", ");
    throw new LionError("input", `Iteration ${asked} has no verdicts: choose one of ${known}.`);
  }
  return found;
}

function rowsOf(
  browser: PoolBrowser,
  shown: { readonly iteration: number; readonly tau: number },
  { group, sort, limit }: { readonly group: Group; readonly sort: RowSort; readonly limit: number },
): { rows: PoolRow[]; count: number } {
  const { keys, filter } = BUCKETS[group];
  const buckets = browser.cacheCounts({ ...shown, grouping: "verdict", filter });
  const chosen = keys.flatMap((key) => buckets.find((bucket) => bucket.key === key) ?? []);
  const rows: PoolRow[] = [];
  for (const bucket of chosen) {
    if (rows.length < limit && bucket.count > 0) {
      rows.push(...browser.page(bucket, { sort, limit: limit - rows.length }).rows);
    }
  }
  return { rows, count: chosen.reduce((sum, { count }) => sum + count, 0) };
}
