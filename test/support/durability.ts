import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Database from "better-sqlite3";
import { sha256 } from "../../src/core/hash.ts";
import type { Random } from "../../src/core/random.ts";
import type { StageName } from "../../src/core/store/iterations.ts";

const LION = join(import.meta.dirname, "..", "..", "scripts", "lion.mjs");

/** A stretch of a run in which to kill it. */
export interface Moment {
  readonly iteration: number;
  readonly stage: StageName;
}

/** What must be the same in a disturbed and an undisturbed run. */
export interface Fingerprint {
  readonly trainPool: string;
  readonly cachePool: string;
  readonly instructions: number;
  readonly checkpoints: readonly string[];
}

export interface Undisturbed {
  readonly fingerprint: Fingerprint;
  /** How long each stretch took, in milliseconds. */
  readonly durations: ReadonlyArray<Moment & { readonly milliseconds: number }>;
}

export interface Trial {
  readonly moment: Moment;
  readonly afterMilliseconds: number;
  readonly jobKilled: boolean;
  /** What is wrong; empty when nothing was lost and nothing asked twice. */
  readonly faults: readonly string[];
}

/** Kills runs at random moments and looks at what is left. One project a trial, all from the same seed. */
export class DurabilityLab {
  readonly #folder = mkdtempSync(join(tmpdir(), "lion-durability-"));
  readonly #python: string;
  readonly #iterations: number;
  #trials = 0;

  constructor(options: { python: string; iterations: number }) {
    this.#python = options.python;
    this.#iterations = options.iterations;
  }

  async undisturbed(): Promise<Undisturbed> {
    const project = this.#newProject("undisturbed");
    const durations: Array<Moment & { milliseconds: number }> = [];
    const starts = new Map<string, number>();
    const run = this.#run(project, (event) => {
      const { iteration, stage } = event;
      if (event.event === "stage" && event.state === "running") {
        starts.set(`${iteration}/${stage}`, Date.now());
      } else if (event.event === "stage") {
        durations.push({ iteration, stage, milliseconds: Date.now() - (starts.get(`${iteration}/${stage}`) ?? 0) });
      }
    });
    const code = await run.ended;
    if (code !== 0) {
      throw new Error(`The undisturbed run ended with ${code}: ${run.errors()}`);
    }
    const fingerprint = this.#fingerprint(project);
    rmSync(project, { recursive: true });
    return { fingerprint, durations };
  }

  /** Kills a run within the given stretch, lets the next one finish, and compares. */
  async trial(moment: Moment, longest: number, expected: Fingerprint, random: Random): Promise<Trial> {
    const project = this.#newProject(`trial-${++this.#trials}`);
    const log = join(project, "sandbox.log");
    const afterMilliseconds = Math.floor(random.next() * longest);
    const killJob = random.next() < 0.5;
    const jobKilled = await this.#killWithin(project, moment, afterMilliseconds, killJob);
    const faults: string[] = [];
    const stored = new Set(
      query<{ key: string }>(project, "SELECT request_key AS key FROM answer").map(({ key }) => key),
    );
    const instructions = query<{ n: number }>(project, "SELECT count(*) AS n FROM instruction")[0]?.n ?? 0;
    const askedBefore = lines(log).length;
    const next = this.#run(project, () => {});
    const code = await next.ended;
    if (code !== 0) {
      faults.push(`the next run ended with ${code}: ${next.errors()}`);
    }
    const askedAgain = lines(log)
      .slice(askedBefore)
      .filter((line) => stored.has(JSON.parse(line).key)).length;
    if (askedAgain > 0) {
      faults.push(`${askedAgain} stored answers were asked for again`);
    }
    const integrity = query<{ integrity_check: string }>(project, "PRAGMA integrity_check")[0]?.integrity_check;
    if (integrity !== "ok") {
      faults.push(`integrity_check says ${integrity}`);
    }
    const found = this.#fingerprint(project);
    if (found.instructions < instructions) {
      faults.push(`${instructions - found.instructions} instructions were lost`);
    }
    const open = query<{ n: number }>(project, "SELECT count(*) AS n FROM attempt WHERE state = 'sent'")[0]?.n ?? 0;
    if (open > 0) {
      faults.push(`${open} requests are without an owner`);
    }
    for (const part of Object.keys(expected) as Array<keyof Fingerprint>) {
      if (JSON.stringify(found[part]) !== JSON.stringify(expected[part])) {
        faults.push(`${part} differs: ${JSON.stringify(found[part])} instead of ${JSON.stringify(expected[part])}`);
      }
    }
    if (faults.length === 0) {
      rmSync(project, { recursive: true });
    } else {
      faults.push(`kept for inspection in ${project}`);
    }
    return { moment, afterMilliseconds, jobKilled, faults };
  }

  clean(): void {
    if (readdirSync(this.#folder).length === 0) {
      rmSync(this.#folder, { recursive: true });
    }
  }

  async #killWithin(project: string, moment: Moment, afterMilliseconds: number, killJob: boolean): Promise<boolean> {
    let jobKilled = false;
    const run = this.#run(project, (event) => {
      const reached = event.iteration === moment.iteration && event.stage === moment.stage;
      if (event.event === "stage" && event.state === "running" && reached) {
        setTimeout(() => {
          run.child.kill("SIGKILL");
          if (killJob) {
            jobKilled = killJobs(project);
          }
        }, afterMilliseconds);
      }
    });
    await run.ended;
    return jobKilled;
  }

  #newProject(name: string): string {
    const project = join(this.#folder, name);
    const made = spawnSync(process.execPath, [LION, "init", project, "--sandbox", "oracle", "--quick", "--seed", "5"], {
      encoding: "utf8",
    });
    if (made.status !== 0) {
      throw new Error(`lion init failed: ${made.stderr}`);
    }
    return project;
  }

  #run(
    project: string,
    onEvent: (event: Moment & { event: string; state: string }) => void,
  ): { child: ChildProcess; ended: Promise<number | null>; errors: () => string } {
    const child = spawn(
      process.execPath,
      [LION, "run", "--project", project, "--json", "--approval", "auto", "--iterations", String(this.#iterations)],
      {
        env: { ...process.env, LION_PYTHON: this.#python, LION_SANDBOX_LOG: join(project, "sandbox.log") },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let errors = "";
    child.stderr?.on("data", (data) => {
      errors += data;
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const event = JSON.parse(line);
      errors += event.event === "end" ? event.message : "";
      onEvent(event);
    });
    const ended = new Promise<number | null>((resolve) => {
      child.on("close", resolve);
    });
    return { child, ended, errors: () => errors };
  }

  #fingerprint(project: string): Fingerprint {
    const pool = (name: string): string => {
      const file = join(project, `${name}.json`);
      const made = spawnSync(process.execPath, [LION, "export", name, file, "--project", project], {
        encoding: "utf8",
      });
      return made.status === 0 ? sha256(readFileSync(file)) : made.stderr;
    };
    return {
      trainPool: pool("train"),
      cachePool: pool("cache"),
      instructions: query<{ n: number }>(project, "SELECT count(*) AS n FROM instruction")[0]?.n ?? 0,
      checkpoints: query<{ hash: string }>(
        project,
        "SELECT weights_sha256 AS hash FROM checkpoint ORDER BY iteration",
      ).map(({ hash }) => hash),
    };
  }
}

function query<Row>(project: string, sql: string): Row[] {
  const db = new Database(join(project, ".lion", "lion.db"));
  try {
    return db.prepare(sql).all() as Row[];
  } finally {
    db.close();
  }
}

function lines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

/** Kills the supervisor and the process group of every job that still runs. Returns whether there was one. */
function killJobs(project: string): boolean {
  const jobs = join(project, ".lion", "jobs");
  let killed = false;
  for (const job of existsSync(jobs) ? readdirSync(jobs) : []) {
    const folder = join(jobs, job);
    if (existsSync(join(folder, "rc"))) {
      continue;
    }
    for (const [file, sign] of [
      ["pid", 1],
      ["cpid", -1],
    ] as const) {
      const path = join(folder, file);
      const pid = existsSync(path) ? Number.parseInt(readFileSync(path, "utf8"), 10) : Number.NaN;
      try {
        process.kill(sign * pid, "SIGKILL");
        killed = true;
      } catch {
        // It has ended by itself.
      }
    }
  }
  return killed;
}
