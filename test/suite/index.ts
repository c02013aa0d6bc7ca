// What the editor's test host runs: every suite beside this file, by Mocha.
import { appendFileSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import Mocha from "mocha";

const TIMEOUT_MS = 30_000;

/**
 * Resolves when every test passed. EXT_TEST_GREP chooses tests, EXT_TEST_LOG is a file that takes what the reporter
 * prints, EXT_TEST_REPORT one that takes the counts.
 *
 * @throws Error with the number of tests that failed.
 */
export function run(): Promise<void> {
  const { EXT_TEST_GREP: grep, EXT_TEST_LOG: log, EXT_TEST_REPORT: report } = process.env;
  if (log) {
    // What the host prints would reach the page in pieces.
    Mocha.reporters.Base.consoleLog = (...values: unknown[]) => appendFileSync(log, `${format(...values)}\n`);
  }
  const mocha = new Mocha({ ui: "bdd", timeout: TIMEOUT_MS, color: !log, ...(grep && { grep }) });
  for (const file of globSync("**/*.test.js", { cwd: import.meta.dirname }).sort()) {
    mocha.addFile(join(import.meta.dirname, file));
  }
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      if (report) {
        writeFileSync(report, JSON.stringify({ passed: runner.stats?.passes ?? 0, failed: failures }));
      }
      if (failures === 0) {
        resolve();
      } else {
        reject(new Error(`${failures} tests failed.`));
      }
    });
  });
}
