import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../src/core/training/ssh/freePort.ts";

const DAEMONS = ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd"];

/** Why there can be no cluster here; null when there can. */
export function noSlurm(): string | null {
  if (process.platform !== "linux") {
    return "Slurm is for Linux";
  }
  const missing = DAEMONS.filter((path) => !existsSync(path));
  return missing.length === 0
    ? null
    : `there is no ${missing.join(", ")}: install slurmctld, slurmd, slurm-client and munge`;
}

/** What tests need of a cluster, real or not. */
export interface TestCluster {
  readonly kind: "real" | "fake";
  /** For whoever calls Slurm's programs. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs one of Slurm's programs and returns what it prints. */
  run(program: string, ...args: string[]): string;
  stop(): Promise<void>;
}

/**
 * A real cluster of two nodes, both of them this machine: its own authentication, ports, state and log in a temporary folder,
 * run by whoever runs the tests. Its nodes are named by addresses, so that what runs on one reaches the other by its name.
 */
export class SlurmCluster implements TestCluster {
  readonly kind = "real";
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { ...process.env, SLURM_CONF: join(folder, "slurm.conf") };
  }

  /** @throws Error with the daemons' last words when the nodes do not come up within half a minute. */
  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(mkdtempSync(join(tmpdir(), "lion-slurm-")));
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  run(program: string, ...args: string[]): string {
    return execFileSync(program, args, {
      env: this.environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  async stop(): Promise<void> {
    spawnSync("scancel", ["--user", userInfo().username], { env: this.environment, stdio: "ignore", timeout: 5000 });
    for (const daemon of this.#daemons.reverse()) {
      daemon.kill("SIGKILL");
    }
    await sleep(100);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name);
    writeFileSync(at("munge.key"), randomBytes(1024), { mode: 0o400 });
    mkdirSync(at("state"));
    writeFileSync(at("slurm.conf"), await this.#configuration());
    const files = [
      "key-file=munge.key",
      "socket=munge.socket",
      "pid-file=munged.pid",
      "log-file=munged.log",
      "seed-file=seed",
    ];
    const options = files.map((option) => `--${option.replace("=", `=${this.#folder}/`)}`);
    this.#daemon("munged", "--foreground", "--force", ...options);
    await this.#until(() => existsSync(at("munge.socket")), "munged");
    this.#daemon("slurmctld", "-D", "-c");
    await this.#until(() => spawnSync("scontrol", ["ping"], { env: this.environment }).status === 0, "slurmctld");
    for (const node of NODES) {
      mkdirSync(at(`spool-${node}`));
      this.#daemon("slurmd", "-D", "-N", node);
    }
    await this.#until(
      () => (this.run("sinfo", "-h", "-N", "-o", "%T").match(/^idle$/gm) ?? []).length === NODES.length,
      "slurmd",
    );
  }

  #daemon(name: string, ...args: string[]): void {
    const log = openSync(join(this.#folder, `${name}.out`), "a");
    const environment = { ...this.environment };
    const daemon = spawn(`/usr/sbin/${name}`, args, { env: environment, stdio: ["ignore", log, log] });
    daemon.on("error", () => {});
    this.#daemons.push(daemon);
  }

  async #until(condition: () => boolean, daemon: string): Promise<void> {
    for (const start = Date.now(); Date.now() - start < 30_000; await sleep(50)) {
      if (condition()) {
        return;
      }
    }
    const words = readFileSync(join(this.#folder, `${daemon}.out`), "utf8")
      .trim()
      .split("\n")
      .slice(-5);
    throw new Error(`${daemon} does not come up: ${words.join(" | ")}`);
  }

  async #configuration(): Promise<string> {
    const user = userInfo().username;
    const at = (name: string): string => join(this.#folder, name);
    const cores = availableParallelism();
    const nodes = await Promise.all(
      NODES.map(
        async (node) =>
          `NodeName=${node} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${await freePort()} CPUs=${cores}`,
      ),
    );
    return `ClusterName=lion
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
# A job that goes back into the queue waits until its credentials are too old to be used again.
AuthInfo=socket=${at("munge.socket")},cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("spool-%n")}
SlurmctldPidFile=${at("slurmctld.pid")}
SlurmdPidFile=${at("slurmd-%n.pid")}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
${nodes.join("\n")}
PartitionName=main Nodes=${NODES.join(",")} Default=YES MaxTime=INFINITE State=UP
`;
  }
}

const NODES = ["127.0.0.1", "127.0.0.2"];
