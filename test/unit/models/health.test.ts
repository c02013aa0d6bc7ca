import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EndpointHealth } from "../../../src/core/models/health.ts";

describe("EndpointHealth", () => {
  it("blames the questions when an answer comes, the endpoint when none does", () => {
    const health = new EndpointHealth();
    const closed: number[] = [];
    assert.equal(
      health.exhausted(() => closed.push(1)),
      false,
    );
    assert.equal(
      health.exhausted(() => closed.push(2)),
      false,
    );
    health.answered("a");
    assert.deepEqual(closed, [1, 2]);
    assert.equal(
      health.exhausted(() => closed.push(3)),
      false,
    );
    assert.equal(
      health.exhausted(() => closed.push(4)),
      false,
    );
    assert.equal(
      health.exhausted(() => closed.push(5)),
      true,
    );
    health.answered("a");
    assert.deepEqual(closed, [1, 2], "an outage closes no question");
  });

  it("blames a profile that has nothing but refusals", () => {
    const health = new EndpointHealth();
    const refusals = Array.from({ length: 10 }, () => health.refused("a"));
    assert.deepEqual(refusals, [...Array(9).fill(false), true]);
    health.answered("a");
    assert.equal(health.refused("a"), false);
    assert.equal(health.refused("b"), false);
  });
});
