import { getInstruction } from "./getInstruction.ts";
import { listCandidates } from "./listCandidates.ts";
import { listHardInstructions } from "./listHardInstructions.ts";
import { poolStatistics } from "./poolStatistics.ts";
import { proposeDecision } from "./proposeDecision.ts";
import type { LionTool } from "./tool.ts";

const ALL: readonly LionTool[] = [
  listHardInstructions,
  getInstruction,
  listCandidates,
  proposeDecision,
  poolStatistics,
];

/** The tool of a name. @throws Error when there is none: package.json declares what is not written. */
export function toolOf(name: string): LionTool {
  const tool = ALL.find((one) => one.name === name);
  if (!tool) {
    throw new Error(`There is no tool ${name}.`);
  }
  return tool;
}
