import type { SlurmTargetConfig } from "./slurmTarget.ts";

/** Seconds before the end of its time that a job is told, so that it can save its state. */
const SECONDS_TO_SAVE = 120;

/**
 * What sbatch is told of a job: what the target's own options may override, then those, then what the job's directory
 * depends on.
 */
export function sbatchOptions(
  { sbatch, gpus }: Pick<SlurmTargetConfig, "sbatch" | "gpus">,
  job: { readonly id: string; readonly directory: string; readonly nodes: number },
): string[] {
  const namesGpus = sbatch.some((option) => /^--(gres|gpus|gpus-per-\w+|tres-per-\w+)(=|$)/.test(option));
  return [
    `--signal=B:TERM@${SECONDS_TO_SAVE}`,
    "--requeue",
    ...(typeof gpus === "number" && gpus > 0 && !namesGpus ? [`--gpus-per-node=${gpus}`] : []),
    ...(job.nodes > 1 ? ["--ntasks-per-node=1"] : []),
    ...sbatch,
    `--nodes=${job.nodes}`,
    "--parsable",
    "--open-mode=append",
    `--output=${asFileName(`${job.directory}/log`)}`,
    `--job-name=lion-${job.id}`,
    `--chdir=${job.directory}`,
  ];
}

/**
 * A path as one of Slurm's patterns for file names, which replaces what follows a percent sign, unless there is a backslash
 * anywhere: then nothing is replaced, and what follows a backslash stands for itself.
 */
function asFileName(path: string): string {
  return path.includes("\\") ? path.replaceAll("\\", "\\\\") : path.replaceAll("%", "%%");
}
