import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EditorServer } from "./editorServer.ts";
import type { EditorWindow } from "./editorWindow.ts";

/** What a log must not say: our own word for what nobody foresaw, and Node's for what nobody caught. */
const FAILURES = /Lion failed unexpectedly|UnhandledPromiseRejection|rejected promise not handled|uncaughtException/i;
const OF_LION = /lion-curator|\bLion\b/;

/**
 * Asserts what must hold after every flow: no security policy was violated, nothing failed that nobody foresaw, and no
 * secret stands in a log.
 *
 * @param secrets texts that no log may hold
 */
export function assertHealthy(
  { server }: EditorServer,
  windows: readonly EditorWindow[],
  secrets: readonly string[] = [],
): void {
  for (const { violations } of windows) {
    assert.deepEqual(violations, []);
  }
  for (const name of globSync("{server.log,data/logs/**/*.log}", { cwd: server.folder })) {
    const text = readFileSync(join(server.folder, name), "utf8");
    const failures = text.split("\n").filter((line) => FAILURES.test(line) && OF_LION.test(line));
    assert.deepEqual(failures, [], `in ${name}`);
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `${name} holds a secret.`);
    }
  }
}
