import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { edited, editsOfRemedy, editsToSet } from "../../../src/core/project/edit.ts";
import { inspectProject } from "../../../src/core/project/inspect.ts";
import type { Problem } from "../../../src/core/project/problems.ts";
import { parseProject } from "../../../src/core/project/project.ts";

const profiles = {
  ask: { kind: "openai", baseUrl: "https://api.example.com/v1", model: "m" },
  own: { kind: "checkpoint", base: { weights: "x" } },
};
const roles = { teacher: "ask", student: "own", referee: "ask", generator: "ask" };
const sound = { name: "x", profiles, roles };

function text(config: unknown): string {
  return `// kept\n${JSON.stringify(config, null, 2)}\n`;
}

function only(problems: readonly Problem[]): Problem {
  const [problem] = problems;
  assert.ok(problem && problems.length === 1, JSON.stringify(problems));
  return problem;
}

/** The text after the first remedy of its only problem. */
function mended(config: unknown, which = 0): string {
  const before = text(config);
  const { schema, relations } = inspectProject(before);
  const remedy = only([...schema, ...relations]).remedies?.[which];
  assert.ok(remedy, "there is a remedy");
  return edited(before, editsOfRemedy(before, remedy));
}

const MENDED: ReadonlyArray<[string, unknown, (config: ReturnType<typeof parseProject>) => unknown, unknown]> = [
  [
    "a role that names an unknown profile gets the nearest",
    { ...sound, roles: { ...roles, student: "owm" } },
    (config) => config.roles.student,
    "own",
  ],
  [
    "a checkpoint as a teacher becomes an endpoint's profile",
    { ...sound, roles: { ...roles, teacher: "own" } },
    (config) => config.roles.teacher,
    "ask",
  ],
  [
    "an unknown key is renamed to the nearest, with its value",
    { ...sound, loop: { iteration: 2 } },
    (config) => config.loop.iterations,
    2,
  ],
  ["a number out of range gets the default", { ...sound, diversity: { limit: 2 } }, (c) => c.diversity.limit, 0.7],
  ["a number of the wrong type gets the default", { ...sound, seed: "one" }, (config) => config.seed, 1],
  [
    "a word out of a list gets the nearest of it",
    { ...sound, discrimination: { mode: "ful" } },
    (config) => config.discrimination.mode,
    "full",
  ],
  [
    "two shares of 0 get the default",
    { ...sound, loop: { hardToEasy: [0, 0] } },
    (config) => config.loop.hardToEasy,
    [1, 1],
  ],
  [
    "a target that is none gets one that is",
    { ...sound, profiles: { ...profiles, own: { ...profiles.own, target: "gpu" } } },
    (config) => config.profiles.own?.kind === "checkpoint" && config.profiles.own.target,
    "local",
  ],
  [
    "a sandbox profile gets its section",
    { ...sound, profiles: { ...profiles, ask: { kind: "sandbox", model: "oracle-teacher" } } },
    (config) => config.sandbox?.mind,
    "oracle",
  ],
];

describe("remedies for a project file", () => {
  for (const [name, config, read, expected] of MENDED) {
    it(name, () => {
      const after = mended(config);
      assert.ok(after.startsWith("// kept\n"), "comments stay");
      assert.deepEqual(read(parseProject(after)), expected);
    });
  }

  it("can make the profile that a role names", () => {
    const wrong = { ...sound, roles: { ...roles, referee: "judge" } };
    const count = only(inspectProject(text(wrong)).relations).remedies?.length ?? 0;
    const config = parseProject(mended(wrong, count - 1));
    assert.equal(config.profiles.judge?.kind, "openai");
  });

  it("takes an unknown key away when it is like no other", () => {
    assert.deepEqual(Object.keys(parseProject(mended({ ...sound, zzzzzz: 1 }))).includes("zzzzzz"), false);
  });

  it("never makes up a price: the file stays refused until a person has filled it in", () => {
    const capped = { ...profiles.ask, limits: { maxCost: 5 }, parameters: { max_tokens: 9 } };
    const after = mended({ ...sound, profiles: { ...profiles, ask: capped } });
    assert.match(after, /"inputPerMillion": null/);
    assert.throws(() => parseProject(after), /inputPerMillion must be a number, not null/);
  });

  it("bounds a reply where the money has a cap", () => {
    const prices = { inputPerMillion: 1, outputPerMillion: 2 };
    const capped = { ...profiles.ask, limits: { maxCost: 5 }, prices };
    const config = parseProject(mended({ ...sound, profiles: { ...profiles, ask: capped } }));
    assert.deepEqual(config.profiles.ask?.kind === "openai" && config.profiles.ask.parameters, { max_tokens: 1024 });
  });

  it("takes the default of the kind of profile that stands there", () => {
    const sandbox = { kind: "sandbox", model: "oracle-teacher", timeoutSeconds: -1 };
    const after = mended({ ...sound, sandbox: { mind: "oracle" }, profiles: { ...profiles, ask: sandbox } });
    assert.match(after, /"timeoutSeconds": 30/);
  });
});

describe("a project file under a person's hands", () => {
  it("is checked for relations although something else is wrong", () => {
    const wrong = {
      ...sound,
      seed: "one",
      nonsense: 1,
      loop: { hardToEasy: ["a", 1] },
      roles: { ...roles, teacher: "x" },
    };
    const { schema, relations } = inspectProject(text(wrong));
    assert.equal(schema.length, 3);
    assert.deepEqual(only(relations).path, ["roles", "teacher"]);
  });

  it("is checked for relations although its syntax is broken", () => {
    const broken = text({ ...sound, roles: { ...roles, teacher: "x" } }).replace('"name": "x",', '"name": "x"');
    const { document, relations } = inspectProject(broken);
    assert.match(document.fault ?? "", /comma/);
    assert.deepEqual(only(relations).path, ["roles", "teacher"]);
  });

  it("has nothing to complain of where hardly anything is written yet", () => {
    for (const start of ["", "{", "[]", "null", '{"profiles": 3}']) {
      assert.deepEqual(inspectProject(start).relations, [], start);
    }
  });

  it("knows where keys and values stand", () => {
    const written = text(sound);
    const place = inspectProject(written).document.placeOf(["roles", "teacher"]);
    assert.ok(place?.key);
    assert.equal(written.slice(place.key.offset, place.key.offset + place.key.length), '"teacher"');
    assert.equal(written.slice(place.value.offset, place.value.offset + place.value.length), '"ask"');
    assert.equal(inspectProject(written).document.placeOf(["roles", "nobody"]), null);
  });
});

describe("edits of a project file", () => {
  it("keep comments, line ends and the indentation that is there", () => {
    const before =
      '{\r\n\t// who asks\r\n\t"roles": {\r\n\t\t"student": "s", // ours\r\n\t\t"teacher": "a"\r\n\t}\r\n}\r\n';
    const after = edited(before, editsToSet(before, ["roles", "referee"], "b"));
    assert.equal(
      after,
      '{\r\n\t// who asks\r\n\t"roles": {\r\n\t\t"student": "s", // ours\r\n\t\t"teacher": "a",\r\n\t\t"referee": "b"\r\n\t}\r\n}\r\n',
    );
  });
});
