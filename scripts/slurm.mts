// Part of npm test: installs Slurm for the tests of jobs through it, where that can be done. Else they use a stand-in.
import { messageOf } from "../src/core/errors.ts";
import { installSlurm } from "./vscodeServer/systemPackages.mts";

try {
  installSlurm();
} catch (error) {
  console.log(messageOf(error));
}
