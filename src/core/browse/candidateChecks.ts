import { type CandidateText, validityReport } from "../generator/filters.ts";
import { type Instruction, instructionOf, singleTurn } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate } from "../store/candidates.ts";
import type { ItemSource } from "./itemSource.ts";

/** One of the checks that a candidate went through, by its reason code. */
export interface CheckFacts {
  /** A code of `REASON_SENTENCES`, or `too-similar`, `near-evaluation`. */
  readonly code: string;
  readonly passed: boolean;
  /** What is wrong beyond what the code says; may be empty. */
  readonly detail: string;
}

const DIVERSITY = ["too-similar", "near-evaluation"] as const;

/**
 * Every check in the order in which they are made, those behind the first failure too: the filters anew, by the limits that
 * the iteration froze, and what the diversity check said when the candidate came. What refused it then is shown as
 * failed, whatever the filters say today.
 */
export function candidateChecks(
  source: ItemSource,
  candidate: Candidate,
  instruction: Instruction,
  { generation }: Pick<ProjectConfig, "generation">,
): CheckFacts[] {
  const { instructions } = source.store;
  const { parentId, filter, filterDetail } = candidate;
  const parent = parentId === null ? null : instructions.get(parentId);
  const text = { instruction: instructionOf(instruction), input: instruction.input, reply: replyOf(source, candidate) };
  const report = validityReport(text, { parent: parent ?? singleTurn(""), limits: generation });
  const checks = report.map(({ reason, passed, detail }): CheckFacts => ({ code: reason, passed, detail }));
  const withDiversity = [...checks, ...DIVERSITY.map((code): CheckFacts => ({ code, passed: true, detail: "" }))];
  return withDiversity.map((check) =>
    check.code === filter ? { ...check, passed: false, detail: check.detail || (filterDetail ?? "") } : check,
  );
}

/** The generator's reply; what a person edited or what was imported came whole. */
function replyOf({ store }: ItemSource, { answerId, ordinal }: Candidate): CandidateText["reply"] {
  return answerId === null || ordinal < 0 ? { kind: "complete", finishReason: "stop" } : store.ledger.answer(answerId);
}
