import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

const root = resolve(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "lion-bundle-"));

/** Runs the bundled command line in a folder that has no sources. */
function lion(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "dist", "lion.mjs"), ...args], {
    encoding: "utf8",
    cwd: folder,
  });
  return { code: status, stdout, stderr };
}

describe("the bundle, away from the sources", () => {
  before(() => {
    const build = [join(root, "esbuild.mjs"), "--outdir", join(folder, "dist")];
    const built = spawnSync(process.execPath, build, { cwd: root, encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
    // The database library is native and stays outside the bundle.
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  });

  after(() => rmSync(folder, { recursive: true }));

  it("makes a project and asks its sandbox", () => {
    const made = lion("init", "project", "--sandbox", "oracle", "--quick");
    assert.equal(made.code, 0, made.stderr);
    assert.ok(existsSync(join(folder, "project", "lion.json")));
    const checks = JSON.parse(lion("doctor", "--project", "project", "--json").stdout).checks as Array<{
      name: string;
      ok: boolean;
    }>;
    assert.deepEqual(
      checks.filter(({ name, ok }) => !ok && name !== "Python"),
      [],
    );
    assert.ok(checks.some(({ name }) => name === "profile teacher"));
  });
});
