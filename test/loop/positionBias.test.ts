import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ProjectConfig } from "../../src/core/project/schema.ts";
import { precisionRecall } from "../../src/core/referee/bias.ts";
import { isHard } from "../../src/core/referee/verdict.ts";
import { LoopProject } from "../support/loopProject.ts";

const POOL = 400;
const NOISE = 0.5;

interface Referee {
  readonly noise: number;
  /** Added to the score of the answer that is shown first. */
  readonly positionBias: number;
  readonly orders: ProjectConfig["discrimination"]["orders"];
}

/** What the discrimination calls hard with such a referee. The pools and both answers are the same for each referee. */
async function hardSet(context: TestContext, { noise, positionBias, orders }: Referee): Promise<number[]> {
  const sizes = { pool: POOL, testPerCell: 1, maxLevel: 8, panel: 0 };
  const project = await LoopProject.oracle(context, sizes, (config) => ({
    ...config,
    discrimination: { ...config.discrimination, mode: "full", orders },
    evaluation: { sets: "none" },
    sandbox: { ...(config.sandbox as NonNullable<ProjectConfig["sandbox"]>), noise, positionBias },
  }));
  await project.run({ only: "imitation" });
  await project.run({ only: "discrimination" });
  const verdicts = await project.use((store) => store.ratings.verdicts(1, "draw"));
  assert.equal(verdicts.length, POOL);
  return verdicts.flatMap(({ gap, instructionId }) =>
    gap !== null && isHard(gap, project.config.discrimination.tau) ? [instructionId] : [],
  );
}

interface Quality {
  readonly precision: number;
  readonly recall: number;
  /** Their harmonic mean. */
  readonly f: number;
}

function quality(predicted: readonly number[], truth: readonly number[]): Quality {
  const { precision, recall } = precisionRecall(predicted, truth);
  assert.ok(precision !== null && recall !== null);
  return { precision, recall, f: (2 * precision * recall) / (precision + recall) };
}

const words = ({ precision, recall, f }: Quality): string =>
  `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F ${f.toFixed(3)}`;

test("asking in both orders finds the hard set better than one order does", async (t) => {
  const truth = await hardSet(t, { noise: 0, positionBias: 0, orders: "both" });
  assert.ok(truth.length > 40 && truth.length < POOL / 2, `${truth.length} are hard`);
  const compare = async (positionBias: number): Promise<{ single: Quality; both: Quality }> => {
    const single = quality(await hardSet(t, { noise: NOISE, positionBias, orders: "teacher-first" }), truth);
    const both = quality(await hardSet(t, { noise: NOISE, positionBias, orders: "both" }), truth);
    const liking = positionBias < 0 ? "last" : "first";
    t.diagnostic(`a referee that likes what it reads ${liking}, one order:   ${words(single)}`);
    t.diagnostic(`a referee that likes what it reads ${liking}, both orders: ${words(both)}`);
    return { single, both };
  };

  const last = await compare(-1);
  assert.ok(last.both.precision > last.single.precision);
  assert.ok(last.both.recall > last.single.recall);

  // Shown first, the teacher profits from this liking, so one order calls nearly everything hard that is, and much that
  // is not; its recall cannot be beaten, its precision is.
  const first = await compare(1);
  assert.ok(first.both.precision > first.single.precision);
  assert.ok(first.both.f > first.single.f);
});
