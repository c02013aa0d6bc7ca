import assert from "node:assert/strict";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { projectSchema } from "../../../src/core/project/schema.ts";
import { settingsFor } from "../../../src/core/training/commands.ts";
import { ownTrainingCommand } from "../../../src/core/training/ownTrainer.ts";
import { world } from "./support.ts";

test("placeholders are filled in within their arguments; nothing is split or read as another one", (t) => {
  const { config } = world(t, { training: { processes: 4, learningRate: 1e-5, first: { epochs: 2 } } });
  const command = ownTrainingCommand(
    {
      goesOnFrom: [],
      command: [
        "llamafactory-cli",
        "train",
        "--model={model}",
        "{data}",
        '{"stage": "sft"}',
        "{epochs}x{processes}",
        "{}",
      ],
      setup: "module load cuda",
    },
    {
      data: "/jobs/1/in/train.jsonl",
      model: "/a b/{seed}; $(x)",
      output: "/jobs/1/out/checkpoint",
      settings: settingsFor(1, config.training),
      seed: 7,
    },
  );
  assert.deepEqual(command, {
    argv: [
      "llamafactory-cli",
      "train",
      "--model=/a b/{seed}; $(x)",
      "/jobs/1/in/train.jsonl",
      '{"stage": "sft"}',
      "2x4",
      "{}",
    ],
    environment: {},
    processes: 4,
    setup: "module load cuda",
  });
});

test("a placeholder that nothing is known for is one sentence", (t) => {
  const { config } = world(t);
  const values = { data: "d", model: "m", output: "o", settings: settingsFor(1, config.training), seed: 1 };
  assert.throws(
    () => ownTrainingCommand({ command: ["train", "{ouput}"], goesOnFrom: [] }, values),
    (error) =>
      error instanceof LionError &&
      error.kind === "input" &&
      /has the placeholder \{ouput\}, which nothing is known for: did you mean \{output\}\? Placeholders are "data", .* and "maxLength"\.$/.test(
        error.message,
      ),
  );
});

test("lion.json takes a command, and nothing but lists of words", () => {
  const config = (trainer: unknown) => ({
    name: "test",
    profiles: { student: { kind: "sandbox", model: "m" } },
    roles: { teacher: "student", student: "student", referee: "student", generator: "student" },
    training: { trainer },
  });
  assert.ok(projectSchema.safeParse(config({ command: ["train.sh", "{data}"], setup: "x" })).success);
  for (const wrong of ["other", { command: [] }, { command: "train.sh {data}" }, { command: ["a"], shell: true }]) {
    assert.equal(projectSchema.safeParse(config(wrong)).success, false);
  }
});
