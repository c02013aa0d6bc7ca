import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LionError } from "../errors.ts";
import type { Checkpoint } from "../store/training.ts";
import { BaseModel } from "./baseModel.ts";
import type { CheckpointPlaces } from "./checkpointPlaces.ts";
import type { Start } from "./commands.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import type { Watch } from "./jobRunner.ts";
import type { TrainingServices, TrainRequest } from "./studentTrainer.ts";
import type { Target } from "./target.ts";

const CONFIG = "in/config.json";
const TOKENIZER = "in/tokenizer";
const TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model"];

/** Where a training starts: a checkpoint, given weights, or a random model; on whatever target it runs. */
export class TrainingStart {
  readonly #services: TrainingServices;
  readonly #places: CheckpointPlaces;
  readonly #request: TrainRequest;

  constructor(services: TrainingServices, places: CheckpointPlaces, request: TrainRequest) {
    this.#services = services;
    this.#places = places;
    this.#request = request;
  }

  /** What our own trainer starts from; a random model's configuration is written into the job's input. */
  async forOurs(job: JobDirectory, target: Target, watch: Watch): Promise<Start> {
    const { parent } = this.#request;
    if (parent) {
      return { kind: "weights", path: await this.#places.pathOn(target, parent, watch.tell, watch.signal) };
    }
    const base = this.#base();
    const given = await base.on(target, watch.tell, watch.signal);
    if (given) {
      return given;
    }
    const random = base.random as NonNullable<typeof base.random>;
    writeFileSync(job.file(CONFIG), `${JSON.stringify(random.config, null, 2)}\n`);
    // The tokenizer is made once, for the first Train pool: with another one the same base would be another student.
    const first = this.#request.iteration > 1 ? this.#services.store.training.checkpointOf(1) : null;
    return first
      ? { kind: "random", config: CONFIG, tokenizer: await this.#tokenizerOf(first, job, target) }
      : { kind: "random", config: CONFIG, vocabulary: random.vocabulary };
  }

  /**
   * What somebody else's trainer starts from: a path on the target, or a name of the hub.
   *
   * @throws LionError for a random model, which only our own trainer makes.
   */
  async forOthers(target: Target, { tell, signal }: Watch): Promise<string> {
    const { parent, profileName } = this.#request;
    if (parent) {
      return this.#places.pathOn(target, parent, tell, signal);
    }
    const given = await this.#base().on(target, tell, signal);
    if (!given) {
      throw new LionError(
        "input",
        `The base of the profile "${profileName}" is a configuration, from which only the trainer "lion" starts: give it weights (base, weights) for a training command of your own.`,
      );
    }
    return given.kind === "hub" ? given.model : given.path;
  }

  /** A tokenizer's files are here for every checkpoint, wherever its weights are. */
  async #tokenizerOf(checkpoint: Checkpoint, job: JobDirectory, target: Target): Promise<string> {
    if (checkpoint.target === target.name) {
      return this.#places.pathThere(checkpoint);
    }
    const folder = this.#places.folderHere(checkpoint);
    mkdirSync(job.file(TOKENIZER), { recursive: true });
    for (const name of TOKENIZER_FILES.filter((file) => existsSync(join(folder, file)))) {
      copyFileSync(join(folder, name), job.file(`${TOKENIZER}/${name}`));
    }
    return TOKENIZER;
  }

  #base(): BaseModel {
    return new BaseModel(this.#request.profile.base, this.#services.projectDir);
  }
}
