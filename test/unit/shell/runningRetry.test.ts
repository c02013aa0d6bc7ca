import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parametersIn,
  profileRows,
  rerateRequest,
  reratingText,
  retryRequest,
  retryResultText,
  retryRows,
} from "../../../src/shell/commands/retryChoices.ts";
import { english } from "./english.ts";

describe("the choices of a retry", () => {
  it("are the roles that failed, with reasons that are one plain line", () => {
    const rows = retryRows(
      [
        { role: "teacher", profile: "t", kind: "cut", reason: "length\n$(bug)", count: 12 },
        { role: "teacher", profile: "t", kind: "failed", reason: "500", count: 3 },
      ],
      english,
    );
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.description, "15 without a usable answer");
    assert.equal(rows[0]?.detail, "12 × cut off: length \\$(bug); 3 × failed: 500");
  });

  it("take parameters as a person types them", () => {
    assert.deepEqual(parametersIn("max_tokens=2048, temperature=0.2 stop=END deep=true"), {
      max_tokens: 2048,
      temperature: 0.2,
      stop: "END",
      deep: true,
    });
    assert.deepEqual(parametersIn("  "), {});
    assert.equal(parametersIn("max_tokens"), null);
    assert.equal(parametersIn("=3"), null);
    assert.deepEqual(parametersIn('x={"a":1}'), { x: '{"a":1}' });
  });

  it("list the profiles that can be asked, the one in use first", () => {
    const rows = profileRows(
      { a: { kind: "openai", model: "m" }, own: { kind: "checkpoint" }, b: { kind: "sandbox", model: "n" } },
      "b",
      english,
    );
    assert.deepEqual(
      rows.map(({ value, description }) => [value, description]),
      [
        ["b", "n · in use"],
        ["a", "m"],
      ],
    );
  });

  it("become the engine's requests", () => {
    assert.deepEqual(retryRequest("teacher", { profile: "p", parameters: {} }), { roles: ["teacher"], profile: "p" });
    assert.deepEqual(rerateRequest(2, "p", " 50 "), { iteration: 2, profile: "p", limit: 50 });
    assert.deepEqual(rerateRequest(2, "p", ""), { iteration: 2, profile: "p" });
  });

  it("end in a sentence about what came of them", () => {
    assert.equal(
      retryResultText({ asked: 15, answered: 12, unchanged: 0, reopened: 0 }, english),
      "12 of 15 have a usable answer now.",
    );
    assert.match(retryResultText({ asked: 0, answered: 0, unchanged: 0, reopened: 0 }, english), /nothing to ask/);
    const summary = { iteration: 1, pairs: 10, scored: 9, toHard: 2, toEasy: 1, meanChange: -0.25, flipRate: 0.2 };
    assert.equal(
      reratingText(summary, english),
      "Iteration 1: 10 pairs rated again, 9 scored; 2 would turn hard, 1 easy; mean gap -0.25; flip rate 20%.",
    );
  });
});
