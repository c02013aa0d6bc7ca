import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { canonicalJson, seedFrom, sha256 } from "../hash.ts";
import { PLAIN_PROMPT_VERSION } from "../models/messages.ts";
import type { CheckpointProfile, ProjectConfig } from "../project/schema.ts";
import type { Store } from "../store/store.ts";
import type { Checkpoint } from "../store/training.ts";
import { BaseModel } from "./baseModel.ts";
import { type Start, settingsFor, trainCommand } from "./commands.ts";
import type { Metrics } from "./follow.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import { JobRunner, type StoredJob, type Work } from "./jobRunner.ts";
import { fileHash } from "./pathHash.ts";
import type { Targets } from "./targets.ts";
import { type TrainingExample, trainingDataHash, writeTrainingFile } from "./trainingFile.ts";

export interface TrainRequest {
  readonly iteration: number;
  /** The configuration that the iteration froze. */
  readonly config: ProjectConfig;
  readonly profileName: string;
  readonly profile: CheckpointProfile;
  /** In the order of the Train pool. */
  readonly examples: readonly TrainingExample[];
  /** The checkpoint to continue from; null starts from the profile's base. */
  readonly parent: Checkpoint | null;
}

/** Steps done, steps in all, and a few words (loss, time left). */
export type TrainingProgress = (done: number, total: number, detail: string) => void;

export interface TrainingServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly targets: Targets;
  /** The folder of lion.json. */
  readonly projectDir: string;
  /** The folder of the database; job directories and checkpoints are below it. */
  readonly dataDir: string;
}

/** What the store's purpose column calls the job that trains. */
const PURPOSE = "imitation";
const CHECKPOINT = "out/checkpoint";

/** Trains the student as a detached job and registers the checkpoint that it makes. */
export class StudentTrainer {
  readonly #services: TrainingServices;
  readonly #runner: JobRunner;

  constructor(services: TrainingServices) {
    this.#services = services;
    this.#runner = new JobRunner(services);
  }

  /**
   * The checkpoint of the iteration: the registered one if there is one, else that of the job which is at work on the
   * same data with the same settings, else a new one.
   *
   * @throws LionError when the training fails; of kind `interrupted` when the signal aborts, while the job goes on.
   */
  async train(request: TrainRequest, onProgress: TrainingProgress, signal: AbortSignal): Promise<Checkpoint> {
    const registered = this.#services.store.training.checkpointOf(request.iteration);
    if (registered) {
      return registered;
    }
    const work = await this.#work(request);
    const job = await this.#runner.run(work, (metrics) => reportStep(metrics, onProgress), signal);
    return this.#register(request, job, work.details);
  }

  async #work(request: TrainRequest): Promise<Work> {
    const { iteration, config, profile, examples } = request;
    const base = new BaseModel(profile.base, this.#services.projectDir);
    const settings = settingsFor(iteration, config.training);
    const seed = seedFrom(`training/${config.seed}`);
    const { start, writeConfig } = this.#start(request, base);
    const { processes, ...numerics } = settings;
    const manifest = {
      data: { sha256: trainingDataHash(examples), rows: examples.length },
      template: profile.template,
      settings: numerics,
      processes,
      seed,
      parent: request.parent?.weightsSha256 ?? null,
      base: await base.hash(),
      prompts: { teacher: PLAIN_PROMPT_VERSION },
    };
    return {
      kind: "train",
      iteration,
      purpose: PURPOSE,
      target: profile.target,
      title: `The training of iteration ${iteration}`,
      fingerprint: sha256(canonicalJson(manifest)),
      details: manifest,
      goesOnFrom: [],
      prepare: async (directory, target) => {
        const python = await target.python();
        writeTrainingFile(directory.file("in/train.jsonl"), examples);
        writeConfig(directory);
        writeFileSync(directory.file("in/manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
        return trainCommand(python, start, profile.template, settings, seed);
      },
      check: checkOutput,
    };
  }

  /** Where this training starts, and what writes the configuration of a random start into the job directory. */
  #start(
    { parent, iteration }: TrainRequest,
    base: BaseModel,
  ): { start: Start; writeConfig: (job: JobDirectory) => void } {
    const nothing = (): void => {};
    if (parent) {
      return { start: { kind: "weights", path: this.#pathOf(parent) }, writeConfig: nothing };
    }
    if (base.given) {
      return { start: base.given, writeConfig: nothing };
    }
    const random = base.random as NonNullable<typeof base.random>;
    const config = "in/config.json";
    const writeConfig = (job: JobDirectory): void =>
      writeFileSync(job.file(config), `${JSON.stringify(random.config, null, 2)}\n`);
    // The tokenizer is made once, for the first Train pool: with another one the same base would be another student.
    const first = iteration > 1 ? this.#services.store.training.checkpointOf(1) : null;
    const start: Start = first
      ? { kind: "random", config, tokenizer: this.#pathOf(first) }
      : { kind: "random", config, vocabulary: random.vocabulary };
    return { start, writeConfig };
  }

  #pathOf(checkpoint: Checkpoint): string {
    const path = resolve(this.#services.dataDir, checkpoint.directory);
    if (!existsSync(join(path, "model.safetensors"))) {
      throw new LionError(
        "environment",
        `The checkpoint of iteration ${checkpoint.iteration} is no longer in ${path}: put the folder back.`,
      );
    }
    return path;
  }

  /** Registers a checkpoint and closes its job in one transaction; once, however often it is called. */
  #register(request: TrainRequest, job: StoredJob, manifest: Work["details"]): Checkpoint {
    const { store, clock } = this.#services;
    const weightsSha256 = summaryOf(job.directory).weights_sha256;
    const template = templateOf(job.directory);
    const trained = store.write(() => {
      if (!store.training.checkpointOf(request.iteration)) {
        store.training.addCheckpoint(
          {
            iteration: request.iteration,
            jobId: job.row.id,
            directory: join(job.row.directory, CHECKPOINT),
            weightsSha256,
            template: `${template.name}@${template.sha256.slice(0, 8)}`,
            manifest: { ...manifest, templateSha256: template.sha256 },
            parentId: request.parent?.id ?? null,
          },
          clock.now(),
        );
      }
      store.training.endJob(job.row.id, "collected", 0, clock.now());
      return store.training.checkpointOf(request.iteration);
    });
    if (!trained) {
      throw new Error(`The checkpoint of iteration ${request.iteration} was registered and is not there.`);
    }
    return trained;
  }
}

function templateOf(directory: JobDirectory): { name: string; sha256: string } {
  return JSON.parse(readFileSync(directory.file(`${CHECKPOINT}/lion_template.json`), "utf8"));
}

function summaryOf(directory: JobDirectory): { weights_sha256: string } {
  return JSON.parse(readFileSync(directory.file(`${CHECKPOINT}/summary.json`), "utf8"));
}

/** Whether the checkpoint is whole and its weights are the ones that the trainer wrote. */
async function checkOutput(directory: JobDirectory): Promise<string | null> {
  const missing = ["model.safetensors", "summary.json", "lion_template.json"].find(
    (name) => !existsSync(directory.file(`${CHECKPOINT}/${name}`)),
  );
  if (missing) {
    return `it left no ${missing} in ${directory.file(CHECKPOINT)}`;
  }
  const found = await fileHash(directory.file(`${CHECKPOINT}/model.safetensors`));
  return found === summaryOf(directory).weights_sha256
    ? null
    : `the weights in ${directory.file(CHECKPOINT)} are damaged`;
}

function reportStep(metrics: Metrics, onProgress: TrainingProgress): void {
  const { step, steps, loss, eta_s: seconds } = metrics;
  if (typeof step === "number" && typeof steps === "number") {
    const left = typeof seconds === "number" ? `, ${Math.round(seconds)} s left` : "";
    onProgress(step, steps, typeof loss === "number" ? `loss ${loss.toFixed(3)}${left}` : "");
  }
}
