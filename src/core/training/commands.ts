import type { CheckpointProfile, TrainingConfig } from "../project/schema.ts";
import type { GivenStart } from "./baseModel.ts";
import type { JobCommand } from "./jobDirectory.ts";
import type { TargetPython } from "./target.ts";

/** The settings of one training, with what differs in the first iteration already applied. */
export type TrainingSettings = Omit<TrainingConfig, "first">;

/** Settings of an iteration: the first one may train longer or faster, since it trains on the whole imported set. */
export function settingsFor(iteration: number, training: TrainingConfig): TrainingSettings {
  const { first, ...settings } = training;
  const given = Object.fromEntries(Object.entries(first).filter(([, value]) => value !== undefined));
  return iteration === 1 ? { ...settings, ...given } : settings;
}

/**
 * Settings that say how a training is computed and not what is learned: one that goes on from a saved state may do so with
 * others.
 */
const COMPUTING = ["processes", "microBatchTokens", "saveSteps", "activationCheckpointing", "sharding"] as const;
export type ComputingSettings = Pick<TrainingConfig, (typeof COMPUTING)[number]>;
export type LearningSettings = Omit<TrainingSettings, (typeof COMPUTING)[number] | "trainer">;

/** How a training is computed, of all its settings. */
export function computingSettings(settings: TrainingSettings): ComputingSettings {
  const { processes, microBatchTokens, saveSteps, activationCheckpointing, sharding } = settings;
  return { processes, microBatchTokens, saveSteps, activationCheckpointing, sharding };
}

/** What decides what is learned, of all settings. */
export function learningSettings({ trainer: _, ...settings }: TrainingSettings): LearningSettings {
  const others = Object.entries(settings).filter(([name]) => !COMPUTING.some((computing) => computing === name));
  return Object.fromEntries(others) as LearningSettings;
}

/** Where a training starts: what the trainer's flags say about it. */
export type Start =
  | GivenStart
  /** Random weights; `config` is a file in the job directory. */
  | { readonly kind: "random"; readonly config: string; readonly vocabulary: number }
  /** Random weights, and the tokenizer that an earlier training made. */
  | { readonly kind: "random"; readonly config: string; readonly tokenizer: string };

function startFlags(start: Start): string[] {
  switch (start.kind) {
    case "weights":
      return ["--model_name_or_path", start.path];
    case "gguf":
      return ["--gguf_file", start.path];
    case "hub":
      return ["--hub_model", start.model, "--hub_revision", start.revision];
    case "random": {
      const tokenizer =
        "tokenizer" in start
          ? ["--tokenizer_name_or_path", start.tokenizer]
          : ["--tokenizer_vocab_size", String(start.vocabulary)];
      return ["--config_json", start.config, ...tokenizer];
    }
  }
}

function torchrun(python: TargetPython, processes: number): string[] {
  return [python.executable, "-m", "torch.distributed.run", "--standalone", `--nproc_per_node=${processes}`];
}

/** torchrun kills its processes 30 s after a TERM; a large state takes longer to save, and cancelling waits for 90 s. */
const SAVING_SECONDS = 80;

const PROGRESS_FLAGS = ["--metrics", "metrics.jsonl", "--state", "state.json"];

const SHARDING = { auto: "auto", off: "off", full: "full_shard" } as const;

/** The training of `in/train.jsonl` into `out/checkpoint`, with its saved states in `out/snapshots`. */
export function trainCommand(
  python: TargetPython,
  start: Start,
  template: CheckpointProfile["template"],
  settings: TrainingSettings,
  seed: number,
): JobCommand {
  const flags: Record<string, string | number> = {
    data_path: "in/train.jsonl",
    output_dir: "out/checkpoint",
    template,
    num_train_epochs: settings.epochs,
    learning_rate: settings.learningRate,
    warmup_ratio: settings.warmupRatio,
    lr_scheduler_type: settings.schedule,
    batch_size: settings.batchSize,
    micro_batch_tokens: settings.microBatchTokens,
    model_max_length: settings.maxLength,
    weight_decay: settings.weightDecay,
    adam_beta2: settings.beta2,
    max_grad_norm: settings.maxGradNorm,
    precision: settings.precision,
    seed,
    snapshot_dir: "out/snapshots",
    save_steps: settings.saveSteps,
    held_out_share: settings.heldOut,
    activation_checkpointing: settings.activationCheckpointing,
    fsdp: SHARDING[settings.sharding],
    ...(settings.lora && { lora_rank: settings.lora.rank, lora_alpha: settings.lora.alpha }),
  };
  return {
    argv: [
      ...torchrun(python, settings.processes),
      ...["-m", "lion_trainer.train"],
      ...startFlags(start),
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...PROGRESS_FLAGS,
    ],
    environment: { ...python.variables, TORCH_ELASTIC_SHUTDOWN_TIMEOUT: String(SAVING_SECONDS) },
    processes: settings.processes,
  };
}

/** How answers are sampled. `temperature` 0 is greedy. */
export interface SamplingParameters {
  readonly temperature: number;
  readonly top_p: number;
  readonly max_new_tokens: number;
}

export interface GenerateSettings {
  readonly start: GivenStart;
  /** Null: the template that the checkpoint was trained with. */
  readonly template: CheckpointProfile["template"] | null;
  /** How the answers name the model. */
  readonly model: string;
  readonly parameters: SamplingParameters;
  readonly batchTokens: number;
  readonly precision: TrainingConfig["precision"];
  readonly seed: number;
  readonly processes: number;
  /** A Python on the target that has vLLM; null: the built-in generator. */
  readonly vllmPython: string | null;
}

/** Answers `in/prompts.jsonl` into `out/answers.jsonl`. A single process needs no torchrun, which takes two seconds to start. */
export function generateCommand(python: TargetPython, settings: GenerateSettings): JobCommand {
  const { start, template, parameters } = settings;
  return {
    argv: [
      ...(settings.processes > 1 ? torchrun(python, settings.processes) : [python.executable]),
      ...["-m", "lion_trainer.generate"],
      ...(start.kind === "weights" ? ["--model", start.path] : startFlags(start)),
      ...(settings.vllmPython ? ["--vllm_python", settings.vllmPython] : []),
      ...(template ? ["--template", template] : []),
      ...["--in", "in/prompts.jsonl", "--out", "out/answers.jsonl", "--model_name", settings.model],
      ...Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...["--batch_tokens", String(settings.batchTokens), "--seed", String(settings.seed)],
      ...["--precision", settings.precision],
      ...PROGRESS_FLAGS,
    ],
    environment: python.variables,
    processes: settings.processes,
  };
}

/** Answers requests to a port of 127.0.0.1 there, which the file `ready` names once it does. */
export function serveCommand(
  python: TargetPython,
  options: {
    /** Of the checkpoint, as the target knows it. */
    readonly path: string;
    readonly model: string;
    readonly precision: "fp32" | "bf16";
    readonly ready: string;
    /** Null: the one that the checkpoint was trained with. */
    readonly template: CheckpointProfile["template"] | null;
  },
): JobCommand {
  const { path, model, precision, ready, template } = options;
  return {
    argv: [
      ...[python.executable, "-m", "lion_trainer.serve", "--model", path, "--model_name", model, "--port", "0"],
      ...["--precision", precision, "--ready", ready, "--state", "state.json"],
      ...(template ? ["--template", template] : []),
    ],
    environment: python.variables,
  };
}
