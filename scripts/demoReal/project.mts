import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/core/clock.ts";
import { LionError } from "../../src/core/errors.ts";
import { writeJsonl } from "../../src/core/pool/formats/write.ts";
import { importFile } from "../../src/core/pool/importing.ts";
import { createProject } from "../../src/core/project/create.ts";
import { loadProject, type Project } from "../../src/core/project/project.ts";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";
import { Random } from "../../src/core/random.ts";
import { type RecordedRow, Recording, recordingKey } from "../../src/core/sandbox/recording.ts";
import { REPLAY_HOLDOUT_FROM } from "../../src/core/sandbox/replay.ts";
import type { Store } from "../../src/core/store/store.ts";
import { SystemProcessRunner } from "../../src/core/training/processes.ts";
import type { Python } from "../../src/core/training/python.ts";
import { SIZES } from "./sizes.mts";

/** Rows that are measured for each that is needed: most of Alpaca's are short enough. */
const SPARE = 1.5;

/** A replay project whose student is the checkpoint in `weights`, changed as is asked for. */
export function createRealProject(
  options: { readonly directory: string; readonly set: string; readonly weights: string; readonly name: string },
  change: (config: ProjectConfigInput) => ProjectConfigInput = (config) => config,
): Project {
  const { directory, set, weights, name } = options;
  const { configFile } = createProject(directory, { mind: "replay", set, seed: SIZES.seed, name });
  const written = JSON.parse(readFileSync(configFile, "utf8")) as ProjectConfigInput;
  const config: ProjectConfigInput = {
    ...written,
    profiles: {
      ...written.profiles,
      student: {
        kind: "checkpoint",
        base: { weights },
        template: "chat",
        temperature: 0,
        maxNewTokens: SIZES.answerTokens,
        // Batches of about 16, so that progress shows several times a minute.
        batchTokens: 3072,
      },
    },
    loop: { iterations: 1, newInstructions: SIZES.newInstructions },
    discrimination: { tau: SIZES.tau, maxRated: SIZES.maxRated, panel: SIZES.compared },
    approval: { mode: "auto" },
    training: {
      processes: SIZES.processes,
      epochs: SIZES.epochs,
      learningRate: SIZES.learningRate,
      schedule: "linear",
      batchSize: SIZES.batchSize,
      microBatchTokens: 1024,
      maxLength: SIZES.longestTokens,
      precision: "fp32",
    },
  };
  writeFileSync(configFile, `${JSON.stringify(change(config), null, 2)}\n`);
  return loadProject(directory);
}

/**
 * Fills the pools with short rows of the recorded set, without their outputs: the teacher is asked for them. The ones
 * that are compared join the Cache alone and become its panel.
 *
 * @throws LionError when the set has too few short rows.
 */
export async function fillPools(options: {
  readonly project: Project;
  readonly store: Store;
  readonly clock: Clock;
  readonly python: Python;
  readonly set: string;
  readonly weights: string;
  /** Rows of the Train pool, and of those that are compared. */
  readonly sizes: { readonly train: number; readonly compared: number };
}): Promise<void> {
  const { project, store, clock, sizes } = options;
  const rows = await shortRows(options);
  for (const { into, members } of [
    { into: "pools", members: rows.slice(0, sizes.train) },
    { into: "cache", members: rows.slice(sizes.train) },
  ] as const) {
    const file = join(project.dataDirectory, `${into}.jsonl`);
    await writeJsonl(file, members);
    const settings = { outputs: "drop", duplicates: "merge", licence: "CC BY-NC 4.0", iteration: 1 } as const;
    await importFile({ store, clock, file, into, ...settings });
  }
  const trained = new Set(store.pools.train(1));
  store.write(() => store.pools.setPanel(store.pools.cache(1).filter((id) => !trained.has(id))));
}

/** As many rows as are needed, drawn from those that the replay's generator does not hand out. */
async function shortRows(options: Parameters<typeof fillPools>[0]): Promise<RecordedRow[]> {
  const { project, python, set, weights, sizes } = options;
  const wanted = sizes.train + sizes.compared;
  const { rows } = Recording.read(set);
  const known = rows.slice(0, Math.floor(REPLAY_HOLDOUT_FROM * rows.length)).filter(({ output }) => output.trim());
  const distinct = [...new Map(known.map((row) => [recordingKey(row.instruction, row.input), row])).values()];
  const drawn = new Random(`${SIZES.seed} rows`).shuffle(distinct).slice(0, Math.ceil(SPARE * wanted));
  const file = join(project.dataDirectory, "drawn.jsonl");
  await writeJsonl(
    file,
    drawn.map((row, id) => ({ id: String(id), ...row })),
  );
  const script = join(import.meta.dirname, "short_rows.py");
  const { code, stdout, stderr } = await new SystemProcessRunner().run(
    [python.executable, script, file, weights, String(SIZES.longestTokens)],
    { environment: { ...process.env, ...python.variables } },
  );
  if (code !== 0) {
    throw new LionError("environment", `The rows could not be measured: ${stderr.trim().split("\n").at(-1)}`);
  }
  const short = (JSON.parse(stdout) as number[]).map((id) => drawn[id] as RecordedRow).slice(0, wanted);
  if (short.length < wanted) {
    throw new LionError(
      "input",
      `${set} has too few rows of at most ${SIZES.longestTokens} tokens (${short.length} of ${wanted}): name another folder in LION_DATA.`,
    );
  }
  return short;
}
