import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectFolders } from "../../../src/shell/projectFolders.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

test("projects are found in the window's folders and directly below them", async (context) => {
  const folder = temporaryFolder(context);
  for (const path of ["b", "b/project", "b/project/below", "a", "a/none", "a/node_modules", "a/two", "a/one"]) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  for (const path of ["b", "b/project/below", "a/node_modules", "a/two", "a/one"]) {
    writeFileSync(join(folder, path, "lion.json"), "{}");
  }
  writeFileSync(join(folder, "a", "file"), "");
  symlinkSync(join(folder, "b"), join(folder, "a", "linked"), "dir");
  const roots = [join(folder, "a"), join(folder, "b"), join(folder, "gone")];
  assert.deepEqual(await projectFolders(roots), [
    join(folder, "b"),
    join(folder, "a", "linked"),
    join(folder, "a", "one"),
    join(folder, "a", "two"),
  ]);
  assert.deepEqual(await projectFolders([]), []);
});
