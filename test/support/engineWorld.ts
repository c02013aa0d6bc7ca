import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Project } from "../../src/core/project/project.ts";
import { EngineClient } from "../../src/engine/client.ts";
import { engineEntry } from "../../src/engine/installation.ts";
import type { EngineEvent, EngineState } from "../../src/protocol/engine.ts";
import { LoopProject } from "./loopProject.ts";

/** A slow sandbox project, so that there is time to do something to its engine. */
export function slowProject(context: TestContext, latencyMs = 15): Promise<LoopProject> {
  return LoopProject.unanswered(
    context,
    { pool: 120, newInstructions: 10, panel: 10, maxRated: 60, iterations: 1 },
    (config) => ({
      ...config,
      evaluation: { sets: "none" },
      sandbox: config.sandbox && { ...config.sandbox, latencyMs },
    }),
  );
}

/** A client of an engine in a process of its own, which does not outlive the test. */
export async function startEngine(
  context: TestContext,
  project: Project,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<EngineClient> {
  const client = await EngineClient.start(project, { entry: engineEntry, execPath: process.execPath, environment });
  context.after(async () => {
    client.detach();
    kill(client.pid);
    await gone(client.pid);
  });
  return client;
}

/** Resolves when an event, or a state, is the one that is waited for. */
export function seen(client: EngineClient, wanted: (event: EngineEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const forget = client.onEvent((event) => {
      if (wanted(event)) {
        forget();
        resolve();
      }
    });
  });
}

export function state(client: EngineClient, wanted: (state: EngineState) => boolean): Promise<EngineState> {
  return new Promise((resolve) => {
    const forget = client.onState((now) => {
      if (wanted(now)) {
        forget();
        resolve(now);
      }
    });
  });
}

/** Whether an event is progress of a step that has really begun. */
export const progressOf =
  (step: string, least = 1) =>
  (event: EngineEvent): boolean =>
    event.event === "progress" && event.step === step && event.done >= least;

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Resolves when a process is gone, with the milliseconds that it took. */
export async function gone(pid: number): Promise<number> {
  const started = Date.now();
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return Date.now() - started;
    }
    if (Date.now() - started > 60_000) {
      throw new Error(`Process ${pid} does not end.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function hasMeetingPoint({ dataDirectory }: Project): boolean {
  return existsSync(join(dataDirectory, "engine.json"));
}
