import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestCluster } from "../slurmCluster.ts";

const PROGRAMS = ["sbatch", "squeue", "sacct", "scancel", "scontrol", "srun"];

/**
 * A stand-in for a cluster of two nodes, where Slurm itself cannot be installed: programs that answer as Slurm's did on the
 * cluster that `SlurmCluster` starts, in words, exit codes and states. The same tests run against both.
 */
export class FakeSlurm implements TestCluster {
  readonly kind = "fake";
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #controller: ChildProcess;

  private constructor(folder: string, controller: ChildProcess) {
    this.#folder = folder;
    this.#controller = controller;
    const path = `${join(folder, "bin")}:${process.env.PATH}`;
    this.environment = { ...process.env, PATH: path, SLURM_CONF: join(folder, "slurm.conf") };
  }

  static async start(): Promise<FakeSlurm> {
    const folder = mkdtempSync(join(tmpdir(), "lion-fake-slurm-"));
    mkdirSync(join(folder, "bin"));
    for (const program of PROGRAMS) {
      const file = join(import.meta.dirname, "program.ts");
      const script = `#!/bin/sh\nexec '${process.execPath}' '${file}' ${program} "$@"\n`;
      writeFileSync(join(folder, "bin", program), script, { mode: 0o755 });
    }
    const controller = spawn(process.execPath, [join(import.meta.dirname, "controller.ts"), folder], {
      stdio: "inherit",
    });
    while (!existsSync(join(folder, "socket"))) {
      await sleep(20);
    }
    return new FakeSlurm(folder, controller);
  }

  run(program: string, ...args: string[]): string {
    return execFileSync(join(this.#folder, "bin", program), args, { env: this.environment, encoding: "utf8" }).trim();
  }

  async stop(): Promise<void> {
    this.run("scancel", `--user=${userInfo().username}`);
    await sleep(200);
    this.#controller.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
