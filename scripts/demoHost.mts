// The main job behind `npm run demo:host`: the published command trains a real student on a host that ssh reaches.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus } from "node:os";
import { dirname, join, relative } from "node:path";
import OpenAI from "openai";
import { formatDuration, Output } from "../src/cli/output.ts";
import { environmentKey, withStore } from "../src/cli/shared.ts";
import { SystemClock } from "../src/core/clock.ts";
import type { LoopEvent } from "../src/core/loop/events.ts";
import type { Project } from "../src/core/project/project.ts";
import type { Checkpoint } from "../src/core/store/training.ts";
import { fetchCheckpoint } from "../src/core/training/fetching.ts";
import { SystemProcessRunner } from "../src/core/training/processes.ts";
import { StudentServer } from "../src/core/training/studentServer.ts";
import { Engine } from "../src/engine/engine.ts";
import { installation, sandboxEntry, trainerRoot } from "../src/engine/installation.ts";
import { pythonOf, targetsOf } from "../src/engine/services.ts";
import { TestSshd } from "../test/support/sshd.ts";
import { clearProject } from "./clearProject.mts";
import { Killer } from "./demoHost/killer.mts";
import { publishedCommand } from "./demoHost/publishedCommand.mts";
import { createRealProject, fillPools } from "./demoReal/project.mts";
import { runScript } from "./runScript.mts";

const SIZES = { train: 400, compared: 8, epochs: 2, rated: 24 };
/** With `--quick`: enough to see that all parts work. */
const QUICK_SIZES = { train: 64, compared: 4, epochs: 1, rated: 6 };

const QUESTION = "Name three things that a gardener needs in spring.";
const TARGET = "host";

const [set = "", weights = "", python = "", ...flags] = process.argv.slice(2);
const sizes = flags.includes("--quick") ? QUICK_SIZES : SIZES;
const directory = join(installation, "demo-host");
const output = new Output({ json: false });
const began = Date.now();
const endings: Array<() => void | Promise<void>> = [];

try {
  await runScript(output, main);
} finally {
  for (const end of endings) {
    await end();
  }
}

async function main(): Promise<void> {
  await clearProject(directory);
  const sshd = await TestSshd.start({ after: (end) => endings.push(end) });
  Object.assign(process.env, sshd.environment);
  const project = await makeProject(sshd);
  const targets = targetsOf(project, trainerRoot, new SystemClock());
  output.say(
    `SmolLM2-135M is trained on ${sizes.train} of Alpaca's rows by the published command, with two processes, on a host that ssh reaches (an sshd on this machine).`,
  );

  step("The teacher answers, and the student is trained there; one of its processes is killed on the way");
  const killer = new Killer(project);
  await run(project, "imitation", (event) => killer.watch(event));
  const checkpoint = await withStore(project, ({ training }) => training.checkpointOf(1) as Checkpoint);
  output.say(killer.told());

  step("The checkpoint is fetched, and transformers alone loads it");
  const folder = await fetchCheckpoint({ targets, dataDir: project.dataDirectory }, checkpoint);
  output.say(heldOut(folder));
  output.say(await loadedPlainly(folder));

  step("It is served there, and asked by the openai package through the forwarded port");
  output.say(await askedThrough(project, checkpoint));

  step("Its answers feed a discrimination");
  await run(project, "discrimination");
  await withStore(project, (store) => {
    const verdicts = store.ratings.verdicts(1, "draw");
    const jobs = store.training.jobs().map(({ kind, target, state }) => `${kind} on ${target}: ${state}`);
    output.say(`${verdicts.length} instructions were rated. Jobs: ${jobs.join("; ")}.`);
  });
  const place = relative(process.cwd(), directory) || ".";
  output.say(
    `\nDone in ${formatDuration(Date.now() - began)} on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}). The project stays in ${place}; the host is gone.`,
  );
}

function step(title: string): void {
  output.say(`\n[${formatDuration(Date.now() - began)}] ${title}`);
}

async function makeProject(sshd: TestSshd): Promise<Project> {
  const command = publishedCommand({
    torchrun: join(dirname(python), "torchrun"),
    script: join(trainerRoot, "src", "train.py"),
    port: await freePort(),
  });
  const project = createRealProject({ directory, set, weights, name: "demo-host" }, (config) => ({
    ...config,
    profiles: {
      ...config.profiles,
      student: { ...(config.profiles.student as NonNullable<typeof config.profiles.student>), target: TARGET },
    },
    discrimination: { ...config.discrimination, maxRated: sizes.rated, panel: sizes.compared },
    training: {
      ...config.training,
      epochs: sizes.epochs,
      trainer: { command, setup: "export OMP_NUM_THREADS=1", goesOnFrom: ["checkpoint.snapshots"] },
    },
    targets: { [TARGET]: { kind: "ssh", host: sshd.hosts.jump, python } },
  }));
  await withStore(project, (store) =>
    fillPools({
      ...{ project, store, set, weights, clock: new SystemClock(), sizes },
      python: pythonOf(project, trainerRoot),
    }),
  );
  return project;
}

async function run(
  project: Project,
  only: "imitation" | "discrimination",
  watch: (event: LoopEvent) => void = () => {},
): Promise<void> {
  const engine = await Engine.open(project, {
    listener: (event) => {
      watch(event);
      if (event.event !== "stage") {
        output.event(event);
      }
    },
    ...{ keyOf: environmentKey, sandboxEntry, trainerRoot },
  });
  const pause = (): void => engine.pause();
  process.once("SIGINT", pause);
  try {
    await engine.run({ only, approval: "auto" });
  } finally {
    process.off("SIGINT", pause);
    await engine.close();
  }
}

function heldOut(folder: string): string {
  const summary = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Record<string, unknown>;
  const { held_out_before: before, held_out_after: after, steps, resumed_from: resumed, seconds } = summary;
  return `Loss on the rows that were held out: ${before} before, ${after} after ${steps} steps (gone on from ${JSON.stringify(resumed)}; ${seconds} s).`;
}

async function loadedPlainly(folder: string): Promise<string> {
  const script = join(import.meta.dirname, "demoHost", "load_plain.py");
  const { code, stdout, stderr } = await new SystemProcessRunner().run([python, script, folder, QUESTION], {
    timeoutMs: 300_000,
  });
  if (code !== 0) {
    throw new Error(`transformers cannot load ${folder}: ${stderr.trim().split("\n").at(-1)}`);
  }
  const { class: name, parameters, answer } = JSON.parse(stdout) as Record<string, unknown>;
  return `${name} of ${parameters} parameters. “${QUESTION}” → “${answer}”`;
}

async function askedThrough(project: Project, checkpoint: Checkpoint): Promise<string> {
  const clock = new SystemClock();
  const server = new StudentServer({
    ...{ clock, checkpoint, dataDir: project.dataDirectory, precision: "fp32" as const },
    targets: targetsOf(project, trainerRoot, clock),
  });
  try {
    const { baseUrl, model } = await server.served((text) => text && output.say(text));
    const client = new OpenAI({ baseURL: baseUrl, apiKey: "none", maxRetries: 0 });
    const reply = await client.chat.completions.create({
      ...{ model, temperature: 0, max_tokens: 64 },
      messages: [{ role: "user", content: QUESTION }],
    });
    const [choice] = reply.choices;
    return `“${QUESTION}” → “${choice?.message.content}” (${choice?.finish_reason}, ${reply.usage?.completion_tokens} tokens)`;
  } finally {
    await server.stop();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
