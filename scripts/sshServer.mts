// Part of npm test: installs what the tests over SSH need, where that can be done. Without it they skip and say so.
import { messageOf } from "../src/core/errors.ts";
import { installSshServer } from "./vscodeServer/systemPackages.mts";

try {
  installSshServer();
} catch (error) {
  console.log(messageOf(error));
}
