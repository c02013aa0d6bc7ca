import { statfsSync } from "node:fs";
import type { Command } from "commander";
import { SystemClock } from "../../core/clock.ts";
import { LionError, messageOf } from "../../core/errors.ts";
import { Endpoints } from "../../core/models/endpoints.ts";
import type { Line } from "../../core/models/line.ts";
import { endpointDown, keyRefused } from "../../core/models/sentences.ts";
import { ChatFailure } from "../../core/models/types.ts";
import type { Project } from "../../core/project/project.ts";
import type { CheckpointProfile, TargetConfig } from "../../core/project/schema.ts";
import { SandboxProcess } from "../../core/sandbox/child.ts";
import { requireNodeApi } from "../../core/store/unsupportedHost.ts";
import { hostFactLines } from "../../core/training/host/hostLines.ts";
import { checkHosts } from "../../core/training/targetCheck.ts";
import { sandboxEntry, trainerRoot } from "../../engine/installation.ts";
import { jobEnvironment, pythonOf } from "../../engine/services.ts";
import { Output } from "../output.ts";
import { type CommonOptions, environmentKey, openProject, withCommonOptions, withStore } from "../shared.ts";

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

const GIGABYTE = 1e9;
const LEAST_FREE_GB = 2;
const MODELS_TIMEOUT_MS = 15_000;

export function registerDoctor(program: Command): void {
  withCommonOptions(program.command("doctor"))
    .description(
      "check what a run needs: Node.js, project, database, endpoints, Python and torch, training targets, disk",
    )
    .action(async (options: CommonOptions) => {
      const project = openProject(options);
      const checks = [
        await check("Node.js", () => {
          requireNodeApi();
          return `${process.version} with Node-API ${process.versions.napi}`;
        }),
        await check("database", () => checkDatabase(project)),
        await check("disk", () => checkDisk(project)),
        ...(await checkEndpoints(project)),
        ...(await checkTargets(project)),
      ];
      const ok = checks.every((check) => check.ok);
      new Output({ json: options.json ?? false }).result(
        { ok, checks },
        checks.map(({ name, ok, message }) => `${ok ? "ok  " : "FAIL"}  ${name}: ${message}`).join("\n"),
      );
      process.exitCode = ok ? 0 : 1;
    });
}

async function check(name: string, work: () => string | Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, message: await work() };
  } catch (error) {
    return { name, ok: false, message: messageOf(error) };
  }
}

function checkDatabase(project: Project): Promise<string> {
  return withStore(
    project,
    (store) => {
      const result = store.connection.pragma("integrity_check", { simple: true });
      if (result !== "ok") {
        throw new LionError(
          "environment",
          `${store.file} is damaged (${result}): restore a backup from .lion/backups.`,
        );
      }
      return `${store.file} is sound`;
    },
    { readonly: true },
  );
}

function checkDisk(project: Project): string {
  const { bavail, bsize } = statfsSync(project.dataDirectory);
  const free = (bavail * bsize) / GIGABYTE;
  if (free < LEAST_FREE_GB) {
    throw new LionError(
      "environment",
      `${free.toFixed(1)} GB are free at ${project.dataDirectory}: checkpoints and backups need at least ${LEAST_FREE_GB}.`,
    );
  }
  return `${free.toFixed(0)} GB free`;
}

/** One check for each profile that is an endpoint: whether it answers, takes the key and offers the model. */
async function checkEndpoints(project: Project): Promise<Check[]> {
  const { sandbox: config, profiles } = project.config;
  const checks: Check[] = [];
  let sandbox: SandboxProcess | null = null;
  if (config) {
    try {
      sandbox = await SandboxProcess.start({ config, baseDir: project.directory, entry: sandboxEntry });
    } catch (error) {
      checks.push({ name: "sandbox", ok: false, message: messageOf(error) });
    }
  }
  const endpoints = new Endpoints({
    profiles,
    clock: new SystemClock(),
    keyOf: environmentKey,
    sandboxUrl: () => sandbox?.url ?? "",
    spending: () => ({ calls: 0, cost: 0 }),
  });
  const asked = Object.entries(profiles).filter(([, { kind }]) => kind === "openai" || (kind === "sandbox" && sandbox));
  for (const [name] of asked) {
    checks.push(await check(`profile ${name}`, () => checkProfile(endpoints.line(name))));
  }
  await sandbox?.stop();
  return checks;
}

async function checkProfile(line: Line): Promise<string> {
  const { client, profile, origin } = line;
  let models: readonly string[];
  try {
    models = await client.models(AbortSignal.timeout(MODELS_TIMEOUT_MS));
  } catch (error) {
    if (error instanceof ChatFailure && error.kind === "auth") {
      throw keyRefused(line, error);
    }
    // Not every endpoint lists its models; only one that cannot be reached is surely broken.
    if (error instanceof ChatFailure && error.status !== null) {
      return `${profile.model} at ${origin}, which does not list its models (${error.message})`;
    }
    throw error instanceof ChatFailure ? endpointDown(line, error) : error;
  }
  if (models.length > 0 && !models.includes(profile.model)) {
    throw new LionError(
      "input",
      `${origin} does not offer the model "${profile.model}"; it offers ${models.slice(0, 5).join(", ")}.`,
    );
  }
  return `${profile.model} at ${origin}`;
}

/** Each target that a student is trained on: Python and torch here, what the hosts have elsewhere. */
async function checkTargets(project: Project): Promise<Check[]> {
  const bases = Object.values(project.config.profiles).flatMap((one) =>
    one.kind === "checkpoint" ? [[one.target, one.base] as const] : [],
  );
  const checks: Check[] = [];
  for (const [name, base] of new Map(bases)) {
    const config = project.config.targets[name];
    if (config) {
      checks.push(await (config.kind === "local" ? checkPython(project) : checkRemote(project, name, config, base)));
    }
  }
  return checks;
}

function checkPython(project: Project): Promise<Check> {
  return check("Python", async () => {
    const { executable, python, torch, transformers } = await pythonOf(project, trainerRoot).versions();
    return `${executable} is Python ${python} with torch ${torch} and transformers ${transformers}`;
  });
}

function checkRemote(
  project: Project,
  name: string,
  config: TargetConfig,
  base: CheckpointProfile["base"],
): Promise<Check> {
  return check(`target ${name}`, async () => {
    const facts = await checkHosts({ config, base, environment: jobEnvironment(project) });
    return facts.flatMap(hostFactLines).join("\n      ");
  });
}
