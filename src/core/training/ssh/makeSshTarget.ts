import type { Clock } from "../../clock.ts";
import { ensurePython } from "../host/environment.ts";
import type { Prompter } from "./askpass.ts";
import { SshTarget, type SshTargetConfig } from "./sshTarget.ts";
import { SshTransport } from "./sshTransport.ts";

export interface SshSurroundings {
  readonly clock: Clock;
  /** The folder here that holds the Python package `lion_trainer`. */
  readonly trainerRoot: string;
  /** What ssh inherits; see SshTransport. */
  readonly environment: NodeJS.ProcessEnv;
  readonly prompter?: Prompter | undefined;
}

/** A target of lion.json by the system's ssh, with the environment that is made on its host. */
export function makeSshTarget(name: string, config: SshTargetConfig, surroundings: SshSurroundings): SshTarget {
  const { clock, trainerRoot, environment, prompter } = surroundings;
  return new SshTarget({
    name,
    config,
    clock,
    reach: (host) => new SshTransport({ host, environment, ...(prompter && { prompter }) }),
    python: (transport, folder, tell, signal) => ensurePython(transport, config, { trainerRoot, folder, tell, signal }),
  });
}
