import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { projectSchema } from "../../src/core/project/schema.ts";
import { JobDirectory, type JobManifest } from "../../src/core/training/jobDirectory.ts";
import { processesOfJob, sendSignal } from "../../src/core/training/processes.ts";
import { SshTarget, type SshTargetConfig } from "../../src/core/training/ssh/sshTarget.ts";
import { SshTransport } from "../../src/core/training/ssh/sshTransport.ts";
import type { Transport } from "../../src/core/training/transport.ts";
import type { TestSshd } from "./sshd.ts";

export const clock = new SystemClock();

/** The Python of the tests, as a target gives it. */
export const testPython = {
  executable: process.env.LION_PYTHON ?? join(import.meta.dirname, "../../.venv/bin/python"),
  variables: {
    PYTHONPATH: join(import.meta.dirname, "../../trainer"),
    PYTHONUNBUFFERED: "1",
    OMP_NUM_THREADS: "1",
  },
};

/** A part of lion.json, with its defaults. */
export function sshConfig(config: Record<string, unknown>): SshTargetConfig {
  const { targets } = projectSchema.parse({
    name: "test",
    profiles: { p: { kind: "sandbox", model: "oracle-teacher" } },
    roles: { teacher: "p", student: "p", referee: "p", generator: "p" },
    targets: { gpu: { kind: "ssh", ...config } },
  });
  return targets.gpu as SshTargetConfig;
}

/** A target on the hosts of a test's sshd; its folder is below that sshd's home unless the configuration names one. */
export function sshTarget(
  sshd: TestSshd,
  config: Record<string, unknown> = {},
  options: { graceMs?: number; reach?: (host: string) => Transport } = {},
): SshTarget {
  return new SshTarget({
    name: "gpu",
    config: sshConfig({ host: sshd.hosts.direct, folder: "~/lion's $(place)", ...config }),
    clock,
    reach: options.reach ?? ((host) => new SshTransport({ host, environment: sshd.environment })),
    python: async () => testPython,
    pollMs: 100,
    graceMs: options.graceMs ?? 5000,
  });
}

/** A job of this machine's directory, ready to be submitted; what it leaves running ends with the test. */
export function preparedJob(
  t: TestContext,
  argv: readonly string[],
  options: { id?: string; environment?: Record<string, string> } = {},
): JobDirectory {
  const folder = mkdtempSync(join(tmpdir(), "lion-ssh-jobs-"));
  const id = options.id ?? `job-${Math.random().toString(36).slice(2)}`;
  const job = new JobDirectory(join(folder, id));
  const manifest: JobManifest = {
    ...{ id, kind: "train", iteration: 1, purpose: "test", fingerprint: "f", createdAt: 0, details: {} },
    ...{ argv, environment: options.environment ?? {} },
  };
  job.create();
  job.seal(manifest);
  t.after(() => {
    // The host is this machine, and its sshd may be gone by now.
    for (const pid of processesOfJob(id)) {
      sendSignal(pid, "SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return job;
}

/** Looks until the condition gives something true; fails after 40 seconds. */
export async function until<T>(condition: () => T | Promise<T>, what: string): Promise<T> {
  for (const start = Date.now(); Date.now() - start < 40_000; ) {
    const value = await condition();
    if (value) {
      return value;
    }
    await clock.sleep(50);
  }
  throw new Error(`Waited for ${what} in vain.`);
}

/** The exit code of a job, or how else it is over. */
export function ended(target: SshTarget, job: JobDirectory): Promise<number | string> {
  return until(async () => {
    const status = await target.look(job);
    return status.state === "exited" ? { code: status.code } : status.state === "lost" ? { code: "lost" } : null;
  }, "the job's end").then((end) => end?.code ?? "");
}
