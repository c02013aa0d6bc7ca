/** A usual way for a job to fail. */
export interface FailureCause {
  /** How it is said in a log or a sentence. */
  readonly says: RegExp;
  /** What a user can do, as the end of a sentence. */
  readonly advice: string;
}

/**
 * Those that bring others about come first: a worker that runs out of memory makes its partners lose their connection. A
 * pattern matches as much as is worth telling.
 */
export const CAUSES: readonly FailureCause[] = [
  {
    says: /(?:\S*OutOfMemoryError: )?CUDA (?:error: )?out of memory[^\n]*?(?= Of the allocated memory| See documentation|\n|$)/,
    advice:
      "lower `training.microBatchTokens` (or the profile's `batchTokens` for answers), set `training.activationCheckpointing`, or spread the weights over more GPUs (`training.sharding`)",
  },
  {
    says: /(?:DefaultCPUAllocator: )?can't allocate memory[^\n]*|^MemoryError\b[^\n]*|Cannot allocate memory/im,
    advice: "lower `training.microBatchTokens` or the profile's `batchTokens` in lion.json",
  },
  {
    says: /[^\n]*(?:No space left on device|Disk quota exceeded)[^\n]*/i,
    advice: "free some disk space there and run again",
  },
  {
    says: /[^\n]*(?:insufficient shared memory \(shm\)|unable to (?:open|write to) (?:shared memory|file <?\/torch_|file <\/torch)[^\n]*|Error while creating shared memory segment|\bBus error\b)[^\n]*/,
    advice:
      "give the job more shared memory: start the container with `--shm-size=8g` or `--ipc=host`, or enlarge /dev/shm",
  },
  {
    says: /(?:ModuleNotFoundError: )?No module named [^\n]*/,
    advice:
      "install it there (`npm run setup:trainer` does for the trainer on this machine), or name a Python that has it in lion.json (targets, python)",
  },
  {
    says: /(?:\S*GatedRepoError: )?(?:Access to model [^\n]* is restricted|Cannot access gated repo|You are trying to access a gated repo|40[13] Client Error)[^\n]*/,
    advice:
      "ask for access on the model's page of the hub, and log in on the target with `hf auth login`: its own token is used",
  },
  {
    says: /[^\n]*(?:NVIDIA driver on your system is too old|CUDA driver version is insufficient|no kernel image is available for execution|forward compatibility was attempted)[^\n]*/,
    advice:
      "the GPU's driver and this torch do not go together: update the driver, or name a Python in lion.json (targets, python) whose torch is built for that CUDA",
  },
  {
    says: /[^\n]*(?:uncorrectable ECC error|GPU is lost|fallen off the bus)[^\n]*/,
    advice: "the GPU is broken or has to be reset: ask whoever looks after the host, and use another meanwhile",
  },
  {
    says: /[^\n]*(?:Address already in use|EADDRINUSE)[^\n]*/,
    advice:
      "another training has that port: end it, or leave `--master_port` out of your command (torchrun's `--standalone` finds a free one)",
  },
  {
    says: /[^\n]*(?:RendezvousConnectionError|RendezvousTimeoutError|client socket has timed out)[^\n]*/,
    advice:
      "the hosts do not reach each other: name the first one's address and port, as the others see it, as the target's `rendezvous`",
  },
  {
    says: /[^\n]*(?:Watchdog caught collective operation timeout|ncclSystemError|ncclRemoteError|ncclUnhandledCudaError|NCCL error|NCCL timeout)[^\n]*/,
    advice:
      "one of the processes hung or could not be reached: look for an earlier error in the log, and set NCCL_DEBUG=INFO, or NCCL_SOCKET_IFNAME to the network between the hosts, in the target's `setup`",
  },
];

/** The cause of a failure that a text tells of, or null. */
export function causeIn(text: string): FailureCause | null {
  return CAUSES.find(({ says }) => says.test(text)) ?? null;
}
