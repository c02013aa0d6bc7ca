import assert from "node:assert/strict";
import { it } from "node:test";
import type { Project } from "../../../src/core/project/project.ts";
import { projectPaths } from "../../../src/core/project/project.ts";
import { requireOwnPlace } from "../../../src/shell/ownPlace.ts";

const project = projectPaths("/home/me/p") as Project;

it("keeps exports and backups out of the project's own files", () => {
  for (const file of [
    "/home/me/p/lion.json",
    "/home/me/p/.lion/lion.db",
    "/home/me/p/x/../.lion/a.json",
    "/home/me/p/.lion",
  ]) {
    assert.throws(() => requireOwnPlace(project, file), /belongs to the project itself: choose a file outside/, file);
  }
});

it("lets everything else be written, also what only looks like them", () => {
  for (const file of [
    "/home/me/p/train.json",
    "/home/me/p/.lion-backup/lion.db",
    "/home/me/lion.json",
    "/elsewhere/.lion/lion.db",
  ]) {
    requireOwnPlace(project, file);
  }
});
