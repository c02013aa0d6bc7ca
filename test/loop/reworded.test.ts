import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../../src/core/hash.ts";
import { LoopProject } from "../support/loopProject.ts";

const REFEREE = `You grade homework. One exercise was done by two pupils.

The exercise:
{instruction}
{input}

What the first pupil handed in:
{answer_1}

What the second pupil handed in:
{answer_2}

Say in a sentence what you think of each. Then put your marks, ten being the best and one the worst, each on a line:
Score of Assistant 1: (mark)
Score of Assistant 2: (mark)
`;
const HARD = `Here is an exercise that my class got wrong.

{instruction}

{input}

I need one more of the very kind to practise with. Give me its text and not a word besides.
`;
const EASY = `Here is an exercise that my class can do.

{instruction}

Think of another one of that field which is less common. Give me its text and not a word besides.
`;

test("the loop turns on prompts in other words", async (t) => {
  const N = 20;
  const project = await LoopProject.oracle(
    t,
    { pool: 200, testPerCell: 1, newInstructions: N, panel: 10 },
    (config) => ({
      ...config,
      loop: { ...config.loop, iterations: 1 },
      prompts: { referee: "prompts/referee.txt", hardGenerator: "hard.txt", easyGenerator: "easy.txt" },
    }),
  );
  const missing = await project.runUntilStopped();
  assert.equal(missing.kind, "input", "a prompt file that is not there is told of");
  const { directory } = project.project;
  project.change((config) => ({ ...config, prompts: { ...config.prompts, referee: "referee.txt" } }));
  writeFileSync(join(directory, "referee.txt"), REFEREE);
  writeFileSync(join(directory, "hard.txt"), HARD);
  writeFileSync(join(directory, "easy.txt"), EASY);
  await project.run();

  const status = await project.status();
  assert.equal(status.trainPool, N);
  const [first] = status.iterations;
  assert.ok(first && first.hard >= N / 2 && first.easy >= N / 2 && first.unscored <= 2, JSON.stringify(first));
  await project.use((store) => {
    const versions = new Set(store.ratings.behindVerdicts(1).map(({ promptVersion }) => promptVersion));
    assert.ok(
      [...versions].every((version) => version.startsWith("custom/")),
      [...versions].join(),
    );
    const asked = store.connection
      .prepare("SELECT DISTINCT prompt_version FROM request WHERE role = 'generator'")
      .pluck()
      .all() as string[];
    assert.equal(asked.length, 2);
    assert.ok(asked.every((version) => version.startsWith("custom/")));
  });
});

test("a prompt that is edited in the middle of an iteration counts from the next one", async (t) => {
  const project = await LoopProject.oracle(t, { pool: 60, testPerCell: 1, newInstructions: 6, panel: 4 }, (config) => ({
    ...config,
    prompts: { referee: "referee.txt" },
  }));
  const file = join(project.project.directory, "referee.txt");
  writeFileSync(file, REFEREE);
  await project.run({ only: "imitation" });
  writeFileSync(file, REFEREE.replace("You grade homework.", "You mark papers."));
  await project.run({ only: "discrimination" });
  await project.use((store) => {
    const versions = new Set(store.ratings.behindVerdicts(1).map(({ promptVersion }) => promptVersion.slice(0, 15)));
    assert.deepEqual([...versions], [`custom/${sha256(REFEREE).slice(0, 8)}`]);
  });
  assert.ok(project.notes().some((note) => note.includes("has changed since iteration 1 began")));
});
