import type { Clock } from "../clock.ts";
import type { Asker } from "../models/asker.ts";
import type { Endpoints } from "../models/endpoints.ts";
import type { CheckpointProfile, EndpointProfile, Profile, ProjectConfig } from "../project/schema.ts";
import type { EffectiveState } from "../review/fold.ts";
import type { Store } from "../store/store.ts";
import type { CheckpointStudent } from "../training/checkpointStudent.ts";
import type { StudentTrainer } from "../training/studentTrainer.ts";
import type { Report } from "./events.ts";

/** What the stages work with. */
export interface Services {
  readonly store: Store;
  readonly clock: Clock;
  readonly endpoints: Endpoints;
  readonly asker: Asker;
  readonly trainer: StudentTrainer;
  readonly checkpointStudent: CheckpointStudent;
}

/** A stage's surroundings in one run. */
export interface StageContext extends Services {
  readonly iteration: number;
  /** The configuration that the iteration froze at its start. */
  readonly config: ProjectConfig;
  /** What the decisions up to the stage's start amount to; later ones count from the next stage. */
  readonly decided: EffectiveState;
  /** Aborted when the work must pause: nothing new is sent, what is in flight is awaited and stored. */
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly note: (text: string) => void;
}

/** A role's profile in a configuration; loading the project has made sure that it is there. */
export function profileOf(
  config: ProjectConfig,
  role: keyof ProjectConfig["roles"],
): { name: string; profile: Profile } {
  const name = config.roles[role] ?? "";
  const profile = config.profiles[name];
  if (!profile) {
    throw new Error(`The role ${role} has no profile "${name}".`);
  }
  return { name, profile };
}

/** The profile of a role that is always an endpoint. */
export function endpointOf(
  config: ProjectConfig,
  role: "teacher" | "referee" | "generator",
): { name: string; profile: EndpointProfile } {
  const { name, profile } = profileOf(config, role);
  if (profile.kind === "checkpoint") {
    throw new Error(`The role ${role} is bound to a checkpoint, which only the student can be.`);
  }
  return { name, profile };
}

/** The student when it is a checkpoint of ours, else null: then it is a served model that nobody trains here. */
export function checkpointProfileOf(config: ProjectConfig): { name: string; profile: CheckpointProfile } | null {
  const { name, profile } = profileOf(config, "student");
  return profile.kind === "checkpoint" ? { name, profile } : null;
}

/**
 * How many questions are kept going at once: enough to fill every endpoint's own concurrency, twice over so that a slow
 * reply at the head does not leave the others idle.
 */
export function windowOf(config: ProjectConfig): number {
  const concurrencies = Object.values(config.profiles).map((profile) =>
    profile.kind === "checkpoint" ? 1 : profile.limits.concurrency,
  );
  return 2 * Math.max(...concurrencies);
}
