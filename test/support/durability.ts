import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../src/core/hash.ts";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";
import type { Random } from "../../src/core/random.ts";
import type { StageName } from "../../src/core/store/iterations.ts";
import { editConfig, lion, lionJson, query, type Running, startLion } from "./lionCommand.ts";

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
  readonly verdicts: string;
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
  /** False when the run was faster than the kill. */
  readonly engineKilled: boolean;
  readonly jobKilled: boolean;
  /** What is wrong; empty when nothing was lost and nothing asked twice. */
  readonly faults: readonly string[];
}

/**
 * Kills runs at random moments and looks at what is left: each trial works on a copy of one project, with the same seed.
 */
export class DurabilityLab {
  readonly #folder = mkdtempSync(join(tmpdir(), "lion-durability-"));
  readonly #template = join(this.#folder, "template");
  readonly #python: string;
  readonly #iterations: number;
  #trials = 0;

  private constructor(options: { python: string; iterations: number }) {
    this.#python = options.python;
    this.#iterations = options.iterations;
  }

  /** @param shrink changes the quick sandbox project that is tried, for example to one that runs in less time. */
  static async create(options: {
    python: string;
    iterations: number;
    shrink?: (config: ProjectConfigInput) => void;
  }): Promise<DurabilityLab> {
    const lab = new DurabilityLab(options);
    await lionJson(["init", lab.#template, "--sandbox", "oracle", "--quick", "--seed", "5"]);
    editConfig(lab.#template, options.shrink ?? (() => {}));
    return lab;
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
    const { code, stderr } = await run.ended;
    if (code !== 0) {
      throw new Error(`The undisturbed run ended with ${code}: ${stderr}`);
    }
    const fingerprint = await this.#fingerprint(project);
    rmSync(project, { recursive: true });
    return { fingerprint, durations };
  }

  /** Kills a run within the given stretch, lets the next one finish, and compares. */
  async trial(moment: Moment, longest: number, expected: Fingerprint, random: Random): Promise<Trial> {
    const project = this.#newProject(`trial-${++this.#trials}`);
    const log = join(project, "sandbox.log");
    const afterMilliseconds = Math.floor(random.next() * longest);
    const killJob = random.next() < 0.5;
    const { engineKilled, jobKilled } = await this.#killWithin(project, moment, afterMilliseconds, killJob);
    const faults: string[] = [];
    const stored = new Set(
      query<{ key: string }>(project, "SELECT request_key AS key FROM answer").map(({ key }) => key),
    );
    const instructions = query<{ n: number }>(project, "SELECT count(*) AS n FROM instruction")[0]?.n ?? 0;
    const askedBefore = lines(log).length;
    const { code, stderr } = await this.#run(project, () => {}).ended;
    if (code !== 0) {
      faults.push(`the next run ended with ${code}: ${stderr.trim()}`);
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
    const found = await this.#fingerprint(project);
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
    return { moment, afterMilliseconds, engineKilled, jobKilled, faults };
  }

  /** Removes everything but the projects in which something was wrong. */
  clean(): void {
    rmSync(this.#template, { recursive: true, force: true });
    if (readdirSync(this.#folder).length === 0) {
      rmSync(this.#folder, { recursive: true });
    }
  }

  async #killWithin(
    project: string,
    moment: Moment,
    afterMilliseconds: number,
    killJob: boolean,
  ): Promise<{ engineKilled: boolean; jobKilled: boolean }> {
    let jobKilled = false;
    let timer: NodeJS.Timeout | undefined;
    const run = this.#run(project, (event) => {
      const reached = event.iteration === moment.iteration && event.stage === moment.stage;
      if (event.event === "stage" && event.state === "running" && reached) {
        timer = setTimeout(() => {
          run.child.kill("SIGKILL");
          if (killJob) {
            jobKilled = killJobs(project);
          }
        }, afterMilliseconds);
      }
    });
    await run.ended;
    clearTimeout(timer);
    return { engineKilled: run.child.signalCode === "SIGKILL", jobKilled };
  }

  #newProject(name: string): string {
    const project = join(this.#folder, name);
    cpSync(this.#template, project, { recursive: true });
    return project;
  }

  #run(project: string, onEvent: (event: Moment & { event: string; state: string }) => void): Running {
    return startLion(
      ["run", "--project", project, "--json", "--approval", "auto", "--iterations", String(this.#iterations)],
      {
        env: { LION_PYTHON: this.#python, LION_SANDBOX_LOG: join(project, "sandbox.log") },
        onLine: (line) => onEvent(JSON.parse(line)),
      },
    );
  }

  async #fingerprint(project: string): Promise<Fingerprint> {
    const exported = async (what: string): Promise<string> => {
      const file = join(project, `${what}.exported`);
      const { code, stderr } = await lion(["export", what, file, "--project", project]);
      return code === 0 ? sha256(readFileSync(file)) : stderr;
    };
    return {
      trainPool: await exported("train"),
      cachePool: await exported("cache"),
      instructions: query<{ n: number }>(project, "SELECT count(*) AS n FROM instruction")[0]?.n ?? 0,
      verdicts: sha256(
        JSON.stringify(
          query(
            project,
            "SELECT iteration, scope, position, instruction_id, state, gap FROM verdict ORDER BY iteration, scope, position",
          ),
        ),
      ),
      checkpoints: query<{ hash: string }>(
        project,
        "SELECT weights_sha256 AS hash FROM checkpoint ORDER BY iteration",
      ).map(({ hash }) => hash),
    };
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
