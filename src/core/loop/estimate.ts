import type { Role } from "../models/types.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Money, Used } from "../store/allowances.ts";
import type { StageName } from "../store/iterations.ts";
import type { Store } from "../store/store.ts";
import { estimateFrom } from "./estimateArithmetic.ts";
import { estimateFacts } from "./estimateFacts.ts";
import type { Range } from "./range.ts";

/** What one role is still going to do until the end of the iteration. */
export interface RoleEstimate {
  readonly role: Exclude<Role, "evaluator">;
  readonly profile: string;
  /** A checkpoint's answers come from jobs of ours: they are no requests, and no allowance counts them. */
  readonly kind: "openai" | "sandbox" | "checkpoint";
  readonly requests: Range;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** Millionths of the currency; null where the price is unknown. */
  readonly cost: Range | null;
  /** Null where nothing is to be paid, or the price is unknown. */
  readonly currency: string | null;
  /** measured: from what this project has seen; assumed: something of it rests on a stated assumption. */
  readonly basis: "measured" | "assumed";
}

/** What an iteration is still going to ask, beside what is stored already. */
export interface Estimate {
  readonly iteration: number;
  /** The stages that are still to be done; none when the loop is at its end. */
  readonly stages: readonly StageName[];
  readonly roles: readonly RoleEstimate[];
  /** Requests that leave, retries included, over all roles. */
  readonly requests: Range;
  /** Millionths, by currency. */
  readonly costs: ReadonlyArray<{ readonly currency: string } & Range>;
  /** Profiles that are going to be asked and whose price is unknown. */
  readonly unpriced: readonly string[];
  readonly basis: "measured" | "assumed";
  /** What was assumed: one sentence each. */
  readonly assumptions: readonly string[];
  /** What the iteration has used so far. */
  readonly used: Used;
  /**
   * An allowance under which the iteration should come to its end: what is used and the high ends, with room for the last
   * request's worst case. The money is null where it cannot be bounded: no prices, several currencies, or no limit to the
   * length of replies.
   */
  readonly suggestion: { readonly calls: number; readonly cost: Money | null };
}

/**
 * What the running iteration, or else the coming one, is still going to ask until its end. Nothing is asked and nothing
 * written; a few hundred milliseconds with 100,000 instructions.
 *
 * @param config the project's configuration as it is now; a running iteration is estimated with the one it froze.
 */
export function estimateIteration(store: Store, config: ProjectConfig): Estimate {
  return estimateFrom(estimateFacts(store, config));
}
