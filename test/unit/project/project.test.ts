import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { findProject, loadProject, parseProject } from "../../../src/core/project/project.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "lion-project-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const profiles = {
  ask: { kind: "sandbox", model: "oracle-teacher" },
  own: { kind: "checkpoint", base: { weights: "x" } },
};
const roles = { teacher: "ask", student: "own", referee: "ask", generator: "ask" };
const sound = { name: "x", profiles, roles, sandbox: { mind: "oracle" } };

function complaint(config: unknown): string {
  const text = typeof config === "string" ? config : JSON.stringify(config, null, 2);
  try {
    parseProject(text);
  } catch (error) {
    assert.ok(error instanceof LionError, String(error));
    assert.equal(error.kind, "input");
    return error.message;
  }
  return "none";
}

test("a sound file gets the paper's defaults, and comments and trailing commas are allowed", () => {
  const config = parseProject(`\uFEFF// a project\n${JSON.stringify(sound, null, 2).replace(/\n}$/, ",\n}")}`);
  assert.equal(config.loop.newInstructions, 6000);
  assert.deepEqual(config.loop.hardToEasy, [1, 1]);
  assert.equal(config.discrimination.tau, 1);
  assert.equal(config.diversity.limit, 0.7);
  assert.equal(config.loop.iterations, 3);
  assert.equal(config.approval.mode, "manual");
  assert.equal(complaint(sound), "none");
});

test("how people review has defaults of its own, and what makes no sense is refused by its line", () => {
  const review = { askAhead: 5, overlap: 0, again: 0.05, claimMinutes: 5 };
  assert.deepEqual(parseProject(JSON.stringify(sound)).review, review);
  const changed = { ...sound, review: { askAhead: 0, overlap: 1 } };
  assert.deepEqual(parseProject(JSON.stringify(changed)).review, { ...review, askAhead: 0, overlap: 1 });
  assert.match(complaint({ ...sound, review: { overlap: 1.5 } }), /line \d+: review\.overlap/);
  assert.match(complaint({ ...sound, review: { askAhead: -1 } }), /line \d+: review\.askAhead/);
  assert.match(complaint({ ...sound, review: { claimMinutes: 0 } }), /line \d+: review\.claimMinutes/);
  assert.match(
    complaint({ ...sound, review: { askahead: 3 } }),
    /review\.askahead is not known: did you mean "askAhead"/,
  );
});

test("broken JSON is told by line and column", () => {
  assert.match(complaint('{\n  "name": "x"\n  "seed": 1\n}'), /^lion\.json, line 3, column 3: a comma is missing/);
  assert.match(complaint('{\n  "name": "x'), /^lion\.json, line 2, column 11: a text is not closed/);
  assert.match(complaint(""), /^lion\.json, line 1/);
  assert.match(complaint("{ name: 1 }"), /neither quoted/);
});

const refused: ReadonlyArray<[string, unknown, RegExp]> = [
  [
    "an unknown key",
    { ...sound, loop: { iteration: 3 } },
    /line \d+: loop\.iteration is not known: did you mean "iterations"/,
  ],
  ["a key like no other", { ...sound, zzzzzz: 1 }, /zzzzzz is not known: what can stand here is "name", "seed"/],
  [
    "a misspelt section before what is missing for it",
    { ...sound, profiles: undefined, profils: profiles },
    /profils is not known: did you mean "profiles" \(and 1 more\)/,
  ],
  [
    "an unknown kind",
    { ...sound, profiles: { ...profiles, ask: { kind: "opena" } } },
    /profiles\.ask\.kind must be one of .*did you mean "openai"/,
  ],
  ["a wrong type", { ...sound, seed: "one" }, /seed must be a number, not "one"/],
  ["a number out of range", { ...sound, diversity: { limit: 2 } }, /diversity\.limit must be at most 1, not 2/],
  ["a word out of the list", { ...sound, discrimination: { mode: "lzy" } }, /must be "lazy" or "full", not "lzy"/],
  ["a missing part", { ...sound, roles: { ...roles, referee: undefined } }, /roles\.referee is missing/],
  [
    "two bases",
    { ...sound, profiles: { ...profiles, own: { kind: "checkpoint", base: { weights: "x", gguf: "y" } } } },
    /base cannot have "weights" and "gguf" together/,
  ],
  [
    "a misspelt base",
    { ...sound, profiles: { ...profiles, own: { kind: "checkpoint", base: { weigths: "x" } } } },
    /did you mean "weights"/,
  ],
  ["no base", { ...sound, profiles: { ...profiles, own: { kind: "checkpoint" } } }, /profiles\.own\.base is missing/],
  ["both shares 0", { ...sound, loop: { hardToEasy: [0, 0] } }, /At least one of the two shares/],
  [
    "no address",
    { ...sound, profiles: { ...profiles, ask: { kind: "openai", baseUrl: "api", model: "m" } } },
    /must be a web address .* not "api"/,
  ],
  [
    "an unknown profile",
    { ...sound, roles: { ...roles, teacher: "asks" } },
    /line \d+: roles\.teacher names the profile "asks", which does not exist: did you mean "ask"; profiles are "ask" and "own"/,
  ],
  [
    "a profile named like a property of every object",
    { ...sound, roles: { ...roles, teacher: "constructor" } },
    /"constructor", which does not exist/,
  ],
  ["a checkpoint as a teacher", { ...sound, roles: { ...roles, teacher: "own" } }, /which only the student can be/],
  ["a checkpoint as an evaluator", { ...sound, roles: { ...roles, evaluator: "own" } }, /roles\.evaluator names "own"/],
  ["no sandbox section", { ...sound, sandbox: undefined }, /profiles\.ask is a sandbox profile/],
  ["a replay of nothing", { ...sound, sandbox: { mind: "replay" } }, /sandbox replays a recorded set and names none/],
  [
    "an unknown target",
    { ...sound, profiles: { ...profiles, own: { ...profiles.own, target: "gpu" } } },
    /no training target: targets are "local"/,
  ],
  [
    "a placeholder of a training command that nothing is known for",
    { ...sound, training: { trainer: { command: ["train", "--out={ouput}"] } } },
    /training\.trainer\.command\[1\] has the placeholder \{ouput\}, which nothing is known for: did you mean \{output\}/,
  ],
  [
    "a cap on money without prices",
    { ...sound, profiles: { ...profiles, ask: { ...profiles.ask, limits: { maxCost: 1 } } } },
    /needs the prices/,
  ],
];

for (const [name, config, sentence] of refused) {
  test(`refused in one sentence: ${name}`, () => {
    const message = complaint(config);
    assert.match(message, sentence);
    assert.match(message, /^lion\.json, line \d+: .*\.$/);
    assert.ok(!message.includes("\n"));
  });
}

test("the line is the key's own", () => {
  assert.match(
    complaint(
      `{\n"name": "x",\n"profiles": ${JSON.stringify(profiles)},\n"roles": {\n  "teacher": "nobody",\n "student": "own", "referee": "ask", "generator": "ask"},\n"sandbox": {"mind": "oracle"}}`,
    ),
    /^lion\.json, line 5: roles\.teacher/,
  );
});

test("a cap on money needs a limit to the replies' length, except for the generator, whose requests have one", () => {
  const paid = { ...profiles.ask, prices: { inputPerMillion: 1, outputPerMillion: 2 }, limits: { maxCost: 1 } };
  assert.match(
    complaint({ ...sound, profiles: { ...profiles, ask: paid } }),
    /add "max_tokens" or "max_completion_tokens"/,
  );
  const limited = { ...paid, parameters: { max_completion_tokens: 10 } };
  assert.equal(complaint({ ...sound, profiles: { ...profiles, ask: limited } }), "none");
  const generator = { ...sound, profiles: { ...profiles, writer: paid }, roles: { ...roles, generator: "writer" } };
  assert.equal(complaint(generator), "none");
});

test("a project is found from a folder below it, and its files are named by absolute paths", () => {
  const below = join(folder, "a", "b");
  mkdirSync(below, { recursive: true });
  writeFileSync(join(folder, "lion.json"), JSON.stringify(sound));
  assert.equal(findProject(below), folder);
  const project = loadProject(folder);
  assert.equal(project.databaseFile, join(folder, ".lion", "lion.db"));
  assert.equal(project.config.name, "x");
});

test("no project and no folder are told apart", () => {
  const empty = mkdtempSync(join(tmpdir(), "lion-empty-"));
  assert.throws(() => findProject(empty), {
    name: "LionError",
    kind: "input",
    message: /no lion\.json in .* or above it/,
  });
  assert.throws(() => loadProject(empty), { kind: "input", message: /no lion\.json in .*lion init/ });
  assert.throws(() => loadProject(join(empty, "gone")), { kind: "input", message: /no folder/ });
  rmSync(empty, { recursive: true });
});
