// node test/bench/bigProject.mts FOLDER [SCALE]: makes a project with 100,000 instructions and 500,000 answers (times
// SCALE) in a folder that holds none yet. The same scale gives the same project.
import { LionError } from "../../src/core/errors.ts";
import { makeBigProject } from "../support/bigProject.ts";

const [folder, scale = "1"] = process.argv.slice(2);
if (!folder || !(Number(scale) > 0)) {
  console.error("bigProject: say where, for example `node test/bench/bigProject.mts /tmp/big`.");
  process.exit(2);
}
const start = Date.now();
const seconds = (): string => `${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s`;
try {
  makeBigProject(folder, { scale: Number(scale), log: (line) => console.log(`${seconds()}  ${line}`) });
} catch (error) {
  if (!(error instanceof LionError)) {
    throw error;
  }
  console.error(error.message);
  process.exit(2);
}
console.log(`${seconds()}  ${folder} is ready`);
