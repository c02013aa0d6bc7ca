import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { SystemClock } from "../../../src/core/clock.ts";
import { type Instruction, singleTurn } from "../../../src/core/pool/instruction.ts";
import {
  type CheckpointProfile,
  type ProjectConfig,
  projectSchema,
  type TargetConfig,
} from "../../../src/core/project/schema.ts";
import { Store } from "../../../src/core/store/store.ts";
import { JobDirectory, type JobManifest } from "../../../src/core/training/jobDirectory.ts";
import { LocalTarget } from "../../../src/core/training/localTarget.ts";
import type { ProcessResult, ProcessRunner } from "../../../src/core/training/processes.ts";
import { Python } from "../../../src/core/training/python.ts";
import { Targets } from "../../../src/core/training/targets.ts";
import { FakeTarget } from "../../support/fakeTarget.ts";

export const clock = new SystemClock();
export const never = new AbortController().signal;

export function temporaryFolder(t: TestContext, prefix = "lion-training-"): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A job directory, ready to be submitted, that is cleared of processes when the test ends. */
export function preparedJob(
  t: TestContext,
  argv: readonly string[],
  options: { folder?: string; environment?: Record<string, string>; id?: string } = {},
): JobDirectory {
  const folder = options.folder ?? temporaryFolder(t);
  const id = options.id ?? `job-${Math.random().toString(36).slice(2)}`;
  const job = new JobDirectory(join(folder, id));
  const manifest: JobManifest = {
    ...{ id, kind: "train", iteration: 1, purpose: "test", fingerprint: "f", createdAt: 0, details: {} },
    ...{ argv, environment: options.environment ?? {} },
  };
  job.create();
  job.seal(manifest);
  t.after(() => localTarget().endRemains(job));
  return job;
}

/** @param python only needed where a trainer's command is made. */
export function localTarget(graceMs = 2000, python?: Python): LocalTarget {
  return new LocalTarget({ clock, environment: process.env, graceMs, python: python ?? noPython() });
}

function noPython(): Python {
  const runner: ProcessRunner = { run: () => Promise.reject(new Error("This target has no Python.")) };
  return new Python({ runner, configured: "none", projectDir: "/", trainerRoot: "/trainer", environment: {} });
}

/** A project's targets that are nothing but this machine. */
export function localTargets(python: Python): Targets {
  return new Targets({ local: LOCAL }, () => localTarget(2000, python));
}

/** This machine as `local`, and `gpu`, which pretends to be another one. */
export function withFakeHost(t: TestContext, python: Python): { targets: Targets; gpu: FakeTarget } {
  const host = mkdtempSync(join(tmpdir(), "lion-host-"));
  const gpu = new FakeTarget("gpu", host, localTarget(2000, python));
  t.after(() => removeWithJobs(host, join(host, "jobs")));
  const config: TargetConfig = { ...LOCAL, kind: "ssh", host: "gpu", nodes: [], folder: "~/.lion" };
  const targets = new Targets({ local: LOCAL, gpu: config }, (name) =>
    name === "gpu" ? gpu : localTarget(2000, python),
  );
  return { targets, gpu };
}

const LOCAL: TargetConfig = { kind: "local", gpus: "all", waitForGpus: false };

/** Polls until `condition` gives something true; fails after ten seconds. */
export async function until<T>(condition: () => T | Promise<T>, what = "the condition"): Promise<T> {
  for (const start = Date.now(); Date.now() - start < 10_000; ) {
    const value = await condition();
    if (value) {
      return value;
    }
    await clock.sleep(10);
  }
  throw new Error(`Waited for ${what} in vain.`);
}

/** How the pretended trainer behaves; read anew by each of its runs. */
export interface Behaviour {
  /** Runs that kill themselves (signal 9) half-way, counted from the first. */
  readonly killFirst?: number;
  /** Runs that end after their first step with their state saved, as when they are told to stop. */
  readonly stopFirst?: number;
  /** Keeps no state of a training, so that each run begins at the first step. */
  readonly savesNothing?: boolean;
  /** Ends with this code after saying why on standard error. */
  readonly fail?: { readonly code: number; readonly says: string };
  /** Waits, once it has begun, until this file exists. */
  readonly waitFor?: string;
  readonly installed?: Readonly<Record<string, string | null>>;
}

export const INSTALLED = {
  ...{ python: "3.11.7", torch: "2.13.0", transformers: "5.17.0" },
  ...{ tokenizers: "0.23.2", safetensors: "0.6.2", numpy: "2.3.0" },
};

const FAKE = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
const here = dirname(process.argv[1]);
const behaviour = JSON.parse(readFileSync(join(here, "behaviour.json"), "utf8"));
const argv = process.argv.slice(2);
if (argv[0] === "-c") {
  console.log(JSON.stringify({ ...${JSON.stringify(INSTALLED)}, ...behaviour.installed }));
  process.exit(0);
}
const module = argv.findLast((word) => word.startsWith("lion_trainer."));
const flag = (name) => argv[argv.indexOf("--" + name) + 1];
const state = (state, message) => {
  writeFileSync(flag("state") + ".tmp", JSON.stringify({ state, message, step: 0, steps: 0 }));
  renameSync(flag("state") + ".tmp", flag("state"));
};
const save = (step) => {
  if (behaviour.savesNothing) { return; }
  mkdirSync(flag("snapshot_dir"), { recursive: true });
  writeFileSync(join(flag("snapshot_dir"), "step"), String(step));
};
if (module === "lion_trainer.train") {
  process.on("SIGTERM", () => { save(1); state("stopped", "stopped by a signal after saving"); process.exit(75); });
}
// A test that sees the call may end it.
const calls = join(here, "calls.jsonl");
appendFileSync(calls, JSON.stringify({ module, argv, cwd: process.cwd(), env: { PYTHONPATH: process.env.PYTHONPATH, OMP_NUM_THREADS: process.env.OMP_NUM_THREADS } }) + "\\n");
const call = readFileSync(calls, "utf8").trim().split("\\n").length;
state("running", "working");
if (behaviour.fail) {
  state("failed", behaviour.fail.says);
  console.error("error: " + behaviour.fail.says);
  process.exit(behaviour.fail.code);
}
while (behaviour.waitFor && !existsSync(behaviour.waitFor)) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const dies = call <= (behaviour.killFirst ?? 0);
const stops = call <= (behaviour.stopFirst ?? 0);
const die = () => process.kill(process.pid, "SIGKILL");
const sha = (text) => createHash("sha256").update(text).digest("hex");
if (module === "lion_trainer.train") {
  const data = readFileSync(flag("data_path"), "utf8");
  const saved = join(flag("snapshot_dir"), "step");
  for (const step of [1, 2].slice(existsSync(saved) ? Number(readFileSync(saved, "utf8")) : 0)) {
    appendFileSync(flag("metrics"), JSON.stringify({ step, steps: 2, loss: 3 / step, eta_s: 2 - step }) + "\\n");
    if (dies || stops) { save(step); }
    if (dies) { die(); await new Promise(() => {}); }
    if (stops) { state("stopped", "stopped by a signal after saving"); process.exit(75); }
  }
  const out = flag("output_dir");
  mkdirSync(out, { recursive: true });
  const weights = "weights of " + data + flag("seed");
  writeFileSync(join(out, "model.safetensors"), weights);
  writeFileSync(join(out, "config.json"), '{"model_type": "llama"}');
  writeFileSync(join(out, "tokenizer.json"), "{}");
  writeFileSync(join(out, "lion_template.json"), JSON.stringify({ name: flag("template"), sha256: "ab".repeat(32) }));
  writeFileSync(join(out, "summary.json"), JSON.stringify({ weights_sha256: sha(weights) }));
} else {
  const out = flag("out");
  const rows = readFileSync(flag("in"), "utf8").trim().split("\\n").map((line) => JSON.parse(line));
  const before = existsSync(out) ? readFileSync(out, "utf8").trim().split("\\n").map((line) => JSON.parse(line).id) : [];
  let done = before.length;
  for (const row of rows.filter((row) => !before.includes(row.id))) {
    if (dies && done >= rows.length / 2) { die(); await new Promise(() => {}); }
    const output = row.instruction.includes("silence") ? "  " : "answer to " + row.instruction + row.input;
    const finish_reason = row.instruction.includes("long") ? "length" : "stop";
    appendFileSync(out, JSON.stringify({ id: row.id, key: row.key, output, finish_reason, input_tokens: 3, output_tokens: 4, run: call }) + "\\n");
    done++;
    appendFileSync(flag("metrics"), JSON.stringify({ done, total: rows.length }) + "\\n");
  }
}
state("done", "");
`;

/** A program that stands for a Python with the trainer: same flags, same files, no numerics. */
export class FakePython {
  readonly path: string;
  readonly #folder: string;

  constructor(t: TestContext) {
    this.#folder = temporaryFolder(t, "lion fake 'python' ");
    this.path = join(this.#folder, "python.mjs");
    writeFileSync(this.path, `#!${process.execPath}\n${FAKE}`);
    chmodSync(this.path, 0o755);
    this.behave({});
  }

  behave(behaviour: Behaviour): void {
    writeFileSync(join(this.#folder, "behaviour.json"), JSON.stringify(behaviour));
  }

  /** The runs of the trainer so far. */
  calls(): Array<{ module: string; argv: string[]; cwd: string; env: Record<string, string> }> {
    try {
      const lines = readFileSync(join(this.#folder, "calls.jsonl"), "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }

  /** @param runner by default what the program would print is handed over without starting it. */
  python(runner: ProcessRunner = { run: async () => this.#versions() }): Python {
    return new Python({
      ...{ runner, configured: this.path, projectDir: "/", trainerRoot: "/trainer", environment: process.env },
    });
  }

  #versions(): ProcessResult {
    const { installed } = JSON.parse(readFileSync(join(this.#folder, "behaviour.json"), "utf8")) as Behaviour;
    return { code: 0, stdout: JSON.stringify({ ...INSTALLED, ...installed }), stderr: "" };
  }
}

/** Ends the jobs of a folder and removes what they lie in. */
async function removeWithJobs(folder: string, jobs: string): Promise<void> {
  for (const id of existsSync(jobs) ? readdirSync(jobs) : []) {
    await localTarget().endRemains(new JobDirectory(join(jobs, id)));
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

export interface World {
  readonly projectDir: string;
  readonly dataDir: string;
  readonly store: Store;
  readonly config: ProjectConfig;
  readonly profile: CheckpointProfile;
  instruction(text: string, input?: string): Instruction;
}

/** A project with an empty database; its student is a tiny LLaMA from random weights. Its jobs end with the test. */
export function world(
  t: TestContext,
  config: Record<string, unknown> = {},
  profile: Record<string, unknown> = {},
): World {
  const projectDir = mkdtempSync(join(tmpdir(), "lion-project-"));
  const dataDir = join(projectDir, ".lion");
  const store = new Store(join(dataDir, "lion.db"));
  t.after(async () => {
    store.close();
    await removeWithJobs(projectDir, join(dataDir, "jobs"));
  });
  const student = { kind: "checkpoint", base: { config: { hidden_size: 8 } }, ...profile };
  const parsed = projectSchema.parse({
    name: "test",
    profiles: { student, other: { kind: "sandbox", model: "oracle-teacher" } },
    roles: { teacher: "other", student: "student", referee: "other", generator: "other" },
    ...config,
  });
  return {
    projectDir,
    dataDir,
    store,
    config: parsed,
    profile: parsed.profiles.student as CheckpointProfile,
    instruction(text, input = "") {
      const id = store.instructions.insert({ ...singleTurn(text, input), origin: "imported" }, 1);
      return store.instructions.get(id) as Instruction;
    },
  };
}
