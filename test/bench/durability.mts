// node test/bench/durability.mts N: kills N runs of the quick sandbox project at random moments, each stage in turn, and
// tells after each what the next run made of it. Ends with 1 when anything was lost, repeated or different.
import { join } from "node:path";
import { Random } from "../../src/core/random.ts";
import { DurabilityLab, type Trial } from "../support/durability.ts";

const DEFAULT_TRIALS = 50;

const [count = String(DEFAULT_TRIALS), seed = String(Date.now())] = process.argv.slice(2);
const trials = Number(count);
if (!Number.isInteger(trials) || trials < 1) {
  console.error("durability: say how many runs to kill, for example `node test/bench/durability.mts 50`.");
  process.exit(2);
}
const python = process.env.LION_PYTHON ?? join(import.meta.dirname, "..", "..", ".venv", "bin", "python");
const random = new Random(`durability/${seed}`);
const lab = await DurabilityLab.create({ python, iterations: 1 });
const { fingerprint, durations } = await lab.undisturbed();
for (const { iteration, stage, milliseconds } of durations) {
  console.log(`undisturbed: iteration ${iteration}, ${stage}: ${(milliseconds / 1000).toFixed(1)} s`);
}
const results: Trial[] = [];
while (results.length < trials) {
  const stretch = durations[results.length % durations.length];
  if (!stretch) {
    throw new Error("The undisturbed run went through no stage.");
  }
  const { iteration, stage, milliseconds } = stretch;
  const trial = await lab.trial({ iteration, stage }, milliseconds, fingerprint, random);
  results.push(trial);
  const killed = [trial.engineKilled && "engine", trial.jobKilled && "job"].filter(Boolean).join(" and ") || "nothing";
  const verdict = trial.faults.length === 0 ? "ok" : `FAULT: ${trial.faults.join("; ")}`;
  console.log(
    `${results.length}/${trials} iteration ${iteration}, ${stage}, after ${(trial.afterMilliseconds / 1000).toFixed(2)} s, ${killed} killed: ${verdict}`,
  );
}
lab.clean();
const faulty = results.filter(({ faults }) => faults.length > 0).length;
const engines = results.filter(({ engineKilled }) => engineKilled).length;
const jobs = results.filter(({ jobKilled }) => jobKilled).length;
console.log(
  `${trials} runs, ${engines} engines and ${jobs} jobs killed at random moments (seed ${seed}): ${faulty} with faults.`,
);
process.exit(faulty === 0 ? 0 : 1);
