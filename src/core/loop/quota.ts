import type { ProjectConfig } from "../project/schema.ts";

/** How many of the N new instructions are written from hard and how many from easy seeds; the two add up to N. */
export function halves(config: ProjectConfig): { readonly hard: number; readonly easy: number } {
  const { newInstructions, hardToEasy } = config.loop;
  const hard = Math.round((newInstructions * hardToEasy[0]) / (hardToEasy[0] + hardToEasy[1]));
  return { hard, easy: newInstructions - hard };
}
