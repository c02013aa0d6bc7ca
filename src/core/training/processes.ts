import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { ProcessMark } from "./jobDirectory.ts";
import { JOB_VARIABLE } from "./runScript.ts";

/** How a short program ended. `code` is null when a signal or the time limit ended it. */
export interface ProcessResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The port for running a short program and reading what it says. */
export interface ProcessRunner {
  /** @throws the system's error (ENOENT, EACCES …) when the program cannot be started. */
  run(
    argv: readonly string[],
    options?: { environment?: NodeJS.ProcessEnv; timeoutMs?: number },
  ): Promise<ProcessResult>;
}

/** Runs programs on this machine, without a shell. */
export class SystemProcessRunner implements ProcessRunner {
  run(
    argv: readonly string[],
    options: { environment?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
  ): Promise<ProcessResult> {
    const [program = "", ...rest] = argv;
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, {
        stdio: ["ignore", "pipe", "pipe"],
        ...(options.environment && { env: options.environment }),
      });
      // Not spawn's own time limit: its timer goes on when a program could not be started, and holds the process up.
      const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code, stdout, stderr });
      });
    });
  }
}

/** The state letter and the start time of a process, or null where `/proc` does not tell. */
function processStat(pid: number): { state: string; start: string } | null {
  try {
    // After "PID (name) ", and a name may contain anything, come the state (field 3) and the start time (field 22).
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { state: fields[0] ?? "", start: fields[19] ?? "" };
  } catch {
    return null;
  }
}

/**
 * Whether a marked process is still alive: the same one, not another that was given its number later, and not a zombie
 * whose parent has yet to take note of its end.
 */
export function isAlive(mark: ProcessMark): boolean {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") {
      return false;
    }
  }
  const stat = processStat(mark.pid);
  return stat === null || (!["Z", "X"].includes(stat.state) && stat.start === mark.start);
}

/** Sends a signal to a process, or with a negative number to a process group; false when there is nobody to receive it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Ids of the living processes that a job has started, found by the variable that they inherit: torchrun gives each of
 * its workers a session of its own, so that no process group holds them all. None where there is no `/proc`.
 */
export function processesOfJob(id: string): number[] {
  const variable = `${JOB_VARIABLE}=${id}`;
  const carriesIt = (pid: number): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(variable);
    } catch {
      return false;
    }
  };
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter(carriesIt);
  } catch {
    return [];
  }
}
