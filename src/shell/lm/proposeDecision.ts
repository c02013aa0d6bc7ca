import { LionError } from "../../core/errors.ts";
import { suggest } from "../../core/review/suggestions.ts";
import { proposalOf } from "./proposal.ts";
import type { LionTool } from "./tool.ts";

/** Proposes a decision. It is stored as a suggestion, which counts for nothing until a person follows it. */
export const proposeDecision: LionTool = {
  name: "lion_propose_decision",
  progress: (_, words) => words.t("Proposing a decision in the Lion project"),
  confirmation: (input, context) => {
    const { words } = context;
    requireWritable(context.onlyRead);
    const { meaning, reason } = proposalOf(input, context);
    return {
      title: words.t("Store a suggestion?"),
      message: words.t(
        "{0} suggests: {1}. Reason: {2}. Nothing is decided by this: the suggestion waits beside the item until a person follows it or decides otherwise.",
        context.agent,
        meaning,
        reason,
      ),
    };
  },
  run: async (input, context) => {
    requireWritable(context.onlyRead);
    const { meaning: _, ...suggestion } = proposalOf(input, context);
    const { id, kind, subject } = await context.write(() => suggest(context.store, context.clock, suggestion));
    return `Stored as suggestion ${id}: ${kind} ${subject}. It counts for nothing until a person follows it; do not propose it again.`;
  },
};

function requireWritable(onlyRead: string | null): void {
  if (onlyRead !== null) {
    throw new LionError("environment", onlyRead);
  }
}
