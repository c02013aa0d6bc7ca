import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { edited } from "../../../src/core/project/edit.ts";
import { parseProject } from "../../../src/core/project/project.ts";
import { lensesOf } from "../../../src/shell/config/configLens.ts";
import { nameCompletionAt } from "../../../src/shell/config/nameCompletion.ts";
import { isPrivateWay, originUses } from "../../../src/shell/config/origins.ts";
import {
  addressFault,
  bindingEdits,
  endpointProfile,
  knownAddresses,
  profileNameFor,
  profilesFor,
} from "../../../src/shell/config/roleBinding.ts";

const TEXT = `{
  "name": "x",
  // the paid ones
  "profiles": {
    "ask": { "kind": "openai", "baseUrl": "https://api.example.com/v1", "model": "m", "apiKeyEnv": "EXAMPLE_API_KEY" },
    "judge": { "kind": "openai", "baseUrl": "https://api.example.com/v1", "model": "j", "apiKeyEnv": "EXAMPLE_API_KEY" },
    "near": { "kind": "openai", "baseUrl": "http://127.0.0.1:8000/v1", "model": "n" },
    "own": { "kind": "checkpoint", "base": { "weights": "w" } }
  },
  "roles": { "teacher": "ask", "student": "own", "referee": "ask", "generator": "ask" },
  "loop": { "iterations": 2 },
  "discrimination": { "tau": 1.5 },
}
`;

describe("the lenses of lion.json", () => {
  it("stand above profiles, roles, τ and the loop", () => {
    const shown = lensesOf(TEXT).map(({ offset, ...lens }) => [TEXT.slice(offset).match(/^"([^"]*)"/)?.[1], lens]);
    assert.deepEqual(shown, [
      ["ask", { kind: "key", origin: "https://api.example.com" }],
      ["ask", { kind: "roles", roles: ["teacher", "referee", "generator"] }],
      ["judge", { kind: "key", origin: "https://api.example.com" }],
      ["judge", { kind: "roles", roles: [] }],
      ["near", { kind: "key", origin: "http://127.0.0.1:8000" }],
      ["near", { kind: "roles", roles: [] }],
      ["own", { kind: "roles", roles: ["student"] }],
      ["roles", { kind: "choose" }],
      ["tau", { kind: "tau", tau: 1.5 }],
      ["loop", { kind: "estimate" }],
    ]);
  });

  it("survive whatever stands there", () => {
    for (const text of ["", "{", "[1]", '{"profiles": [1], "roles": "x", "discrimination": {"tau": "1"}}']) {
      assert.ok(
        lensesOf(text).every(({ kind }) => kind === "choose"),
        text,
      );
    }
    const odd = '{"profiles": {"__proto__": 1, "a": {"kind": "openai", "baseUrl": "javascript:alert(1)"}}}';
    assert.ok(lensesOf(odd).every(({ kind }) => kind === "roles"));
  });
});

describe("completion in lion.json", () => {
  const at = (mark: string, plus = 0): ReturnType<typeof nameCompletionAt> =>
    nameCompletionAt(TEXT, TEXT.indexOf(mark) + plus);

  it("offers profiles to roles, and checkpoints to the student alone", () => {
    const teacher = at('"ask", "student"', 2);
    assert.deepEqual(
      teacher?.names.map(({ name }) => name),
      ["ask", "judge", "near"],
    );
    assert.deepEqual(teacher?.replaces, { offset: TEXT.indexOf('"ask", "student"'), length: 5 });
    assert.deepEqual(
      at('"own", "referee"', 2)?.names.map(({ name }) => name),
      ["ask", "judge", "near", "own"],
    );
  });

  it("offers them where nothing is written yet", () => {
    const text = '{ "profiles": { "a": { "kind": "sandbox", "model": "oracle-teacher" } }, "roles": { "teacher":  } }';
    const offset = text.indexOf('"teacher":') + 11;
    const completion = nameCompletionAt(text, offset);
    assert.deepEqual(completion?.names, [{ name: "a", detail: "sandbox · oracle-teacher" }]);
    assert.deepEqual(completion?.replaces, { offset, length: 0 });
  });

  it("offers targets to a checkpoint", () => {
    const text =
      '{ "profiles": { "s": { "kind": "checkpoint", "target": "" } }, "targets": { "gpu": { "kind": "local" } } }';
    assert.deepEqual(nameCompletionAt(text, text.indexOf('""') + 1)?.names, [{ name: "gpu", detail: "local" }]);
  });

  it("keeps out of everything else", () => {
    assert.equal(at('"teacher"', 3), null);
    assert.equal(at('"m"', 2), null);
    assert.equal(at('"x"', 2), null);
  });

  it("offers hosts of ssh where a target names one", () => {
    const hosts = () => [{ name: "gpu-box", address: "10.0.0.7" }];
    const text = '{ "targets": { "a": { "kind": "ssh", "host": "", "folder": "", "nodes": ["x", ""] } } }';
    const offered = (mark: string, plus: number) => nameCompletionAt(text, text.indexOf(mark) + plus, hosts)?.names;
    assert.deepEqual(offered('"host": "', 9), [{ name: "gpu-box", detail: "10.0.0.7" }]);
    assert.equal(offered('"x", "', 6)?.length, 1);
    assert.equal(offered('"folder": "', 11), undefined);
  });
});

describe("choosing a model for a role", () => {
  const config = parseProject(TEXT);

  it("offers checkpoints to the student alone", () => {
    assert.deepEqual(
      profilesFor(config, "referee").map(({ name }) => name),
      ["ask", "judge", "near"],
    );
    assert.deepEqual(
      profilesFor(config, "student").map(({ name }) => name),
      ["ask", "judge", "near", "own"],
    );
    assert.deepEqual(knownAddresses(config), ["https://api.example.com/v1", "http://127.0.0.1:8000/v1"]);
  });

  it("edits the file with its comments kept, and only where it changes", () => {
    const edits = bindingEdits(TEXT, "referee", "judge");
    assert.equal(edits.length, 1);
    assert.ok((edits[0]?.length ?? 99) < 10, JSON.stringify(edits));
    const after = edited(TEXT, edits);
    assert.equal(parseProject(after).roles.referee, "judge");
    assert.match(after, /\/\/ the paid ones/);
  });

  it("adds a new profile, with a key for an endpoint elsewhere and none for one on this machine", () => {
    const after = edited(
      TEXT,
      bindingEdits(TEXT, "evaluator", "new", endpointProfile("https://api.other.org/v1", "o")),
    );
    const { profiles, roles } = parseProject(after);
    assert.equal(roles.evaluator, "new");
    assert.ok(profiles.new?.kind === "openai" && profiles.new.apiKeyEnv === "OTHER_API_KEY");
    assert.ok(!("apiKeyEnv" in endpointProfile("http://localhost:11434/v1", "llama")));
    const variable = (address: string): unknown =>
      Object.entries(endpointProfile(address, "m")).find(([key]) => key === "apiKeyEnv")?.[1];
    assert.equal(variable("https://10.0.0.7:8000/v1"), "ENDPOINT_API_KEY");
    assert.equal(variable("https://gpu/v1"), "GPU_API_KEY");
  });

  it("refuses what would not be a sound project", () => {
    assert.throws(() => bindingEdits(TEXT, "teacher", "own"), /a checkpoint, which only the student can be/);
    assert.throws(() => bindingEdits(TEXT, "teacher", "nobody"), /does not exist/);
    assert.throws(() => bindingEdits("{", "teacher", "ask"), /lion\.json, line 1, column 2/);
  });

  it("names a profile after its model, and no two alike", () => {
    assert.equal(profileNameFor("meta-llama/Llama-3.1-8B", []), "llama-3.1-8b");
    assert.equal(profileNameFor("m", ["m", "m-2"]), "m-3");
    assert.equal(profileNameFor("$(x) \n", []), "x");
    assert.equal(profileNameFor("///", []), "model");
  });

  it("tells what cannot be an endpoint's address", () => {
    assert.equal(addressFault("https://api.example.com/v1"), null);
    assert.equal(addressFault("api.example.com"), "no-address");
    assert.equal(addressFault("file:///etc/passwd"), "no-address");
    assert.equal(addressFault("https://me:secret@api.example.com/v1"), "credentials");
    assert.equal(addressFault("https://api.example.com/v1?key=1"), "query");
  });
});

describe("the origins that keys belong to", () => {
  it("name the profiles that use them, those that want a key first", () => {
    assert.deepEqual(originUses(parseProject(TEXT)), [
      { origin: "https://api.example.com", profiles: ["ask", "judge"], wantsKey: true },
      { origin: "http://127.0.0.1:8000", profiles: ["near"], wantsKey: false },
    ]);
  });

  it("are reached in private only when encrypted or on this machine", () => {
    for (const origin of ["https://a.example", "http://localhost:1", "http://127.9.0.1", "http://[::1]:8"]) {
      assert.ok(isPrivateWay(origin), origin);
    }
    for (const origin of [
      "http://a.example",
      "http://localhost.example",
      "http://127.0.0.1.example",
      "http://10.0.0.1",
    ]) {
      assert.ok(!isPrivateWay(origin), origin);
    }
  });
});
