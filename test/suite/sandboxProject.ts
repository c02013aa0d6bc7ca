import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "../../src/core/clock.ts";
import { fillFromOracle } from "../../src/core/pool/fromOracle.ts";
import { createProject } from "../../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../../src/core/project/presets.ts";
import { loadProject, type Project } from "../../src/core/project/project.ts";
import type { ProjectConfig, TargetConfig } from "../../src/core/project/schema.ts";
import { Store } from "../../src/core/store/store.ts";

const SIZES = { ...SANDBOX_SIZES.quick, pool: 60, testPerCell: 1, newInstructions: 8, panel: 4, maxRated: 40 };

export interface SandboxOptions {
  /** Where the project is made; in a temporary folder when left out. */
  readonly directory?: string;
  /** How long each reply takes, in milliseconds. */
  readonly latencyMs?: number;
  /** Gives the replies a price, so that running needs an allowance. */
  readonly priced?: boolean;
  /** Keeps the student that is trained, in so many epochs and on this target, instead of one that is served. */
  readonly trained?: { readonly on: TargetConfig; readonly epochs: number };
}

/** A small oracle project whose student is served unless it is to be trained, so that an iteration takes seconds. */
export async function makeSandboxProject(options: SandboxOptions = {}): Promise<Project> {
  const directory = options.directory ?? join(mkdtempSync(join(tmpdir(), "lion-suite-")), "project");
  const made = createProject(directory, { mind: "oracle", sizes: SIZES, name: "suite" });
  writeFileSync(made.configFile, JSON.stringify(changed(made.config, options), null, 2));
  const project = loadProject(directory);
  const store = new Store(project.databaseFile);
  try {
    await fillFromOracle({ project, store, clock: new SystemClock(), sizes: SIZES });
  } finally {
    store.close();
  }
  return project;
}

export function removeProject({ directory }: Project): void {
  rmSync(join(directory, ".."), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** What the target is called in lion.json. */
export const TARGET = "gpu";

function changed(config: ProjectConfig, { latencyMs = 0, priced = false, trained }: SandboxOptions): ProjectConfig {
  const { teacher, student } = config.profiles;
  if (teacher?.kind !== "sandbox" || student?.kind !== "checkpoint" || !config.sandbox) {
    throw new Error("The template's teacher is expected to be the sandbox's, its student a checkpoint.");
  }
  const profiles = {
    ...config.profiles,
    student: trained ? { ...student, target: TARGET } : { ...teacher, model: "oracle-student" },
  };
  const prices = { inputPerMillion: 1, outputPerMillion: 2, currency: "USD" };
  return {
    ...config,
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([name, profile]) => [
        name,
        {
          ...profile,
          // With a bound on each reply an allowance can bound the money.
          ...(priced && { prices, parameters: { max_tokens: 64 } }),
          ...("limits" in profile && { limits: { ...profile.limits, concurrency: 2 } }),
        },
      ]),
    ) as ProjectConfig["profiles"],
    ...(trained && {
      targets: { [TARGET]: trained.on },
      training: { ...config.training, saveSteps: 20, first: { ...config.training.first, epochs: trained.epochs } },
    }),
    sandbox: { ...config.sandbox, latencyMs },
  };
}
