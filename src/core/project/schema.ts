import * as z from "zod";

/**
 * The schema of `lion.json`. Everything that defines an experiment is here; a person's preferences are not.
 * Defaults are the paper's (arXiv 2305.12870, section 4.1) where it gives a value.
 */

const limits = z
  .strictObject({
    concurrency: z.int().min(1).max(512).default(8).describe("Requests in flight at once."),
    requestsPerMinute: z.number().positive().optional().describe("Requests started in any minute; none by default."),
    maxCalls: z
      .int()
      .min(0)
      .optional()
      .describe("Hard cap on requests over the life of the project, retries included."),
    maxCost: z
      .number()
      .min(0)
      .optional()
      .describe("Hard cap on money over the life of the project, in the currency of the prices."),
  })
  .describe("Checked before a request leaves, counting what is in flight. Changes apply at once.");

const prices = z.strictObject({
  inputPerMillion: z.number().min(0),
  outputPerMillion: z.number().min(0),
  currency: z.string().default("USD"),
});

const common = {
  limits: limits.prefault({}),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Sent to the model as written, for example temperature and max_tokens."),
};

const openaiProfile = z
  .strictObject({
    kind: z.literal("openai"),
    baseUrl: z.url().describe("The endpoint, up to and including /v1."),
    model: z.string().min(1),
    apiKeyEnv: z
      .string()
      .optional()
      .describe(
        "Name of the environment variable that holds the key on the command line; none for endpoints without keys.",
      ),
    prices: prices.optional(),
    sendSeed: z.boolean().default(true).describe("Send `seed` with each request; some endpoints refuse it."),
    structuredOutput: z
      .boolean()
      .default(false)
      .describe("The endpoint understands response_format json_schema; used when a rating could not be read."),
    timeoutSeconds: z.number().positive().default(120),
    maxAttempts: z.int().min(1).max(20).default(6),
    ...common,
  })
  .describe("Any OpenAI-compatible endpoint.");

const sandboxProfile = z
  .strictObject({
    kind: z.literal("sandbox"),
    model: z.string().min(1).describe("Who is asked: oracle-teacher, oracle-referee, replay-teacher, replay-student …"),
    prices: prices.optional(),
    sendSeed: z.boolean().default(true),
    structuredOutput: z.boolean().default(true),
    timeoutSeconds: z.number().positive().default(30),
    maxAttempts: z.int().min(1).max(20).default(6),
    ...common,
  })
  .describe("The embedded endpoint; the engine starts and owns it.");

const base = z
  .union([
    z.strictObject({
      config: z
        .record(z.string(), z.unknown())
        .describe("A LLaMA configuration: the student starts from random weights."),
      tokenizer: z
        .strictObject({ vocabulary: z.int().min(300).default(640) })
        .prefault({})
        .describe("A byte-level tokenizer is trained on the first Train pool."),
    }),
    z.strictObject({ weights: z.string().describe("A folder in Hugging Face format.") }),
    z.strictObject({ gguf: z.string().describe("A GGUF file of a LLaMA.") }),
    z.strictObject({
      hub: z
        .string()
        .regex(/^[\w.-]+\/[\w.-]+$/)
        .describe("A model of the Hugging Face hub, read on the target with the token that the target has."),
      revision: z.string().min(1).default("main"),
    }),
  ])
  .describe("Where the student starts.");

const checkpointProfile = z
  .strictObject({
    kind: z.literal("checkpoint"),
    base,
    template: z.enum(["lion", "chat"]).default("lion").describe("lion for a plain LLaMA, chat for a tuned one."),
    target: z.string().default("local"),
    maxNewTokens: z.int().min(1).default(1024),
    temperature: z.number().min(0).default(0.7).describe("0 is greedy."),
    topP: z.number().gt(0).max(1).default(1),
    batchTokens: z.int().min(64).default(8192).describe("Prompt and new tokens of one batch at most."),
  })
  .describe("A student whose weights this project trains.");

const profile = z.discriminatedUnion("kind", [openaiProfile, sandboxProfile, checkpointProfile]);

const trainingRun = z.strictObject({
  epochs: z.number().positive().optional(),
  learningRate: z.number().positive().optional(),
  warmupRatio: z.number().min(0).max(1).optional(),
});

/** What is filled in for a placeholder {name} in a training command of the user's own. */
export const TRAINING_PLACEHOLDERS: readonly string[] = [
  ...["data", "model", "output", "processes", "epochs", "learningRate", "maxLength", "seed"],
];

const training = z.strictObject({
  trainer: z
    .union([
      z.literal("lion"),
      z.strictObject({
        command: z
          .array(z.string().min(1))
          .min(1)
          .describe(
            "Your own training program and its arguments. {data} (JSON Lines with Alpaca's fields), {model}, {output}, {processes}, {epochs}, {learningRate}, {maxLength} and {seed} are filled in; it has to leave a Hugging Face folder at {output}.",
          ),
        setup: z.string().optional().describe("Shell lines that run before it, for example loading a module."),
        goesOnFrom: z
          .array(z.string().regex(/^[^/]+$/, "names something in the job's out/, without a slash"))
          .default([])
          .describe(
            "What it saves beside {output} to go on from by itself: when it is killed, the next attempt finds it there.",
          ),
      }),
    ])
    .default("lion")
    .describe("lion is the trainer that comes with the extension."),
  processes: z.int().min(1).default(1).describe("torchrun processes on the target."),
  epochs: z.number().positive().default(3),
  learningRate: z.number().positive().default(2e-5),
  warmupRatio: z.number().min(0).max(1).default(0.03),
  schedule: z.enum(["cosine", "linear", "constant"]).default("cosine"),
  batchSize: z.int().min(1).default(128).describe("Instructions an optimizer step."),
  microBatchTokens: z.int().min(16).default(8192).describe("Tokens a process holds at once."),
  maxLength: z.int().min(16).default(1024).describe("Tokens an example may have."),
  weightDecay: z.number().min(0).default(0),
  beta2: z.number().min(0).lt(1).default(0.999),
  maxGradNorm: z.number().positive().default(1),
  precision: z
    .enum(["fp32", "bf16"])
    .default("bf16")
    .describe("Compute type on a GPU; the CPU always computes in fp32."),
  saveSteps: z
    .int()
    .min(0)
    .default(50)
    .describe("Optimizer steps between two saved states; 0: only when it is stopped."),
  heldOut: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe("Share of the examples that is only measured, not trained on."),
  activationCheckpointing: z.enum(["off", "selective", "full"]).default("off"),
  sharding: z
    .enum(["auto", "off", "full"])
    .default("auto")
    .describe(
      "full: weights and optimizer are shared out over the processes (FSDP2); auto: where there are several GPUs.",
    ),
  lora: z
    .strictObject({ rank: z.int().min(1).default(16), alpha: z.number().positive().default(32) })
    .optional()
    .describe("Trains low-rank adapters instead of all weights; they are merged at the end."),
  first: trainingRun
    .prefault({})
    .describe("What differs in the first iteration, which trains on the whole imported set."),
});

const placeForJobs = {
  python: z.string().optional().describe("The Python that has torch; found or made by itself when left out."),
  vllmPython: z
    .string()
    .optional()
    .describe(
      "A Python of its own that has vLLM: the student then answers through it, else by the built-in generator.",
    ),
  setup: z.string().optional().describe("Shell lines that run before each job, for example `module load cuda`."),
  gpus: z
    .union([z.int().min(0), z.literal("all")])
    .default("all")
    .describe("GPUs that a job takes; free ones are chosen."),
  waitForGpus: z
    .boolean()
    .default(false)
    .describe("Wait until enough GPUs are free, instead of saying that they are not."),
};

const remotePlace = {
  folder: z.string().min(1).default("~/.lion").describe("Where jobs, environments and inputs are kept there."),
  ...placeForJobs,
};

const host = z
  .string()
  .regex(/^[^-\s][^\s]*$/, "is not a host name: it may not begin with a hyphen or contain white space")
  .describe("A host as in ~/.ssh/config: an alias, a name, or user@name.");

const target = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("local"), ...placeForJobs }),
  z
    .strictObject({
      kind: z.literal("ssh"),
      host,
      nodes: z
        .array(host)
        .default([])
        .describe("Further hosts of a training over several; `folder` must be shared by all of them."),
      rendezvous: z
        .string()
        .regex(/^[\w.:[\]-]+$/)
        .optional()
        .describe("Address and port of the first host as the others reach it, for example 10.0.0.1:29400."),
      ...remotePlace,
    })
    .describe("A GPU host that the system's ssh reaches."),
  z
    .strictObject({
      kind: z.literal("slurm"),
      host: host.optional().describe("The login node; left out: this machine is one."),
      nodes: z.int().min(1).default(1),
      sbatch: z
        .array(z.string().regex(/^--/))
        .default([])
        .describe("Further options of sbatch, for example --partition=gpu and --gres=gpu:8."),
      ...remotePlace,
    })
    .describe("A Slurm cluster; `folder` must be on the disk that its nodes share."),
]);

const sandbox = z.strictObject({
  mind: z.enum(["oracle", "replay"]),
  seed: z.int().min(0).default(1),
  set: z.string().optional().describe("replay: the recorded set (Alpaca JSON or JSONL, may be .gz)."),
  families: z.array(z.string()).optional().describe("oracle: the task families in use; all by default."),
  maxLevel: z.int().min(1).max(8).default(8),
  noise: z.number().min(0).default(0.5).describe("Standard deviation of the referee's scores."),
  positionBias: z.number().default(0.5).describe("Added to the score of the answer shown first."),
  corruption: z.number().min(0).max(1).default(0.3).describe("replay-student: share of answers that are spoilt."),
  malformed: z.number().min(0).max(1).default(0.04).describe("Share of the generator's replies that are malformed."),
  latencyMs: z.number().min(0).default(0),
});

/** The whole of `lion.json`. */
export const projectSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1),
  seed: z.int().min(0).default(1).describe("All draws of this project derive from it."),
  profiles: z.record(z.string(), profile),
  roles: z.strictObject({
    teacher: z.string(),
    student: z.string(),
    referee: z.string(),
    generator: z.string(),
    evaluator: z.string().optional(),
  }),
  loop: z
    .strictObject({
      iterations: z.int().min(1).default(3),
      newInstructions: z.int().min(2).default(6000).describe("N: approved instructions an iteration."),
      hardToEasy: z
        .tuple([z.number().min(0), z.number().min(0)])
        .refine(([hard, easy]) => hard + easy > 0, "At least one of the two shares must be above 0.")
        .default([1, 1]),
      seedStrategy: z
        .enum(["uniform"])
        .default("uniform")
        .describe("How hard seeds are weighted; uniform is the paper's."),
      continueFrom: z.enum(["previous", "base"]).default("previous"),
    })
    .prefault({}),
  discrimination: z
    .strictObject({
      mode: z.enum(["lazy", "full"]).default("lazy"),
      maxRated: z.int().min(1).default(10000).describe("Cache instructions rated in a lazy iteration at most."),
      tau: z
        .number()
        .min(0)
        .max(9)
        .default(1)
        .describe("An instruction is hard when teacher minus student is at least this."),
      contradictionMargin: z.number().min(0).default(1),
      panel: z.int().min(0).default(200).describe("Fixed instructions rated in every iteration."),
      orders: z.enum(["both", "teacher-first"]).default("both"),
    })
    .prefault({}),
  generation: z
    .strictObject({
      maxRequestsPerInstruction: z
        .number()
        .min(1)
        .default(4)
        .describe("Generator requests for each approved instruction at most."),
      minWords: z.int().min(1).default(4),
      maxWords: z.int().min(1).default(150),
      maxTokens: z.int().min(16).default(512).describe("Unless the generator's profile sets its own."),
    })
    .prefault({}),
  diversity: z
    .strictObject({
      limit: z.number().gt(0).max(1).default(0.7),
      boundary: z
        .enum(["below", "not-above"])
        .default("below")
        .describe(
          "below: scores must be under the limit (the paper); not-above: the limit itself is accepted (the published code).",
        ),
      tokenizer: z.enum(["unicode", "reference"]).default("unicode"),
    })
    .prefault({}),
  approval: z
    .strictObject({
      mode: z.enum(["manual", "auto", "sample"]).default("manual"),
      sampleSize: z.int().min(1).default(100),
      maxRefusalRate: z.number().gt(0).lt(1).default(0.05),
      confidence: z.number().gt(0.5).lt(1).default(0.95),
    })
    .prefault({}),
  gates: z
    .strictObject({
      afterDiscrimination: z.boolean().default(false),
      beforeTraining: z.boolean().default(false),
    })
    .prefault({})
    .describe("Where the loop waits for a person, besides approval."),
  review: z
    .strictObject({
      askAhead: z
        .int()
        .min(0)
        .max(1000)
        .default(5)
        .describe(
          "Candidates before a person whose teacher's answers are asked for, so that they can be looked at; an approved one needs its answer anyway. 0: none.",
        ),
      overlap: z
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe("Share of the items that two people get, without seeing each other's decisions."),
      again: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe("Share of the decided items that the same person is shown again, blind, later."),
      claimMinutes: z
        .number()
        .positive()
        .max(1440)
        .default(5)
        .describe("How long an item that is before one person is kept from the others."),
    })
    .prefault({})
    .describe("How people review. Changes apply at once."),
  training: training.prefault({}),
  targets: z.record(z.string(), target).prefault({ local: { kind: "local" } }),
  evaluation: z
    .strictObject({
      sets: z.enum(["exact-match", "none"]).default("exact-match").describe("How evaluation instructions are scored."),
    })
    .prefault({}),
  prompts: z
    .strictObject({
      referee: z.string().optional().describe("A file with the project's own referee prompt."),
      hardGenerator: z.string().optional(),
      easyGenerator: z.string().optional(),
    })
    .prefault({}),
  sandbox: sandbox.optional(),
});

export type ProjectConfig = z.infer<typeof projectSchema>;
/** What a person may write: everything with a default may be left out. */
export type ProjectConfigInput = z.input<typeof projectSchema>;
export type Profile = ProjectConfig["profiles"][string];
export type EndpointProfile = Extract<Profile, { kind: "openai" | "sandbox" }>;
export type CheckpointProfile = Extract<Profile, { kind: "checkpoint" }>;
export type TrainingConfig = ProjectConfig["training"];
export type TargetConfig = ProjectConfig["targets"][string];
export type SandboxConfig = NonNullable<ProjectConfig["sandbox"]>;
