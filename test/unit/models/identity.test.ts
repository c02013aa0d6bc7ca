import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type RequestIdentity, requestKey, samplingSeed } from "../../../src/core/models/identity.ts";

const base: RequestIdentity = {
  role: "teacher",
  profile: "t",
  model: "m",
  messages: [{ role: "user", content: "hello" }],
  parameters: { temperature: 0.7, max_tokens: 5 },
  promptVersion: "plain/1",
  draw: 0,
};

describe("a request's identity", () => {
  it("does not depend on the order of the parameters or on members that are none of it", () => {
    const other = { ...base, parameters: { max_tokens: 5, temperature: 0.7 }, iteration: 4, instructionId: 9 };
    assert.equal(requestKey(other), requestKey(base));
    assert.match(requestKey(base), /^[0-9a-f]{64}$/);
  });

  it("depends on everything that it is made of", () => {
    const changes: Array<Partial<RequestIdentity>> = [
      { role: "student" },
      { profile: "u" },
      { model: "n" },
      { messages: [{ role: "system", content: "hello" }] },
      { messages: [{ role: "user", content: "hello " }] },
      { messages: [...base.messages, ...base.messages] },
      { parameters: { temperature: 0.7 } },
      { parameters: { temperature: 0.7, max_tokens: "5" } },
      { promptVersion: "plain/2" },
      { draw: 1 },
    ];
    const keys = new Set([base, ...changes.map((change) => ({ ...base, ...change }))].map(requestKey));
    assert.equal(keys.size, changes.length + 1);
  });

  it("gives a seed that fits an endpoint's integer, the same each time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (draw) => {
        const seed = samplingSeed(requestKey({ ...base, draw }));
        assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31);
        assert.equal(seed, samplingSeed(requestKey({ ...base, draw })));
      }),
    );
  });
});
