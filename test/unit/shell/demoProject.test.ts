import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { loadProject } from "../../../src/core/project/project.ts";
import type { ProcessResult } from "../../../src/core/training/processes.ts";
import { bindServedStudent, canTrain, copyDemo, freeDemoFolder } from "../../../src/shell/demoProject.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const CONFIG = `{
  // made by a real run
  "name": "demo",
  "profiles": {
    "all": { "kind": "sandbox", "model": "oracle-teacher" },
    "student": { "kind": "checkpoint", "base": { "weights": "w" } },
    "sandbox-student": { "kind": "sandbox", "model": "oracle-student" }
  },
  "roles": { "teacher": "all", "student": "student", "referee": "all", "generator": "all" },
  "sandbox": { "mind": "oracle" }
}
`;

function demoIn(context: TestContext): { readonly root: string; readonly demo: string } {
  const root = temporaryFolder(context);
  const demo = join(root, "installed");
  mkdirSync(join(demo, ".lion"), { recursive: true });
  writeFileSync(join(demo, "lion.json"), CONFIG);
  writeFileSync(join(demo, ".lion", "lion.db"), "data");
  return { root, demo };
}

it("copies the demo with its data, and lets the sandbox answer as the student", async (context) => {
  const { root, demo } = demoIn(context);
  const folder = join(root, "deep", "mine");
  await copyDemo(demo, folder);
  assert.equal(readFileSync(join(folder, ".lion", "lion.db"), "utf8"), "data");
  assert.equal(loadProject(folder).config.roles.student, "student");
  await bindServedStudent(folder);
  assert.equal(loadProject(folder).config.roles.student, "sandbox-student");
  assert.match(readFileSync(join(folder, "lion.json"), "utf8"), /made by a real run/);
  assert.equal(loadProject(demo).config.roles.student, "student");
});

it("touches no folder that holds something", async (context) => {
  const { root, demo } = demoIn(context);
  const folder = join(root, "full");
  mkdirSync(folder);
  writeFileSync(join(folder, "thesis.tex"), "");
  await assert.rejects(copyDemo(demo, folder), { kind: "input", message: /is not empty: choose another folder/ });
  assert.ok(!existsSync(join(folder, "lion.json")));
});

it("says so where an installation has no demo", async (context) => {
  const { root } = demoIn(context);
  await assert.rejects(copyDemo(join(root, "nowhere"), join(root, "x")), { kind: "environment", message: /install/ });
});

it("takes the first number that is free", (context) => {
  const { root } = demoIn(context);
  assert.equal(freeDemoFolder(root), join(root, "demo-1"));
  mkdirSync(join(root, "demo-1"));
  assert.equal(freeDemoFolder(root), join(root, "demo-2"));
});

it("trains only with a Python that has what the trainer needs, and asks it for a moment only", async (context) => {
  const folder = temporaryFolder(context);
  let limit: number | undefined;
  const answering = (result: Partial<ProcessResult>) => ({
    run: (_argv: readonly string[], options?: { timeoutMs?: number }) => {
      limit = options?.timeoutMs;
      return Promise.resolve({ code: 0, stdout: "", stderr: "", ...result });
    },
  });
  const complete = { python: "3.12.1", torch: "2", transformers: "5", tokenizers: "1", safetensors: "1", numpy: "2" };
  assert.equal(await canTrain(folder, folder, answering({ stdout: JSON.stringify(complete) })), true);
  assert.ok(limit !== undefined && limit <= 2000, String(limit));
  assert.equal(
    await canTrain(folder, folder, answering({ stdout: JSON.stringify({ ...complete, torch: null }) })),
    false,
  );
  assert.equal(await canTrain(folder, folder, answering({ code: null })), false);
});
