import type { SandboxSizes } from "./presets.ts";
import type { ProjectConfigInput } from "./schema.ts";

/** Room for every word of the tasks to be one token: shorter examples, quicker training. */
const VOCABULARY = 1024;
const WARMUP_STEPS = 50;
/** Short trainings would otherwise spend most of their steps warming up. */
const LONGEST_WARMUP = 0.1;
const SANDBOX_CONCURRENCY = 16;

type Base = Pick<ProjectConfigInput, "name" | "seed">;

/** A project with a paid teacher: the names are examples to be replaced, the key comes from OPENAI_API_KEY. */
export function openaiTemplate(base: Base): ProjectConfigInput {
  const endpoint = { kind: "openai", baseUrl: "https://api.openai.com/v1", apiKeyEnv: "OPENAI_API_KEY" } as const;
  return {
    ...base,
    profiles: {
      teacher: { ...endpoint, model: "gpt-4o-mini", parameters: { temperature: 0.7, max_tokens: 1024 } },
      referee: {
        ...endpoint,
        model: "gpt-4o-mini",
        structuredOutput: true,
        parameters: { temperature: 0.2, max_tokens: 1024 },
      },
      generator: { ...endpoint, model: "gpt-4o-mini", parameters: { temperature: 1, max_tokens: 512 } },
      student: { kind: "checkpoint", base: { weights: "path/to/llama" } },
    },
    roles: { teacher: "teacher", student: "student", referee: "referee", generator: "generator" },
  };
}

/** A project on procedural tasks whose tiny student is trained from random weights on two CPU cores. */
export function oracleTemplate(base: Base, sizes: SandboxSizes): ProjectConfigInput {
  const { student } = sizes;
  return {
    ...base,
    profiles: {
      ...sandboxProfiles("oracle", ["teacher", "referee", "generator"]),
      student: {
        kind: "checkpoint",
        base: {
          config: {
            model_type: "llama",
            hidden_size: student.hidden,
            num_hidden_layers: student.layers,
            num_attention_heads: student.heads,
            num_key_value_heads: student.heads,
            intermediate_size: student.intermediate,
            max_position_embeddings: 256,
            tie_word_embeddings: true,
          },
          tokenizer: { vocabulary: VOCABULARY },
        },
        maxNewTokens: 32,
        temperature: 0,
      },
    },
    roles: { teacher: "teacher", student: "student", referee: "referee", generator: "generator" },
    loop: { iterations: sizes.iterations, newInstructions: sizes.newInstructions },
    discrimination: { maxRated: sizes.maxRated, panel: sizes.panel },
    training: {
      processes: 2,
      batchSize: sizes.batchSize,
      // Small enough for a CPU's cache: a third faster than the default, which suits a GPU.
      microBatchTokens: 1024,
      maxLength: 256,
      precision: "fp32",
      beta2: 0.98,
      epochs: sizes.epochs,
      learningRate: sizes.learningRate,
      warmupRatio: warmupRatio(sizes.newInstructions, sizes.epochs, sizes.batchSize),
      first: {
        epochs: sizes.firstEpochs,
        learningRate: 2e-3,
        warmupRatio: warmupRatio(sizes.pool, sizes.firstEpochs, sizes.batchSize),
      },
    },
    sandbox: { mind: "oracle", seed: base.seed ?? 1, families: [...sizes.families], maxLevel: sizes.maxLevel },
  };
}

/** A project on a recorded set: nothing is trained, the student spoils a share of the recorded answers. */
export function replayTemplate(base: Base, set: string, sizes: SandboxSizes | null): ProjectConfigInput {
  return {
    ...base,
    profiles: sandboxProfiles("replay", ["teacher", "student", "referee", "generator"]),
    roles: { teacher: "teacher", student: "student", referee: "referee", generator: "generator" },
    ...(sizes && {
      loop: { iterations: sizes.iterations, newInstructions: sizes.newInstructions },
      discrimination: { maxRated: sizes.maxRated, panel: sizes.panel },
    }),
    evaluation: { sets: "none" },
    sandbox: { mind: "replay", seed: base.seed ?? 1, set },
  };
}

function sandboxProfiles(mind: "oracle" | "replay", roles: readonly string[]): ProjectConfigInput["profiles"] {
  return Object.fromEntries(
    roles.map((role) => [
      role,
      { kind: "sandbox" as const, model: `${mind}-${role}`, limits: { concurrency: SANDBOX_CONCURRENCY } },
    ]),
  );
}

/** Fifty optimizer steps as a share of the training, three digits, a tenth of it at most. */
function warmupRatio(instructions: number, epochs: number, batchSize: number): number {
  const steps = Math.ceil(instructions / batchSize) * epochs;
  return Math.min(LONGEST_WARMUP, Number((WARMUP_STEPS / steps).toFixed(3)));
}
