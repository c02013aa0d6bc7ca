import type { CheckpointProfile } from "../project/schema.ts";
import type { Checkpoint } from "../store/training.ts";

/** Weights that were trained elsewhere have no template of ours beside them: what they were registered with is told. */
export function templateToPass({ manifest }: Checkpoint): CheckpointProfile["template"] | null {
  const { passTemplate } = manifest;
  return passTemplate === "lion" || passTemplate === "chat" ? passTemplate : null;
}
