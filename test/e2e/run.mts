// npm run test:e2e [-- --any-demo] [-- --name PATTERN] [-- FILES]: a person's clicks and keys on the packaged extension.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureDemo } from "../../scripts/demoProject.mts";
import { makePackage } from "../../scripts/package.mts";
import { packFolder } from "../../scripts/packaging/vsce.mts";
import { ensureCodeServer } from "../../scripts/vscodeServer/codeServer.mts";
import { ensureChromium } from "../../scripts/vscodeServer/systemPackages.mts";
import { messageOf } from "../../src/core/errors.ts";

/** A flow takes a minute, several times that on a busy machine. */
const TEST_MS = 10 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "any-demo": { type: "boolean", default: false },
    name: { type: "string" },
    /** Where the tests' outcome is written as TAP, for whoever counts them. */
    report: { type: "string" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "lion-e2e-"));
try {
  const chromium = ensureChromium();
  const main = ensureCodeServer();
  const demo = await ensureDemo({ any: values["any-demo"] });
  const extension = makePackage({ target: null, demo, out: folder });
  const bridge = join(folder, "bridge.vsix");
  packFolder(join(import.meta.dirname, "bridge"), bridge, "--no-dependencies", "--skip-license");
  const reporters = values.report
    ? ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap"].concat(
        `--test-reporter-destination=${values.report}`,
      )
    : ["--test-reporter=spec"];
  const { status } = spawnSync(
    process.execPath,
    [
      "--test",
      // Each file has a server, a browser and an engine of its own, which is enough for two cores.
      "--test-concurrency=1",
      `--test-timeout=${TEST_MS}`,
      // What a test that timed out still waits for would keep its process alive for ever.
      "--test-force-exit",
      ...reporters,
      ...(values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]),
      ...(positionals.length > 0 ? positionals.map((file) => resolve(file)) : ["test/e2e/**/*.e2e.ts"]),
    ],
    {
      cwd: resolve(import.meta.dirname, "..", ".."),
      stdio: "inherit",
      env: {
        ...process.env,
        CHROMIUM: chromium,
        CODE_SERVER_MAIN: main,
        LION_E2E_DEMO: demo,
        LION_E2E_EXTENSIONS: JSON.stringify([extension, bridge]),
      },
    },
  );
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
