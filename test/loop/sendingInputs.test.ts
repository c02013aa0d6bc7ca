import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LocalTransport } from "../../src/core/training/localTransport.ts";
import { pathHash } from "../../src/core/training/pathHash.ts";
import type { Parcel } from "../../src/core/training/remote/inputs.ts";
import { parcelOf } from "../../src/core/training/remote/parcels.ts";
import { RemoteFolder } from "../../src/core/training/remote/remoteFolder.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

async function parcel(path: string): Promise<Parcel> {
  const found = await parcelOf(path);
  assert.ok(found);
  return found;
}

test("several who send the same at once all find it whole", async (t) => {
  const here = temporaryFolder(t);
  const there = join(temporaryFolder(t), "there");
  for (let round = 0; round < 4; round++) {
    const source = join(here, String(round));
    mkdirSync(source);
    for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
      writeFileSync(join(source, name), `${name} ${round} `.repeat(50_000));
    }
    const weights = await parcel(source);
    const places = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const inputs = await new RemoteFolder(new LocalTransport(process.env), there).inputs();
        await inputs.send([weights]);
        return inputs.pathOf(weights);
      }),
    );
    for (const place of places) {
      assert.equal(await pathHash(place), weights.hash);
      assert.deepEqual(readdirSync(place).sort(), readdirSync(source).sort());
    }
  }
  assert.deepEqual(readdirSync(join(there, "in", ".part")), []);
});

test("what changes while it is sent is not made known", async (t) => {
  const here = temporaryFolder(t);
  const there = join(temporaryFolder(t), "there");
  writeFileSync(join(here, "model.safetensors"), "weights");
  const weights = await parcel(here);
  writeFileSync(join(here, "model.safetensors"), "changed");
  const inputs = await new RemoteFolder(new LocalTransport(process.env), there).inputs();
  await assert.rejects(inputs.send([weights]), /^LionError: model.safetensors did not arrive on .* as it was sent/);
  assert.deepEqual(readdirSync(join(there, "in")), [".part"]);
});
