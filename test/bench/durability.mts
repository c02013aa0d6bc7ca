// Kills runs with kill -9 at random moments of every stage, real training and answering included, and compares what is
// left with an undisturbed run: node test/bench/durability.mts [how many kills]
import { SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import { Random } from "../../src/core/random.ts";
import { trainerRoot } from "../../src/cli/shared.ts";
import { DurabilityLab } from "../support/durability.ts";

const kills = Number(process.argv[2] ?? 10);
const python = new Python({
  runner: new SystemProcessRunner(),
  configured: undefined,
  projectDir: process.cwd(),
  trainerRoot,
  environment: process.env,
});
await python.versions();

const lab = new DurabilityLab({ python: python.executable, iterations: 1 });
const random = new Random(`durability ${process.argv[3] ?? "1"}`);
const started = Date.now();
const { fingerprint, durations } = await lab.undisturbed();
console.log(`Undisturbed: ${durations.map((d) => `${d.stage} ${d.iteration} ${(d.milliseconds / 1000).toFixed(1)} s`).join(", ")}`);

let faulty = 0;
let jobs = 0;
for (let kill = 0; kill < kills; kill++) {
  const { milliseconds, ...moment } = durations[kill % durations.length] as (typeof durations)[number];
  const trial = await lab.trial(moment, milliseconds, fingerprint, random);
  faulty += trial.faults.length > 0 ? 1 : 0;
  jobs += trial.jobKilled ? 1 : 0;
  console.log(
    `${kill + 1}: ${moment.stage} ${moment.iteration} after ${trial.afterMilliseconds} ms${trial.jobKilled ? ", with its job" : ""}: ${trial.faults.join("; ") || "ok"}`,
  );
}
lab.clean();
console.log(
  `${kills} kills (${jobs} of them with a running job), ${kills - faulty} without loss, ${faulty} with faults, ${Math.round((Date.now() - started) / 1000)} s.`,
);
process.exit(faulty === 0 ? 0 : 1);
