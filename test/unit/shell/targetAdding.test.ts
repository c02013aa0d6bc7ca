import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { edited } from "../../../src/core/project/edit.ts";
import { parseProject } from "../../../src/core/project/project.ts";
import { hostFault, isRemoteFolder, targetEdits, targetNameFor } from "../../../src/shell/config/targetAdding.ts";

const TEXT = `{
  "name": "x", // mine
  "profiles": {
    "ask": { "kind": "sandbox", "model": "oracle-teacher" },
    "own": { "kind": "checkpoint", "base": { "weights": "w" } }
  },
  "roles": { "teacher": "ask", "student": "own", "referee": "ask", "generator": "ask" },
  "sandbox": { "mind": "oracle" }
}
`;
const TARGET = { kind: "ssh", host: "gpu-box", folder: "~/.lion" } as const;

describe("a target that is added", () => {
  it("keeps comments, and the machine itself as a target where none was named", () => {
    const after = edited(TEXT, targetEdits(TEXT, "gpu-box", TARGET));
    assert.match(after, /\/\/ mine/);
    const config = parseProject(after);
    assert.deepEqual(Object.keys(config.targets), ["local", "gpu-box"]);
    assert.equal(config.targets["gpu-box"]?.kind, "ssh");
  });

  it("can become the student's, and leaves other targets alone", () => {
    const first = edited(TEXT, targetEdits(TEXT, "gpu-box", TARGET, "own"));
    const second = edited(first, targetEdits(first, "other", { kind: "slurm", sbatch: ["--partition=gpu"] }));
    const config = parseProject(second);
    assert.deepEqual(Object.keys(config.targets), ["local", "gpu-box", "other"]);
    const { own } = config.profiles;
    assert.ok(own?.kind === "checkpoint" && own.target === "gpu-box");
  });

  it("changes nothing in a broken file, and no host that begins like an option gets into one", () => {
    assert.throws(() => targetEdits(TEXT.replace("{", ""), "a", TARGET), /lion\.json|comma|missing|end/);
    assert.throws(() => targetEdits(TEXT, "a", { kind: "ssh", host: "-oProxyCommand=x" }), /host/);
  });
});

describe("what is typed for a target", () => {
  it("is a host that ssh takes for a host", () => {
    assert.equal(hostFault("me@gpu-box"), null);
    assert.equal(hostFault(""), "empty");
    assert.equal(hostFault("-oProxyCommand=touch"), "option");
    assert.equal(hostFault("a b"), "blank");
  });

  it("is a folder from the root or the home there", () => {
    assert.ok(["/data/lion", "~/.lion", "~", "/a b/$(c)"].every(isRemoteFolder));
    assert.ok(!["", "lion", "../x", "~other/x", "/a\nb"].some(isRemoteFolder));
  });

  it("gets a name from its host that nothing else has", () => {
    assert.equal(targetNameFor("me@gpu-1.example.org", []), "gpu-1");
    assert.equal(targetNameFor("gpu-1", ["gpu-1", "gpu-1-2"]), "gpu-1-3");
    assert.equal(targetNameFor("10.0.0.7", []), "10.0.0.7");
    assert.equal(targetNameFor("user@[::1]", []), "1");
  });
});
