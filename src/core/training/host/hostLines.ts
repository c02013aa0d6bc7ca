import type { GpuFacts, HostFacts, HubFacts } from "./probe.ts";

/** MiB under which a disk is too small for torch with CUDA and a small checkpoint. */
const LITTLE_DISK = 20 * 1024;
/** MiB: what containers give by default; NCCL and data loaders need more. */
const LITTLE_SHM = 64;

/** What was found on a host, for a person: a sentence a line, and with each problem what to do about it. */
export function hostFactLines(facts: HostFacts): string[] {
  return [
    `${facts.host} runs ${facts.system}${machineOf(facts)}.`,
    ...gpuLines(facts),
    ...diskLines(facts),
    ...pythonLines(facts),
    ...hubLines(facts.hub),
    ...survivalLines(facts),
    ...(facts.programs.has("sbatch") ? ["Slurm is there: a target of kind slurm can run jobs through it."] : []),
  ];
}

function machineOf({ cores, memory }: HostFacts): string {
  const parts = [
    cores === null ? null : plural(cores, "core"),
    memory === null ? null : `${gibibytes(memory)} of memory`,
  ];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? "" : `, with ${known.join(" and ")}`;
}

function gpuLines({ gpus, driver, gpuProblem, programs }: HostFacts): string[] {
  if (gpuProblem !== null) {
    return [
      `nvidia-smi does not work there: ${gpuProblem.replace(/\.$/, "")}. Usually the driver was updated and the host has to be restarted, or a container was started without its GPUs.`,
    ];
  }
  if (gpus.length === 0) {
    return [
      programs.has("nvidia-smi")
        ? "nvidia-smi finds no GPU there: jobs run on the processor."
        : "There is no nvidia-smi: jobs run on the processor. If the host has a GPU, install its driver.",
    ];
  }
  const free = gpus.filter(({ busy }) => busy === null).length;
  const split = gpus.some(({ busy }) => busy?.includes("MIG"));
  return [
    `${plural(gpus.length, "GPU")}, ${free} of them free (driver ${driver ?? "unknown"}).`,
    ...gpus.map(gpuLine),
    ...(split
      ? [
          "A GPU in MIG mode is never chosen: to use a part of it, set `gpus` to 0 and export CUDA_VISIBLE_DEVICES with the part's UUID in the target's `setup`.",
        ]
      : []),
  ];
}

function gpuLine({ index, name, memory, used, busy }: GpuFacts): string {
  const size = memory === null ? "shared memory" : gibibytes(memory);
  const use = used === null ? "" : `, ${gibibytes(used)} in use`;
  return `GPU ${index}: ${name}, ${size}${use}; ${busy ?? "free"}.`;
}

function diskLines({ folder, isWritable, diskFree, sharedMemory, programs }: HostFacts): string[] {
  const lines = [];
  if (!isWritable) {
    lines.push(`${folder} cannot be written there: name another \`folder\` for the target.`);
  } else if (diskFree !== null) {
    const little =
      diskFree < LITTLE_DISK ? ": that is little, for torch alone takes 8; free some, or name another `folder`" : "";
    lines.push(`${gibibytes(diskFree)} are free for ${folder}${little}.`);
  }
  if (sharedMemory !== null && sharedMemory <= LITTLE_SHM) {
    lines.push(
      `/dev/shm has only ${sharedMemory} MiB, and several processes need more: start the container with --shm-size=8g or --ipc=host.`,
    );
  }
  if (!programs.has("tar")) {
    lines.push("There is no tar, which files are sent by: install it.");
  }
  if (!programs.has("setsid") && !programs.has("perl")) {
    lines.push("There is neither setsid nor perl, one of which jobs need to outlive a connection: install util-linux.");
  }
  if (!programs.has("sha256sum") && !programs.has("shasum")) {
    lines.push("There is neither sha256sum nor shasum, which verify what is sent: install coreutils.");
  }
  return lines;
}

function pythonLines({ python, torch, gpus, programs }: HostFacts): string[] {
  if (python.version === null) {
    return [
      programs.has("uv")
        ? `There is no ${python.executable}; uv will bring one.`
        : `There is no ${python.executable}: install Python 3.11 or newer, or uv, or name a Python in lion.json (targets, python).`,
    ];
  }
  const name = `${python.executable} is Python ${python.version}`;
  if (!torch?.torch) {
    return [
      `${name}, without torch: an environment is made before the first job${programs.has("uv") ? ", by uv" : ""}.`,
    ];
  }
  const versions = `${name}, with torch ${torch.torch}${torch.transformers ? ` and transformers ${torch.transformers}` : ""}`;
  if (torch.problem !== null) {
    return [`${versions}, which cannot be loaded (${torch.problem}): install torch anew or name another Python.`];
  }
  if (gpus.length > 0 && torch.gpus === 0) {
    const build = torch.cuda === null ? "a build for processors" : `built for CUDA ${torch.cuda}`;
    return [
      `${versions}, which sees no GPU (it is ${build}): install the torch that suits the driver, or leave \`python\` out to have an environment made.`,
    ];
  }
  const compute =
    torch.gpus > 0
      ? `, sees ${plural(torch.gpus, "GPU")}${torch.bf16 ? " and computes in bf16" : ", which do not know bf16: set `precision` to fp32"}`
      : "";
  return [`${versions}${compute}.`];
}

function hubLines(hub: HubFacts | null): string[] {
  if (hub === null) {
    return [];
  }
  const { repository, canRead, error } = hub;
  if (canRead) {
    return [`${repository} can be read from the hub there.`];
  }
  switch (error) {
    case "GatedRepoError":
      return [
        `${repository} is gated, and the host's token may not read it: ask for access on its page of the hub, then log in there with \`hf auth login\`.`,
      ];
    case "RepositoryNotFoundError":
      return [
        `The hub has no ${repository}, or the host's token may not see it: check the name, and log in there with \`hf auth login\`.`,
      ];
    case "ModuleNotFoundError":
    case "NoPython":
      return [
        `Whether ${repository} can be read is not known yet: huggingface_hub comes with the environment that is made.`,
      ];
    default:
      return [
        `${repository} could not be asked for (${error}): the host may have no way to the hub; then bring the weights there and name their folder.`,
      ];
  }
}

function survivalLines({ killsAtLogout, lingers }: HostFacts): string[] {
  return killsAtLogout === true && lingers !== true
    ? [
        "The host ends a user's processes at logout (KillUserProcesses), jobs among them: run `loginctl enable-linger` there, or ask its administrator to.",
      ]
    : [];
}

function gibibytes(mebibytes: number): string {
  return `${(mebibytes / 1024).toFixed(mebibytes < 10_240 ? 1 : 0)} GiB`;
}

function plural(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
