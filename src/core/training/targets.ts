import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { listNames } from "../project/nearest.ts";
import type { TargetConfig } from "../project/schema.ts";
import { LocalTarget } from "./localTarget.ts";
import { SystemProcessRunner } from "./processes.ts";
import { Python } from "./python.ts";
import { makeSlurmTarget } from "./slurm/makeSlurmTarget.ts";
import type { Prompter } from "./ssh/askpass.ts";
import { makeSshTarget } from "./ssh/makeSshTarget.ts";
import type { Target } from "./target.ts";

/** Makes the target that a configuration describes. */
export type TargetMaker = (name: string, config: TargetConfig) => Target;

/** The places of a project where jobs run, by their names in lion.json. Each is made when it is first asked for. */
export class Targets {
  readonly #configs: Readonly<Record<string, TargetConfig>>;
  readonly #make: TargetMaker;
  readonly #made = new Map<string, Target>();

  constructor(configs: Readonly<Record<string, TargetConfig>>, make: TargetMaker) {
    this.#configs = configs;
    this.#make = make;
  }

  get names(): string[] {
    return Object.keys(this.#configs);
  }

  /** @throws LionError when lion.json has no target of that name. */
  of(name: string): Target {
    const made = this.#made.get(name) ?? this.#make(name, this.configOf(name));
    this.#made.set(name, made);
    return made;
  }

  /** Null when lion.json has no target of that name. */
  kindOf(name: string): TargetConfig["kind"] | null {
    return this.names.includes(name) ? this.configOf(name).kind : null;
  }

  /** @throws LionError when lion.json has no target of that name. */
  configOf(name: string): TargetConfig {
    const config = Object.hasOwn(this.#configs, name) ? this.#configs[name] : undefined;
    if (!config) {
      throw new LionError(
        "input",
        `lion.json has no training target "${name}": targets are ${listNames(this.names)}; add it to "targets" or name another.`,
      );
    }
    return config;
  }
}

export interface TargetSurroundings {
  readonly clock: Clock;
  /** The folder of lion.json. */
  readonly projectDir: string;
  /** The folder that holds the Python package `lion_trainer`. */
  readonly trainerRoot: string;
  /** What jobs on this machine inherit; nothing of it is sent to a host. */
  readonly environment: NodeJS.ProcessEnv;
  /** Asks a person for what ssh wants to know, such as a passphrase; left out where nobody sits. */
  readonly prompter?: Prompter | undefined;
}

/** Makes real targets of each kind. */
export function targetMaker({
  clock,
  projectDir,
  trainerRoot,
  environment,
  prompter,
}: TargetSurroundings): TargetMaker {
  return (name, config) => {
    switch (config.kind) {
      case "local": {
        const runner = new SystemProcessRunner();
        const python = new Python({ runner, configured: config.python, projectDir, trainerRoot, environment });
        const { setup, gpus, waitForGpus } = config;
        return new LocalTarget({ name, clock, python, environment, setup, gpus, waitForGpus });
      }
      case "ssh":
        return makeSshTarget(name, config, { clock, trainerRoot, environment, prompter });
      case "slurm":
        return makeSlurmTarget(name, config, { clock, trainerRoot, environment, prompter });
    }
  };
}
