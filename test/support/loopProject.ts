import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { withStore } from "../../src/cli/shared.ts";
import { SystemClock } from "../../src/core/clock.ts";
import { LionError } from "../../src/core/errors.ts";
import type { LoopEvent } from "../../src/core/loop/events.ts";
import type { RunOptions } from "../../src/core/loop/loop.ts";
import { projectStatus } from "../../src/core/loop/status.ts";
import { writeJsonl } from "../../src/core/pool/formats/write.ts";
import { fillFromOracle } from "../../src/core/pool/fromOracle.ts";
import { importFile } from "../../src/core/pool/importing.ts";
import { createProject } from "../../src/core/project/create.ts";
import { SANDBOX_SIZES, type SandboxSizes } from "../../src/core/project/presets.ts";
import { loadProject, type Project } from "../../src/core/project/project.ts";
import type { ProjectConfig, SandboxConfig } from "../../src/core/project/schema.ts";
import { OracleTasks } from "../../src/core/sandbox/families/draw.ts";
import type { FaultRule } from "../../src/core/sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../../src/core/sandbox/server.ts";
import type { Store } from "../../src/core/store/store.ts";
import { Engine } from "../../src/engine/engine.ts";
import { sandboxEntry, trainerRoot } from "../../src/engine/installation.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

/** What a test wants to be different in `lion.json`. */
export type Change = (config: ProjectConfig) => ProjectConfig;

/** A project in a temporary folder, run by the engine as `lion run` does, with all that it said. */
export class LoopProject {
  project: Project;
  events: LoopEvent[] = [];
  /** Called with every event, for tests that act in the middle of a run. */
  onEvent: (event: LoopEvent, engine: Engine) => void = () => {};

  constructor(project: Project) {
    this.project = project;
  }

  /** An oracle project whose student is served by the sandbox, so that nothing is trained. */
  static async oracle(context: TestContext, sizes?: Partial<SandboxSizes>, change?: Change): Promise<LoopProject> {
    const { made, all } = LoopProject.#make(context, sizes, change);
    await made.use((store) => fillFromOracle({ project: made.project, store, clock: new SystemClock(), sizes: all }));
    return made;
  }

  /** An oracle project as above, but without recorded answers and evaluation set: the teacher is asked for all. */
  static async unanswered(context: TestContext, sizes?: Partial<SandboxSizes>, change?: Change): Promise<LoopProject> {
    const { made, all } = LoopProject.#make(context, sizes, change);
    const file = join(made.project.dataDirectory, "pool.jsonl");
    await writeJsonl(file, new OracleTasks(made.sandbox).pool(all.pool));
    await made.use((store) =>
      importFile({
        ...{ store, clock: new SystemClock(), file, into: "pools", outputs: "drop", duplicates: "keep", iteration: 1 },
      }),
    );
    return made;
  }

  static #make(
    context: TestContext,
    sizes: Partial<SandboxSizes> = {},
    change: Change = (config) => config,
  ): { made: LoopProject; all: SandboxSizes } {
    const all = { ...SANDBOX_SIZES.quick, ...sizes };
    const directory = join(temporaryFolder(context), "project");
    const made = new LoopProject(createProject(directory, { mind: "oracle", sizes: all, name: "test" }));
    made.change((config) => change(withServedStudent(config)));
    return { made, all };
  }

  /** A replay project over a recorded set; its pools are empty. */
  static replay(context: TestContext, set: string, change: Change = (config) => config): LoopProject {
    const directory = join(temporaryFolder(context), "project");
    const created = new LoopProject(createProject(directory, { mind: "replay", set, name: "test" }));
    created.change(change);
    return created;
  }

  get config(): ProjectConfig {
    return this.project.config;
  }

  get sandbox(): SandboxConfig {
    return this.project.config.sandbox as SandboxConfig;
  }

  /** Has a sandbox of the test's own answer for all roles, one that counts what it is asked and can be told to fail. */
  async serveBy(context: TestContext, faults: readonly FaultRule[] = []): Promise<Sandbox> {
    const sandbox = await startSandbox({ config: this.sandbox, faults });
    context.after(() => sandbox.close());
    this.change((config) => ({
      ...config,
      profiles: Object.fromEntries(
        Object.entries(config.profiles).map(([name, profile]) => [
          name,
          profile.kind === "sandbox"
            ? { ...profile, kind: "openai" as const, baseUrl: sandbox.url, structuredOutput: false }
            : profile,
        ]),
      ),
    }));
    return sandbox;
  }

  /** Rewrites `lion.json`. */
  change(change: Change): void {
    writeFileSync(this.project.configFile, JSON.stringify(change(this.project.config), null, 2));
    this.project = loadProject(this.project.directory);
  }

  /** What `lion run` does. @throws LionError saying why the run ended early. */
  run(
    { retryFailed, ...options }: RunOptions & { readonly retryFailed?: boolean } = { approval: "auto" },
  ): Promise<void> {
    return this.withEngine(async (engine) => {
      if (retryFailed) {
        engine.reopenFailed();
      }
      await engine.run(options);
    });
  }

  /** Opens an engine for the project, and closes it when the work is over. */
  async withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    const engine = await Engine.open(this.project, {
      listener: (event) => {
        this.events.push(event);
        this.onEvent(event, engine);
      },
      keyOf: () => undefined,
      sandboxEntry,
      trainerRoot,
    });
    try {
      return await work(engine);
    } finally {
      await engine.close();
    }
  }

  /** Runs and expects to end early. Returns the reason. */
  async runUntilStopped(options: RunOptions = { approval: "auto" }): Promise<LionError> {
    try {
      await this.run(options);
    } catch (error) {
      if (error instanceof LionError) {
        return error;
      }
      throw error;
    }
    throw new Error("The run was expected to end early and came to its end.");
  }

  use<T>(work: (store: Store) => T | Promise<T>): Promise<T> {
    return withStore(this.project, work);
  }

  status(): Promise<ReturnType<typeof projectStatus>> {
    return this.use(projectStatus);
  }

  notes(): string[] {
    return this.events.flatMap((event) => (event.event === "note" ? [event.text] : []));
  }
}

function withServedStudent(config: ProjectConfig): ProjectConfig {
  const { teacher } = config.profiles;
  if (teacher?.kind !== "sandbox") {
    throw new Error("The template's teacher is expected to be the sandbox's.");
  }
  return { ...config, profiles: { ...config.profiles, student: { ...teacher, model: "oracle-student" } } };
}
