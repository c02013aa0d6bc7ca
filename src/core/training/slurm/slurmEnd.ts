import type { JobDirectory } from "../jobDirectory.ts";
import type { JobFailure } from "../jobFailure.ts";

/** The content of `slurm.json` in a job's directory here: what Slurm said of it last. */
export interface SlurmRecord {
  /** Slurm's number for the job, with `;cluster` behind it where there are several. */
  readonly id: string;
  /** PENDING, RUNNING, TIMEOUT …; empty when Slurm does not know the job any more. */
  readonly state: string;
  /** Slurm's word for why it waits or has failed; empty for none. */
  readonly reason: string;
}

export const SLURM_FILE = "slurm.json";

export function slurmRecord(job: JobDirectory): SlurmRecord | null {
  const text = job.text(SLURM_FILE);
  return text === null ? null : (JSON.parse(text) as SlurmRecord);
}

/** Why a job that left no exit code was ended, as far as Slurm knows; null for jobs of other targets. */
export function schedulerFailure(job: JobDirectory): JobFailure | null {
  const record = slurmRecord(job);
  if (record === null) {
    return null;
  }
  const { id, state } = record;
  const killed = (how: string): JobFailure => ({ kind: "killed", how });
  const own = (reason: string): JobFailure => ({ kind: "own", reason });
  switch (state) {
    case "TIMEOUT":
    case "DEADLINE":
      return killed("its time in Slurm was over before it had saved its state (`--time` in the target's `sbatch`)");
    case "PREEMPTED":
      return killed("Slurm gave its nodes to a more urgent job");
    case "NODE_FAIL":
    case "BOOT_FAIL":
      return killed("its node in Slurm failed");
    case "OUT_OF_MEMORY":
      return own(
        `Slurm ended it because it took more memory than it had asked for: give it more with \`--mem\` in the target's \`sbatch\``,
      );
    case "CANCELLED":
      return own(`Somebody cancelled its Slurm job ${id}: run again if that was not meant`);
    case "":
      return killed(`Slurm does not know its job ${id} any more`);
    default:
      return own(
        `Slurm ended its job ${id} (${[state, record.reason].filter((word) => word !== "" && word !== "None").join(", ")}) before it could begin: \`scontrol show job ${id}\` says more`,
      );
  }
}
