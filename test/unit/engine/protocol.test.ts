import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readClientMessage } from "../../../src/protocol/engine.ts";

const read = (value: unknown): unknown => readClientMessage(JSON.stringify(value));

describe("what a client says", () => {
  it("is read when it is a message of the protocol", () => {
    const messages = [
      { tag: "hello", protocol: 7, token: "t" },
      { tag: "keys", id: 1, keys: { "https://a": "k" } },
      { tag: "run", id: 1, request: {} },
      {
        tag: "run",
        id: 2,
        request: {
          only: "imitation",
          iterations: 3,
          approval: "auto",
          unattended: true,
          notify: { program: "notify-send", args: ["done"] },
          allowance: { calls: null, cost: 1.5 },
        },
      },
      { tag: "pause", id: 3 },
      { tag: "unattended", id: 4, value: false },
      { tag: "retry", id: 5, request: { profile: "p", parameters: { max_tokens: 9 }, roles: ["teacher"] } },
      { tag: "rerate", id: 6, request: { iteration: 1, limit: 10 } },
      { tag: "train", id: 7, output: "/somewhere" },
      { tag: "ask", id: 8, request: { instructionIds: [1, 2], purpose: "again", actor: "ann" } },
    ];
    for (const message of messages) {
      assert.deepEqual(read(message), message);
    }
  });

  it("is nothing when a member is missing, wrong, or not of the protocol", () => {
    const wrong = [
      null,
      [],
      "pause",
      {},
      { tag: "toString" },
      { tag: "__proto__", id: 1 },
      { tag: "pause" },
      { tag: "pause", id: -1 },
      { tag: "pause", id: 1, more: true },
      { tag: "hello", protocol: "1", token: "t" },
      { tag: "keys", id: 1, keys: ["k"] },
      { tag: "keys", id: 1, keys: { a: 1 } },
      { tag: "run", id: 1 },
      { tag: "run", id: 1, request: { only: "everything" } },
      { tag: "run", id: 1, request: { iterations: 1.5 } },
      { tag: "run", id: 1, request: { notify: { program: "sh", args: [1] } } },
      { tag: "run", id: 1, request: { allowance: { calls: 1 } } },
      { tag: "run", id: 1, request: { approval: null } },
      { tag: "retry", id: 1, request: { roles: ["evaluator"] } },
      { tag: "unattended", id: 1, value: 1 },
      { tag: "ask", id: 1, request: { instructionIds: [0.5], purpose: "ahead" } },
      { tag: "ask", id: 1, request: { instructionIds: [1], purpose: "behind" } },
    ];
    for (const value of wrong) {
      assert.equal(read(value), null, JSON.stringify(value));
    }
    assert.equal(readClientMessage(""), null);
    assert.equal(readClientMessage('{"tag":"pause","id":1'), null);
  });

  it("never makes the reader throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"tag":"run","id":1,"request":${json}}`),
        ),
        (line) => {
          readClientMessage(line);
        },
      ),
    );
  });
});
