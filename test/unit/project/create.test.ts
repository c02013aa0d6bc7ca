import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { createProject } from "../../../src/core/project/create.ts";
import { type JsonSchema, keysAllowedAt, projectJsonSchema } from "../../../src/core/project/jsonSchema.ts";
import { SANDBOX_SIZES } from "../../../src/core/project/presets.ts";
import { loadProject } from "../../../src/core/project/project.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "lion-create-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("a project with a paid teacher is sound as it is made", () => {
  const project = createProject(join(folder, "paid"));
  assert.deepEqual(loadProject(project.directory), project);
  assert.equal(project.config.name, "paid");
  const teacher = project.config.profiles.teacher;
  assert.ok(teacher?.kind === "openai" && teacher.apiKeyEnv === "OPENAI_API_KEY");
  assert.equal(project.config.loop.newInstructions, 6000);
  const written = JSON.parse(readFileSync(project.configFile, "utf8"));
  assert.equal(written.$schema, "./.lion/lion.schema.json");
  assert.equal(readFileSync(join(project.directory, ".gitignore"), "utf8"), ".lion/\n");
  const schema = JSON.parse(readFileSync(join(project.dataDirectory, "lion.schema.json"), "utf8"));
  assert.deepEqual(schema, projectJsonSchema());
});

for (const name of ["demo", "full", "quick"] as const) {
  test(`an oracle project of the size "${name}"`, () => {
    const sizes = SANDBOX_SIZES[name];
    const { config } = createProject(join(folder, name), { mind: "oracle", sizes, seed: 7, name: "mini" });
    assert.equal(config.name, "mini");
    assert.equal(config.seed, 7);
    assert.equal(config.sandbox?.seed, 7);
    assert.deepEqual(config.sandbox?.families, [...sizes.families]);
    assert.equal(config.loop.newInstructions, sizes.newInstructions);
    assert.equal(config.discrimination.maxRated, sizes.maxRated);
    const student = config.profiles.student;
    assert.ok(student?.kind === "checkpoint" && "config" in student.base);
    assert.equal(student.base.config.hidden_size, sizes.student.hidden);
    assert.equal(student.temperature, 0);
    assert.equal(config.training.first.epochs, sizes.firstEpochs);
    const { warmupRatio } = config.training;
    assert.ok(warmupRatio > 0 && warmupRatio <= 0.1);
  });
}

test("a project says how its Cache is rated when it is asked to", () => {
  const full = createProject(join(folder, "full-mode"), { mode: "full" });
  assert.equal(full.config.discrimination.mode, "full");
  const oracle = createProject(join(folder, "lazy-mode"), { mind: "oracle", mode: "lazy", sizes: SANDBOX_SIZES.quick });
  assert.match(readFileSync(oracle.configFile, "utf8"), /"mode": "lazy"/);
  assert.equal(oracle.config.discrimination.maxRated, SANDBOX_SIZES.quick.maxRated);
});

test("a replay project names its set relative to its folder and has no trained student", () => {
  const set = join(folder, "set.jsonl");
  writeFileSync(set, "");
  const { config } = createProject(join(folder, "replay"), { mind: "replay", set });
  assert.equal(config.sandbox?.set, "../set.jsonl");
  assert.deepEqual(config.profiles[config.roles.student], config.profiles.student);
  assert.ok(config.profiles.student?.kind === "sandbox" && config.profiles.student.model === "replay-student");
  assert.equal(config.loop.newInstructions, 6000);
  const quick = createProject(join(folder, "replay-quick"), { mind: "replay", set, sizes: SANDBOX_SIZES.quick });
  assert.equal(quick.config.loop.newInstructions, SANDBOX_SIZES.quick.newInstructions);
});

test("nothing that is there is overwritten", () => {
  const directory = join(folder, "taken");
  mkdirSync(directory);
  writeFileSync(join(directory, ".gitignore"), "node_modules");
  createProject(directory);
  assert.equal(readFileSync(join(directory, ".gitignore"), "utf8"), "node_modules\n.lion/\n");
  const before = readFileSync(join(directory, "lion.json"), "utf8");
  assert.throws(() => createProject(directory), { kind: "input", message: /has a lion\.json already/ });
  assert.equal(readFileSync(join(directory, "lion.json"), "utf8"), before);
  rmSync(join(directory, "lion.json"));
  writeFileSync(join(directory, ".lion", "lion.db"), "");
  assert.throws(() => createProject(directory), { kind: "input", message: /earlier project/ });
  assert.equal(readFileSync(join(directory, ".gitignore"), "utf8"), "node_modules\n.lion/\n");
});

test("a set must be there and fit the mind", () => {
  const directory = join(folder, "no-set");
  assert.throws(() => createProject(directory, { mind: "replay" }), { kind: "input", message: /--set FILE/ });
  assert.throws(() => createProject(directory, { mind: "replay", set: join(folder, "gone") }), {
    message: /no file .*gone/,
  });
  assert.throws(() => createProject(directory, { mind: "oracle", set: "x" }), { message: /replay sandbox only/ });
  assert.throws(() => loadProject(directory), { message: new RegExp(`no folder .*${basename(directory)}`) });
});

test("a folder that cannot be written is an environment failure", () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  assert.throws(() => createProject(join(file, "x")), { kind: "environment", message: /could not be made in/ });
});

test("the JSON schema completes and checks what a person may write", () => {
  const schema = projectJsonSchema();
  assert.match(schema.$schema ?? "", /json-schema\.org/);
  assert.equal(schema.additionalProperties, false);
  assert.deepEqual(schema.required, ["name", "profiles", "roles"]);
  assert.equal(schema.properties?.discrimination?.properties?.tau?.default, 1);
  const text = JSON.stringify(schema);
  assert.ok(!text.includes(String(Number.MAX_SAFE_INTEGER)));
  assert.ok(countDescriptions(schema) > 30);
  const kinds = keysAllowedAt(["profiles", "any"]);
  assert.ok(kinds.includes("baseUrl") && kinds.includes("base"));
  assert.deepEqual(keysAllowedAt(["profiles", "any", "parameters"]), []);
});

function countDescriptions(schema: JsonSchema): number {
  const children = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
  ];
  return (
    (schema.description === undefined ? 0 : 1) + children.reduce((sum, child) => sum + countDescriptions(child), 0)
  );
}
