import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { pathHash } from "../../../src/core/training/pathHash.ts";
import { hasWeights, weightFiles, weightsHashHere } from "../../../src/core/training/weights.ts";
import { temporaryFolder } from "./support.ts";

function sharded(folder: string, names: readonly string[]): void {
  const map = Object.fromEntries(names.map((name, index) => [`tensor.${index}`, name]));
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
}

test("a folder's hash is what sha256sum, sort and sha256sum make of it", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "b", "deep er"), { recursive: true });
  for (const [name, text] of [
    ["Z", "1"],
    ["a", "2"],
    ["b/ü", "3"],
    ["b/deep er/x", ""],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }
  const script = "find . -type f | sed 's|^\\./||' | tr '\\n' '\\0' | xargs -0 sha256sum | LC_ALL=C sort | sha256sum";
  const said = execFileSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
  assert.equal(await pathHash(folder), said.split(" ")[0]);
  assert.equal(await pathHash(join(folder, "a")), sha256("2"));
  assert.equal(await pathHash(join(folder, "none")), null);
});

test("weights are one file or the shards that the index names, and none counts while one is missing", async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(hasWeights(folder), false);
  assert.equal(await weightsHashHere(folder), null);
  writeFileSync(join(folder, "model.safetensors"), "w");
  assert.equal(await weightsHashHere(folder), sha256("w"));
  const shards = ["model-00002-of-00002.safetensors", "model-00001-of-00002.safetensors"];
  sharded(folder, [...shards, ...shards]);
  assert.deepEqual(weightFiles(folder), shards.toReversed());
  writeFileSync(join(folder, shards[0] as string), "2");
  assert.equal(hasWeights(folder), false);
  writeFileSync(join(folder, shards[1] as string), "1");
  assert.equal(hasWeights(folder), true);
  const lines = [`${sha256("1")}  ${shards[1]}\n`, `${sha256("2")}  ${shards[0]}\n`].sort();
  assert.equal(await weightsHashHere(folder), sha256(lines.join("")));
});

test("an index that names something else than files of the folder is refused", (t) => {
  const folder = temporaryFolder(t);
  for (const names of [["../../secret.safetensors"], ["a/b.safetensors"], ["run.sh"], []]) {
    sharded(folder, names);
    assert.throws(
      () => weightFiles(folder),
      (error) => error instanceof LionError && /does not say which files hold the weights/.test(error.message),
    );
  }
});
