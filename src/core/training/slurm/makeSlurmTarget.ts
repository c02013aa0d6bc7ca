import type { Clock } from "../../clock.ts";
import { ensurePython } from "../host/environment.ts";
import { LocalTransport } from "../localTransport.ts";
import type { Prompter } from "../ssh/askpass.ts";
import { SshTransport } from "../ssh/sshTransport.ts";
import { SlurmTarget, type SlurmTargetConfig } from "./slurmTarget.ts";

export interface SlurmSurroundings {
  readonly clock: Clock;
  /** The folder here that holds the Python package `lion_trainer`. */
  readonly trainerRoot: string;
  /** What ssh inherits, and Slurm's programs where this machine is the login node. */
  readonly environment: NodeJS.ProcessEnv;
  readonly prompter?: Prompter | undefined;
}

/** A target of lion.json by Slurm, on a login node that ssh reaches or that this machine is. */
export function makeSlurmTarget(name: string, config: SlurmTargetConfig, surroundings: SlurmSurroundings): SlurmTarget {
  const { clock, trainerRoot, environment, prompter } = surroundings;
  const transport =
    config.host === undefined
      ? new LocalTransport(environment)
      : new SshTransport({ host: config.host, environment, ...(prompter && { prompter }) });
  return new SlurmTarget({
    ...{ name, config, clock, transport },
    python: (folder, tell, signal) => ensurePython(transport, config, { trainerRoot, folder, tell, signal }),
  });
}
