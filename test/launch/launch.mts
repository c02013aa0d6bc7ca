// npm run test:vscode [-- --desktop] [-- --grep TEXT]: builds, and runs the suite of test/suite inside an editor.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBundles } from "../../scripts/build.mts";
import { ensureDemo } from "../../scripts/demoProject.mts";
import { messageOf } from "../../src/core/errors.ts";
import { runOnDesktop } from "./desktop.mts";
import { runInServer } from "./web.mts";

const { values } = parseArgs({
  options: { desktop: { type: "boolean", default: false }, "any-demo": { type: "boolean" }, grep: { type: "string" } },
});
const folder = mkdtempSync(join(tmpdir(), "lion-suite-"));
const workspace = join(folder, "demo");
try {
  buildBundles("--tests");
  cpSync(await ensureDemo({ any: values["any-demo"] ?? false }), workspace, { recursive: true });
  const environment = values.grep === undefined ? {} : { EXT_TEST_GREP: values.grep };
  const desktop = values.desktop || process.env.VSCODE_TEST_PATH !== undefined;
  process.exitCode = await (desktop ? runOnDesktop : runInServer)(workspace, environment);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
