import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { type ProcessResult, type ProcessRunner, SystemProcessRunner } from "../../../src/core/training/processes.ts";
import { Python, type PythonOptions } from "../../../src/core/training/python.ts";
import { FakePython, INSTALLED, temporaryFolder } from "./support.ts";

function pythonWith(options: Partial<PythonOptions> & { found?: object; result?: Partial<ProcessResult> }): Python {
  const { found = INSTALLED, result, ...rest } = options;
  const runner: ProcessRunner = {
    run: async () => ({ code: 0, stdout: JSON.stringify(found), stderr: "", ...result }),
  };
  return new Python({
    ...{ runner, configured: undefined, projectDir: "/project", trainerRoot: "/x/trainer", environment: {} },
    ...rest,
  });
}

test("which Python is taken: lion.json, LION_PYTHON, the environment beside the trainer, the search path", (t) => {
  const root = temporaryFolder(t);
  const trainerRoot = join(root, "trainer");
  const environment = { LION_PYTHON: "/env/python" };
  assert.equal(pythonWith({ trainerRoot }).executable, "python3");
  mkdirSync(join(root, ".venv", "bin"), { recursive: true });
  writeFileSync(join(root, ".venv", "bin", "python"), "");
  assert.equal(pythonWith({ trainerRoot }).executable, join(root, ".venv", "bin", "python"));
  assert.equal(pythonWith({ trainerRoot, environment }).executable, "/env/python");
  assert.equal(pythonWith({ environment, configured: "/own/python" }).executable, "/own/python");
  assert.equal(pythonWith({ configured: "venv/bin/python" }).executable, "/project/venv/bin/python");
  assert.equal(pythonWith({ configured: "python3.12" }).executable, "python3.12");
});

test("the trainer's folder comes first on PYTHONPATH, and each process gets one thread", () => {
  assert.equal(pythonWith({}).variables.PYTHONPATH, "/x/trainer");
  assert.equal(pythonWith({ environment: { PYTHONPATH: "/lib" } }).variables.PYTHONPATH, "/x/trainer:/lib");
  assert.equal(pythonWith({}).variables.OMP_NUM_THREADS, "1");
});

test("versions are looked up once", async (t) => {
  const fake = new FakePython(t);
  const python = fake.python(new SystemProcessRunner());
  const versions = await python.versions();
  assert.deepEqual(versions, { executable: fake.path, python: "3.11.7", torch: "2.13.0", transformers: "5.17.0" });
  fake.behave({ installed: { torch: null } });
  assert.equal(await python.versions(), versions);
});

for (const [name, python, message] of [
  [
    "no Python",
    () => pythonWith({ runner: { run: () => Promise.reject(new Error("ENOENT")) } }),
    /no Python that works at python3: run `npm run setup:trainer`/,
  ],
  ["a Python that breaks", () => pythonWith({ result: { code: 1, stderr: "boom" } }), /no Python that works/],
  [
    "an old Python",
    () => pythonWith({ found: { ...INSTALLED, python: "3.9.2" } }),
    /is Python 3\.9\.2, and the trainer needs 3\.11/,
  ],
  ["no torch", () => pythonWith({ found: { ...INSTALLED, torch: null } }), /python3 has no torch.*setup:trainer/],
] as const) {
  test(`one sentence for ${name}`, async () => {
    await assert.rejects(python().versions(), (error) => {
      assert.ok(error instanceof LionError && error.kind === "environment");
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n|\. /);
      return true;
    });
  });
}

test("a failed lookup is tried again", async (t) => {
  const fake = new FakePython(t);
  fake.behave({ installed: { torch: null } });
  const python = fake.python();
  await assert.rejects(python.versions(), /no torch/);
  fake.behave({});
  assert.equal((await python.versions()).torch, "2.13.0");
});
