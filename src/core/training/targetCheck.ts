import type { CheckpointProfile, TargetConfig } from "../project/schema.ts";
import { type HostFacts, probeHost } from "./host/probe.ts";
import { LocalTransport } from "./localTransport.ts";
import type { Prompter } from "./ssh/askpass.ts";
import { SshTransport } from "./ssh/sshTransport.ts";
import type { Transport } from "./transport.ts";

/** Where this machine's own locks and environments are, as on every other one. */
const FOLDER = "~/.lion";

export interface HostsToCheck {
  readonly config: TargetConfig;
  /** The student's base, when it is trained there: whether gated weights can be read is found out as well. */
  readonly base: CheckpointProfile["base"] | null;
  /** What ssh inherits; see SshTransport. */
  readonly environment: NodeJS.ProcessEnv;
  readonly prompter?: Prompter | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told which host is looked at: its number from 0, of how many, and its name. */
  readonly onHost?: (index: number, count: number, host: string) => void;
}

/**
 * Finds out what each host of a target has for a training. Nothing is changed there.
 *
 * @throws LionError when one cannot be reached.
 */
export async function checkHosts(check: HostsToCheck): Promise<HostFacts[]> {
  const { config, base, signal, onHost } = check;
  const facts: HostFacts[] = [];
  const ways = waysTo(check);
  for (const [index, way] of ways.entries()) {
    onHost?.(index, ways.length, way.label);
    try {
      const found = await probeHost(way, {
        folder: config.kind === "local" ? FOLDER : config.folder,
        ...{ python: config.python, setup: config.setup, signal },
        hub: base && "hub" in base ? base.hub : undefined,
      });
      facts.push(found);
    } finally {
      await way.close();
    }
  }
  return facts;
}

/** The way to each host of a target; of a cluster, to its login node. */
function waysTo({ config, environment, prompter }: HostsToCheck): Transport[] {
  const reach = (host: string): Transport => new SshTransport({ host, environment, ...(prompter && { prompter }) });
  switch (config.kind) {
    case "local":
      return [new LocalTransport(environment)];
    case "ssh":
      return [config.host, ...config.nodes].map(reach);
    case "slurm":
      return [config.host === undefined ? new LocalTransport(environment) : reach(config.host)];
  }
}
