import type { ApprovalSummary, DashboardRole, ExactMatchSummary, RoleUse } from "../../protocol/dashboard.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { stateOf } from "../review/candidateState.ts";
import type { EffectiveState } from "../review/fold.ts";
import type { Connection } from "../store/database.ts";
import { shareWithInterval } from "./curve.ts";
import { toInterval } from "./gaps.ts";

const MILLIONTHS = 1_000_000;
const MOST_REASONS = 20;
const ROLES: readonly DashboardRole[] = ["teacher", "student", "referee", "generator", "evaluator"];

/** What each role used in an iteration: requests and money by currency, from the ledger's covering index. */
export function roleUse(connection: Connection, iteration: number, { profiles }: ProjectConfig): RoleUse[] {
  const rows = connection
    .prepare(
      `SELECT role, profile, currency, count(*) AS calls, sum(coalesce(cost, reserved_cost)) AS cost
       FROM attempt WHERE iteration = ? GROUP BY role, profile, currency`,
    )
    .all(iteration) as Array<Omit<RoleUse, "cost"> & { readonly profile: string; readonly cost: number | null }>;
  const uses = new Map<string, RoleUse>();
  for (const row of rows) {
    // The sandbox and whatever else is ours costs nothing; a paid endpoint without prices costs what nobody knows.
    const priced = row.currency !== null;
    const free = !priced && profiles[row.profile]?.kind !== "openai";
    const cost = priced ? (row.cost ?? 0) / MILLIONTHS : free ? 0 : null;
    const key = `${row.role}/${row.currency}/${cost === null}`;
    const known = uses.get(key);
    uses.set(key, {
      role: row.role,
      currency: row.currency,
      calls: row.calls + (known?.calls ?? 0),
      cost: cost === null ? null : cost + (known?.cost ?? 0),
    });
  }
  return [...uses.values()].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

/** How many of the evaluation set's answers are the reference's, over all and by level; null without any. */
export function exactMatch(connection: Connection, iteration: number): ExactMatchSummary | null {
  const rows = connection
    .prepare(
      `SELECT json_extract(i.tags, '$.level') AS level, count(*) AS total, sum(e.correct) AS correct
       FROM evaluation e JOIN instruction i ON i.id = e.instruction_id WHERE e.iteration = ? GROUP BY 1 ORDER BY 1`,
    )
    .all(iteration) as Array<{ level: unknown; total: number; correct: number }>;
  const total = rows.reduce((sum, row) => sum + row.total, 0);
  const correct = rows.reduce((sum, row) => sum + row.correct, 0);
  const share = toInterval(shareWithInterval(correct, total));
  const levels = rows.flatMap((row) => (typeof row.level === "number" ? [{ ...row, level: row.level }] : []));
  return share && { share, correct, levels };
}

/** Where an iteration's candidates stand, and why some were refused; null without candidates. */
export function approval(connection: Connection, iteration: number, decided: EffectiveState): ApprovalSummary | null {
  const rows = connection
    .prepare("SELECT instruction_id, filter FROM candidate WHERE iteration = ?")
    .raw()
    .all(iteration) as Array<[number, string | null]>;
  const counts = { approved: 0, waiting: 0, refused: 0, filtered: 0, disputed: 0, excluded: 0, replaced: 0 };
  const reasons = new Map<string, ApprovalSummary["reasons"][number]>();
  const give = (by: "person" | "filter", reason: string): void => {
    const key = `${by}/${reason}`;
    reasons.set(key, { by, reason, count: (reasons.get(key)?.count ?? 0) + 1 });
  };
  for (const [instructionId, filter] of rows) {
    const state = stateOf({ instructionId, filter }, decided);
    counts[state]++;
    if (state === "refused") {
      give("person", decided.refused.get(instructionId)?.reason ?? "");
    } else if (state === "filtered" && filter !== null) {
      give("filter", filter);
    }
  }
  const { approved, refused, filtered } = counts;
  // What is in dispute waits for somebody too.
  const waiting = counts.waiting + counts.disputed;
  return rows.length === 0
    ? null
    : {
        approved,
        waiting,
        refused,
        filtered,
        reasons: [...reasons.values()].sort((a, b) => b.count - a.count).slice(0, MOST_REASONS),
      };
}
