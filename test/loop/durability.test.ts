import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Random } from "../../src/core/random.ts";
import { DurabilityLab, type Undisturbed } from "../support/durability.ts";

const python = process.env.LION_PYTHON;
const skip = python ? false : "LION_PYTHON names no Python with torch";

/** Killed at other moments on each machine, since machines differ in speed; the order of the draws is fixed. */
const random = new Random("durability");

let lab: DurabilityLab;
let undisturbed: Undisturbed;

before(async () => {
  if (!python) {
    return;
  }
  lab = await DurabilityLab.create({
    python,
    iterations: 1,
    // Everything is there, real training and the student's answers included, but as little of it as can be.
    shrink: (config) => {
      config.loop = { iterations: 1, newInstructions: 20 };
      config.discrimination = { panel: 10, maxRated: 60 };
      config.evaluation = { sets: "none" };
      config.training = { ...config.training, processes: 1, epochs: 1, first: { epochs: 1 } };
      const { student } = config.profiles;
      if (student?.kind === "checkpoint") {
        student.maxNewTokens = 8;
      }
    },
  });
  undisturbed = await lab.undisturbed();
});
after(() => lab?.clean());

const MOMENTS = [
  { iteration: 1, stage: "imitation" },
  { iteration: 1, stage: "discrimination" },
  { iteration: 1, stage: "generation" },
  { iteration: 2, stage: "imitation" },
] as const;

for (const moment of MOMENTS) {
  test(`a run killed in the ${moment.stage} of iteration ${moment.iteration} loses and repeats nothing`, {
    skip,
  }, async () => {
    const stretch = undisturbed.durations.find(
      ({ iteration, stage }) => iteration === moment.iteration && stage === moment.stage,
    );
    assert.ok(stretch, "the undisturbed run went through this stage");
    const trial = await lab.trial(moment, stretch.milliseconds, undisturbed.fingerprint, random);
    assert.deepEqual(trial.faults, [], `killed ${trial.afterMilliseconds} ms into it, job ${trial.jobKilled}`);
  });
}
