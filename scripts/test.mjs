// npm test: installs what is missing and runs every check and test; the last line counts them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePackages, ensurePython, node, python, root } from "./setup.mjs";

const unitOnly = process.argv.includes("--unit");
const folder = mkdtempSync(join(tmpdir(), "lion-tests-"));
const totals = { passed: 0, failed: 0 };

/** A step that hangs is ended, so that the others are still run and counted. Null is the status of one that was ended. */
const STEP_MS = 30 * 60_000;

/** One test takes a minute at most, several times that on a busy machine. */
const TEST_MS = 5 * 60_000;

function run(command, args, env = {}) {
  const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...env }, timeout: STEP_MS };
  return spawnSync(command, args, options).status;
}

function add(passed, failed) {
  totals.passed += passed;
  totals.failed += failed;
}

function check(name, command, args) {
  console.log(`\n— ${name}`);
  add(...(run(command, args) === 0 ? [1, 0] : [0, 1]));
}

/** Counts what a reporter wrote; a runner that ended badly without a failed test counts as one failure. */
function tests(name, command, args, report, count, env) {
  console.log(`\n— ${name}`);
  const status = run(command, args, env);
  let counted;
  try {
    counted = count(readFileSync(report, "utf8"));
  } catch {
    counted = [0, 0];
  }
  const [passed, failed] = counted;
  add(passed, failed + (status !== 0 && failed === 0 ? 1 : 0) + (status === 0 && passed === 0 ? 1 : 0));
}

function nodeTests(name, pattern, { concurrency, env } = {}) {
  const report = join(folder, `${name.replaceAll(/\W+/g, "-")}.tap`);
  const reporters = ["--test-reporter=dot", "--test-reporter-destination=stdout", "--test-reporter=tap"];
  tests(
    name,
    node,
    [
      "--test",
      `--test-timeout=${TEST_MS}`,
      // What a test that timed out still waits for would keep its process alive for ever.
      "--test-force-exit",
      ...(concurrency ? [`--test-concurrency=${concurrency}`] : []),
      ...reporters,
      `--test-reporter-destination=${report}`,
      pattern,
    ],
    report,
    countTap,
    env,
  );
}

/** Node.js counts a test that timed out as cancelled. */
function countTap(text) {
  const count = (word) => Number(text.match(new RegExp(`^# ${word} (\\d+)$`, "m"))?.[1] ?? 0);
  return [count("pass"), count("fail") + count("cancelled")];
}

function countMocha(text) {
  const { passed, failed } = JSON.parse(text);
  return [passed, failed];
}

function countJunit(text) {
  const number = (name) => Number(text.match(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return [number("tests") - failed - number("skipped"), failed];
}

const bin = (name) => join(root, "node_modules", ".bin", name);

ensurePackages();
if (!unitOnly) {
  ensurePython();
  for (const [name, project] of Object.entries({
    types: ".",
    "types of the webviews": "webview",
    "types of the end-to-end tests": "test/e2e",
  })) {
    check(name, bin("tsc"), ["--noEmit", "--project", join(root, project)]);
  }
  check("format and lint", bin("biome"), ["check", "--error-on-warnings"]);
  check("dead code", bin("knip"), []);
}
nodeTests("unit tests", "test/unit/**/*.test.ts", {
  // Node.js leaves one core idle by default, which is half of a small machine.
  concurrency: availableParallelism(),
  // Each file has a process of its own, and most of them load the same sources: stripped and compiled once, for all of them.
  env: { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "tests") },
});
if (!unitOnly) {
  run(node, [join(root, "scripts", "sshServer.mts")]);
  run(node, [join(root, "scripts", "slurm.mts")]);
  nodeTests("loop tests", "test/loop/**/*.test.ts", { env: { LION_PYTHON: python } });
  const suite = join(folder, "suite.json");
  const launcher = join(root, "test", "launch", "launch.mts");
  tests("suite in the editor", node, [launcher], suite, countMocha, { LION_PYTHON: python, EXT_TEST_REPORT: suite });
  const flows = join(folder, "e2e.tap");
  const endToEnd = [join(root, "test", "e2e", "run.mts"), "--report", flows];
  tests("end to end", node, endToEnd, flows, countTap, { LION_PYTHON: python });
  const report = join(folder, "pytest.xml");
  const pytest = ["-m", "pytest", "-q", join(root, "trainer"), `--junitxml=${report}`];
  check("trainer lint", python, ["-m", "ruff", "check", join(root, "trainer")]);
  tests("trainer tests", python, pytest, report, countJunit, { OMP_NUM_THREADS: "1" });
}
rmSync(folder, { recursive: true });

console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
