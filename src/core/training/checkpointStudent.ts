import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { LionError } from "../errors.ts";
import { canonicalJson, seedFrom, sha256 } from "../hash.ts";
import { requestKey } from "../models/identity.ts";
import { messagesOf } from "../models/messages.ts";
import type { ReplyKind } from "../models/types.ts";
import type { Instruction } from "../pool/instruction.ts";
import type { CheckpointProfile, TrainingConfig } from "../project/schema.ts";
import type { Answer } from "../store/ledger.ts";
import type { Checkpoint } from "../store/training.ts";
import { BaseModel, type GivenStart } from "./baseModel.ts";
import { CheckpointPlaces } from "./checkpointPlaces.ts";
import { generateCommand, type SamplingParameters } from "./commands.ts";
import { JobRunner, type StoredJob, type Watch, type Work } from "./jobRunner.ts";
import type { TrainingProgress, TrainingServices } from "./studentTrainer.ts";
import type { Target } from "./target.ts";
import { templateToPass } from "./templateToPass.ts";
import { promptFields } from "./trainingFile.ts";

export interface AnswerRequest {
  readonly iteration: number;
  /** Names the job within its iteration; the same purpose finds the same job again after a restart. */
  readonly purpose: string;
  /** Who answers; null is the profile's base, before any training. */
  readonly checkpoint: Checkpoint | null;
  readonly profileName: string;
  readonly profile: CheckpointProfile;
  readonly instructions: readonly Instruction[];
  readonly processes: number;
  /** Compute type on a GPU. */
  readonly precision: TrainingConfig["precision"];
  /** The project's seed. */
  readonly seed: number;
}

/** Everything about a job's answers that the store wants to know, kept in `job.json` so that any later run can collect. */
interface AnswerFacts {
  readonly profile: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly parameters: SamplingParameters;
  readonly checkpointId: number | null;
  /** Not part of a request's identity, but answers that are gone on with must agree in it. */
  readonly seed: number;
  readonly batchTokens: number;
  readonly precision: TrainingConfig["precision"];
}

/** A row of `out/answers.jsonl`. `id` is the request's key, `key` the instruction's id. */
interface AnswerRow {
  readonly id: string;
  readonly key: number;
  readonly output: string;
  readonly finish_reason: "stop" | "length";
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** Keeps a write transaction well under ten milliseconds. */
const ROWS_A_TRANSACTION = 250;

/** The student as a checkpoint of ours: it answers a file of instructions in one job. */
export class CheckpointStudent {
  readonly #services: TrainingServices;
  readonly #runner: JobRunner;
  readonly #places: CheckpointPlaces;

  constructor(services: TrainingServices) {
    this.#services = services;
    this.#places = new CheckpointPlaces(services);
    this.#runner = new JobRunner(services);
  }

  /**
   * The answers to all the instructions, by instruction id. Stored ones are not asked for again; a job for this
   * iteration and purpose that is still open is finished first, with the input that it has, because the batches that a
   * trainer forms from its input touch the last bits of what it computes.
   *
   * @throws LionError when the job fails; of kind `interrupted` when the signal aborts, while the job goes on.
   */
  async answer(
    request: AnswerRequest,
    onProgress: TrainingProgress,
    signal: AbortSignal,
  ): Promise<Map<number, Answer>> {
    const base = new BaseModel(request.profile.base, this.#services.projectDir);
    const facts = await this.#facts(request, base);
    const keys = new Map(request.instructions.map((instruction) => [instruction.id, keyOf(instruction, facts)]));
    for (;;) {
      const stored = this.#stored(keys);
      const prompts =
        this.#openPrompts(request, facts) ??
        promptLines(
          request.instructions.filter(({ id }) => !stored.has(id)),
          keys,
        );
      if (prompts === "") {
        await this.#link(stored);
        return stored;
      }
      const work = this.#work(request, base, facts, prompts);
      const job = await this.#runner.run(work, {
        signal,
        onMetrics: ({ done, total }) => {
          if (typeof done === "number" && typeof total === "number") {
            onProgress(done, total, "");
          }
        },
        tell: (text) => onProgress(0, null, text),
      });
      await this.#collect(job, facts);
    }
  }

  async #facts(request: AnswerRequest, base: BaseModel): Promise<AnswerFacts> {
    const { checkpoint, profile } = request;
    const baseHash = checkpoint ? "" : await base.hash(this.#services.targets.of(profile.target));
    return {
      profile: request.profileName,
      model: checkpoint ? `checkpoint:${checkpoint.weightsSha256.slice(0, 12)}` : `base:${baseHash.slice(0, 12)}`,
      // The template of a base is told by its name and by the base, which brings its own chat template.
      promptVersion: `template/${checkpoint?.template ?? `${profile.template}@${baseHash.slice(0, 8)}`}`,
      parameters: { temperature: profile.temperature, top_p: profile.topP, max_new_tokens: profile.maxNewTokens },
      checkpointId: checkpoint?.id ?? null,
      seed: seedFrom(`answers/${request.seed}`),
      batchTokens: profile.batchTokens,
      precision: request.precision,
    };
  }

  #stored(keys: ReadonlyMap<number, string>): Map<number, Answer> {
    const stored = new Map<number, Answer>();
    for (const [id, key] of keys) {
      const answer = this.#services.store.ledger.answerTo(key);
      if (answer) {
        stored.set(id, answer);
      }
    }
    return stored;
  }

  /** The input of the latest job for this purpose when it is not collected yet and asks the same student, else null. */
  #openPrompts({ iteration, purpose }: AnswerRequest, facts: AnswerFacts): string | null {
    const latest = this.#runner.latest(iteration, purpose);
    if (
      !latest ||
      latest.row.state === "collected" ||
      canonicalJson(latest.manifest?.details) !== canonicalJson(facts)
    ) {
      return null;
    }
    return latest.directory.text("in/prompts.jsonl");
  }

  #work(request: AnswerRequest, base: BaseModel, facts: AnswerFacts, prompts: string): Work {
    const { iteration, purpose, profile, processes } = request;
    return {
      kind: "generate",
      iteration,
      purpose,
      target: profile.target,
      title: `The job that lets the student answer (${purpose}, iteration ${iteration})`,
      fingerprint: sha256(canonicalJson([facts, sha256(prompts)])),
      details: { ...facts },
      // One file a process.
      goesOnFrom: ["answers.jsonl*"],
      prepare: async (directory, target, watch) => {
        const python = await target.python(watch.tell, watch.signal);
        writeFileSync(directory.file("in/prompts.jsonl"), prompts);
        return generateCommand(python, {
          start: await this.#weights(request, base, target, watch),
          template: request.checkpoint ? templateToPass(request.checkpoint) : profile.template,
          vllmPython: this.#vllmPython(target),
          ...{ model: facts.model, parameters: facts.parameters },
          ...{ batchTokens: facts.batchTokens, precision: facts.precision, seed: facts.seed, processes },
        });
      },
      check: async (directory, target, { signal }) => {
        await target.fetch(directory, ["answers.jsonl"], undefined, signal);
        const wanted = rowsOf<AnswerRow>(prompts);
        const answered = new Set(rowsOf<AnswerRow>(directory.text("out/answers.jsonl") ?? "").map((row) => row.id));
        const missing = wanted.filter(({ id }) => !answered.has(id)).length;
        return missing === 0 ? null : `${missing} of ${wanted.length} answers are missing in ${directory.path}`;
      },
    };
  }

  /** A path of this machine may be relative to the project's folder. */
  #vllmPython(target: Target): string | null {
    const { vllmPython = null } = this.#services.targets.configOf(target.name);
    return vllmPython?.includes("/") && target.kind === "local"
      ? resolve(this.#services.projectDir, vllmPython)
      : vllmPython;
  }

  async #weights(
    { checkpoint }: AnswerRequest,
    base: BaseModel,
    target: Target,
    { tell, signal }: Watch,
  ): Promise<GivenStart> {
    if (checkpoint) {
      return { kind: "weights", path: await this.#places.pathOn(target, checkpoint, tell, signal) };
    }
    const given = await base.on(target, tell, signal);
    if (!given) {
      throw new LionError(
        "input",
        "The student starts from random weights and has nothing to say before its first training: run the imitation first.",
      );
    }
    return given;
  }

  /** Stores the answers of a job that has ended well, and closes it. Doing it again changes nothing. */
  async #collect(job: StoredJob, facts: AnswerFacts): Promise<void> {
    const { store, clock } = this.#services;
    const rows = rowsOf<AnswerRow>(job.directory.text("out/answers.jsonl") ?? "");
    const parameters = canonicalJson(facts.parameters);
    const { profile, model, promptVersion, checkpointId } = facts;
    await this.#inSlices(rows, (row) => {
      const identity = { role: "student" as const, profile, parameters };
      const answer = store.ledger.storeCollected(
        {
          ...identity,
          key: row.id,
          model,
          promptVersion,
          draw: 0,
          instructionId: row.key,
          iteration: job.row.iteration,
        },
        {
          ...identity,
          requestKey: row.id,
          origin: "model",
          writtenBy: model,
          modelAsked: model,
          checkpointId,
          text: row.output,
          kind: kindOf(row),
          finishReason: row.finish_reason,
          inputTokens: row.input_tokens,
          outputTokens: row.output_tokens,
          cost: 0,
        },
        clock.now(),
      );
      store.ledger.link(row.key, "student", answer.id);
    });
    store.write(() => store.training.endJob(job.row.id, "collected", 0, clock.now()));
  }

  /** Equal instructions share one answer; each of them gets its own link to it. */
  #link(answers: ReadonlyMap<number, Answer>): Promise<void> {
    const { ledger } = this.#services.store;
    return this.#inSlices([...answers], ([id, answer]) => ledger.link(id, "student", answer.id));
  }

  async #inSlices<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
    for (let start = 0; start < items.length; start += ROWS_A_TRANSACTION) {
      this.#services.store.write(() => items.slice(start, start + ROWS_A_TRANSACTION).forEach(work));
      await nextTurn();
    }
  }
}

function keyOf(instruction: Instruction, { profile, model, parameters, promptVersion }: AnswerFacts): string {
  const messages = messagesOf(instruction);
  return requestKey({
    ...{ role: "student", profile, model, messages, promptVersion, draw: 0 },
    parameters: { ...parameters },
  });
}

/** The input of a job, JSON Lines {id, key, instruction, input, system}: each request once, in the given order. */
function promptLines(instructions: readonly Instruction[], keys: ReadonlyMap<number, string>): string {
  const lines = new Map<string, string>();
  for (const instruction of instructions) {
    const id = keys.get(instruction.id) as string;
    if (!lines.has(id)) {
      lines.set(id, `${JSON.stringify({ id, key: instruction.id, ...promptFields(instruction) })}\n`);
    }
  }
  return [...lines.values()].join("");
}

/** A line that a killed process left torn at the end is no row. */
function rowsOf<Row>(text: string): Row[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row);
}

function kindOf(row: AnswerRow): ReplyKind {
  if (row.output.trim() === "") {
    return "empty";
  }
  return row.finish_reason === "length" ? "cut" : "complete";
}
