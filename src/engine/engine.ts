import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, SystemClock } from "../core/clock.ts";
import { LionError, messageOf } from "../core/errors.ts";
import type { Listener } from "../core/loop/events.ts";
import { Loop, type LoopPrompts, type RunOptions } from "../core/loop/loop.ts";
import { Asker } from "../core/models/asker.ts";
import { Endpoints } from "../core/models/endpoints.ts";
import type { Project } from "../core/project/project.ts";
import type { ProjectConfig } from "../core/project/schema.ts";
import { SandboxProcess } from "../core/sandbox/child.ts";
import { backUpDaily } from "../core/store/database.ts";
import { Lease } from "../core/store/lease.ts";
import { Store } from "../core/store/store.ts";

const HEARTBEAT_MS = 500;

export interface EngineOptions {
  readonly listener: Listener;
  /** The key in an environment variable (or wherever the host keeps it), if there is one. */
  readonly keyOf: (variable: string) => string | undefined;
  /** How the sandbox's process is started: a script and its arguments. */
  readonly sandboxEntry: readonly string[];
  /** The folder that holds the Python package `lion_trainer`. */
  readonly trainerRoot: string;
}

/** Everything that works on one project: its services, its lease and its sandbox. Open it, run, close it. */
export class Engine {
  readonly #project: Project;
  readonly #store: Store;
  readonly #lease: Lease;
  readonly #sandbox: SandboxProcess | null;
  readonly #loop: Loop;
  readonly #pause = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
}
