import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { canonicalJson, seedFrom, sha256 } from "../hash.ts";
import { PLAIN_PROMPT_VERSION } from "../models/messages.ts";
import type { CheckpointProfile, ProjectConfig } from "../project/schema.ts";
import type { Store } from "../store/store.ts";
import type { Checkpoint } from "../store/training.ts";
import { BaseModel } from "./baseModel.ts";
import { CheckpointPlaces } from "./checkpointPlaces.ts";
import { computingSettings, learningSettings, settingsFor, type TrainingSettings, trainCommand } from "./commands.ts";
import type { Metrics } from "./follow.ts";
import type { JobCommand, JobDirectory } from "./jobDirectory.ts";
import { JobRunner, type StoredJob, type Watch, type Work } from "./jobRunner.ts";
import { ownTrainingCommand } from "./ownTrainer.ts";
import type { Target } from "./target.ts";
import type { Targets } from "./targets.ts";
import { type TrainingExample, trainingDataHash, writeTrainingFile } from "./trainingFile.ts";
import { complaintAboutOurs, fetchSmallFiles, OUTPUT, outputOfOthers, outputOfOurs } from "./trainingOutput.ts";
import { TrainingStart } from "./trainingStart.ts";

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

/** Steps done, steps in all (null before they are known), and a few words: loss and time left, or what is waited for. */
export type TrainingProgress = (done: number, total: number | null, detail: string) => void;

export interface TrainingServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly targets: Targets;
  /** The folder of lion.json. */
  readonly projectDir: string;
  /** The folder of the database; job directories and checkpoints are below it. */
  readonly dataDir: string;
  /** Told what somebody who waits may want to know, such as a connection that was lost. */
  readonly note?: (text: string) => void;
}

/** What the store's purpose column calls the job that trains. */
export const TRAINING_PURPOSE = "imitation";
const SNAPSHOTS = "snapshots";

/** Trains the student as a detached job and registers the checkpoint that it makes. */
export class StudentTrainer {
  readonly #services: TrainingServices;
  readonly #runner: JobRunner;
  readonly #places: CheckpointPlaces;

  constructor(services: TrainingServices) {
    this.#services = services;
    this.#runner = new JobRunner(services);
    this.#places = new CheckpointPlaces(services);
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
    const job = await this.#runner.run(work, {
      signal,
      onMetrics: (metrics) => reportStep(metrics, onProgress),
      tell: (text) => onProgress(0, null, text),
    });
    const checkpoint = await this.#register(request, job);
    await this.#removeSnapshots(request.iteration);
    return checkpoint;
  }

  async #work(request: TrainRequest): Promise<Work> {
    const { iteration, config, profile, examples } = request;
    const { targets, projectDir } = this.#services;
    const settings = settingsFor(iteration, config.training);
    const { trainer } = settings;
    const seed = seedFrom(`training/${config.seed}`);
    const learned = {
      data: { sha256: trainingDataHash(examples), rows: examples.length },
      template: profile.template,
      settings: learningSettings(settings),
      seed,
      parent: request.parent?.weightsSha256 ?? null,
      base: await new BaseModel(profile.base, projectDir).hash(targets.of(profile.target)),
      prompts: { teacher: PLAIN_PROMPT_VERSION },
      ...(trainer !== "lion" && { trainer }),
    };
    const details = { ...learned, computing: computingSettings(settings) };
    return {
      kind: "train",
      iteration,
      purpose: TRAINING_PURPOSE,
      target: profile.target,
      title: `The training of iteration ${iteration}`,
      fingerprint: sha256(canonicalJson(learned)),
      details,
      goesOnFrom: trainer === "lion" ? [SNAPSHOTS] : trainer.goesOnFrom,
      prepare: async (directory, target, watch) => {
        writeTrainingFile(directory.file("in/train.jsonl"), examples);
        writeFileSync(directory.file("in/manifest.json"), `${JSON.stringify(details, null, 2)}\n`);
        return this.#command(request, settings, seed, directory, target, watch);
      },
      check: async (directory, target, { signal }) => {
        await fetchSmallFiles(target, directory, signal);
        if (trainer === "lion") {
          return complaintAboutOurs(target, directory);
        }
        await this.#outputOf(request, directory, target);
        return null;
      },
    };
  }

  async #command(
    request: TrainRequest,
    settings: TrainingSettings,
    seed: number,
    directory: JobDirectory,
    target: Target,
    watch: Watch,
  ): Promise<JobCommand> {
    const start = new TrainingStart(this.#services, this.#places, request);
    if (settings.trainer === "lion") {
      const python = await target.python(watch.tell, watch.signal);
      const from = await start.forOurs(directory, target, watch);
      return trainCommand(python, from, request.profile.template, settings, seed);
    }
    return ownTrainingCommand(settings.trainer, {
      data: await target.pathOf(directory, "in/train.jsonl"),
      model: await start.forOthers(target, watch),
      output: await target.pathOf(directory, OUTPUT),
      ...{ settings, seed },
    });
  }

  async #outputOf(
    { profile }: TrainRequest,
    directory: JobDirectory,
    target: Target,
  ): Promise<ReturnType<typeof outputOfOurs>> {
    const path = await target.pathOf(directory, OUTPUT);
    const place = `What the training command left in ${path}`;
    return outputOfOthers(target, path, directory.file(OUTPUT), profile.template, place);
  }

  /** Registers a checkpoint and closes its job in one transaction; once, however often it is called. */
  async #register(request: TrainRequest, job: StoredJob): Promise<Checkpoint> {
    const { store, clock, targets } = this.#services;
    const { iteration, parent } = request;
    const target = targets.of(job.row.target);
    const { weightsSha256, template, facts } =
      settingsFor(iteration, request.config.training).trainer === "lion"
        ? outputOfOurs(job.directory)
        : await this.#outputOf(request, job.directory, target);
    const trained = store.write(() => {
      if (!store.training.checkpointOf(iteration)) {
        store.training.addCheckpoint(
          {
            iteration,
            jobId: job.row.id,
            target: job.row.target,
            directory: join(job.row.directory, OUTPUT),
            ...{ weightsSha256, template },
            manifest: { ...job.manifest?.details, ...facts },
            parentId: parent?.id ?? null,
          },
          clock.now(),
        );
      }
      store.training.endJob(job.row.id, "collected", 0, clock.now());
      return store.training.checkpointOf(iteration);
    });
    if (!trained) {
      throw new Error(`The checkpoint of iteration ${iteration} was registered and is not there.`);
    }
    return trained;
  }

  /** The trainer drops its own saved states; those of attempts that were killed, with other data perhaps, are still there. */
  async #removeSnapshots(iteration: number): Promise<void> {
    const { store, targets } = this.#services;
    for (const row of store.training.jobsFor(iteration, TRAINING_PURPOSE)) {
      const directory = this.#runner.directoryOf(row);
      try {
        await targets.of(row.target).remove(directory, [SNAPSHOTS]);
      } catch {
        // Disk space on a host that cannot be reached now is no reason to keep the loop waiting.
      }
    }
  }
}

function reportStep(metrics: Metrics, onProgress: TrainingProgress): void {
  const { step, steps, loss, eta_s: seconds } = metrics;
  if (typeof step === "number" && typeof steps === "number") {
    const left = typeof seconds === "number" ? `, ${Math.round(seconds)} s left` : "";
    onProgress(step, steps, typeof loss === "number" ? `loss ${loss.toFixed(3)}${left}` : "");
  }
}
