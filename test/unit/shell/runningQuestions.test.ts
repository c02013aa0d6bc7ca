import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AllowanceState } from "../../../src/core/loop/allowance.ts";
import type { Estimate } from "../../../src/core/loop/estimate.ts";
import {
  allowanceQuestion,
  hasRoom,
  isPaid,
  moneyIn,
  requestsIn,
  suggestedAllowance,
  typedMoney,
} from "../../../src/shell/commands/allowanceQuestion.ts";
import { approvalQuestion, type OpenApproval } from "../../../src/shell/commands/approvalText.ts";
import { costText, estimateText } from "../../../src/shell/commands/estimateText.ts";
import { smallConfig } from "../store/support.ts";
import { english } from "./english.ts";

const none = { low: 0, high: 0 };

const ESTIMATE: Estimate = {
  iteration: 2,
  stages: ["discrimination", "generation"],
  roles: [
    {
      role: "referee",
      profile: "judge\u202e",
      kind: "openai",
      requests: { low: 600, high: 1250 },
      inputTokens: { low: 1000, high: 2000 },
      outputTokens: { low: 10, high: 10 },
      cost: { low: 200_000, high: 430_000 },
      currency: "USD",
      basis: "measured",
    },
    {
      role: "student",
      profile: "own",
      kind: "checkpoint",
      requests: { low: 300, high: 600 },
      inputTokens: none,
      outputTokens: none,
      cost: null,
      currency: null,
      basis: "assumed",
    },
  ],
  requests: { low: 600, high: 1250 },
  costs: [{ currency: "USD", low: 200_000, high: 430_000 }],
  unpriced: [],
  basis: "assumed",
  assumptions: ["A third of the pairs is hard."],
  used: { calls: 40, costs: [{ currency: "USD", cost: 10_000 }] },
  suggestion: { calls: 1300, cost: { currency: "USD", cost: 450_000 } },
};
const FRESH: AllowanceState = { iteration: 2, allowed: null, used: { calls: 0, costs: [] } };

describe("whether an iteration needs an allowance", () => {
  const free = smallConfig();
  const priced = smallConfig({
    profiles: {
      any: { kind: "sandbox", model: "oracle-teacher", prices: { inputPerMillion: 1, outputPerMillion: 1 } },
      far: { kind: "openai", baseUrl: "https://api.example/v1", model: "m" },
    },
  });

  it("asks where another's endpoint or a price is among the roles", () => {
    assert.equal(isPaid(free, Object.values(free.roles)), false);
    assert.equal(isPaid(priced, ["any"]), true);
    assert.equal(isPaid(priced, ["far"]), true);
    assert.equal(isPaid(priced, [undefined, "unknown"]), false);
  });

  it("does not ask again while there is room", () => {
    const allowed = { calls: 10, cost: 1000, currency: "USD" };
    const used = (calls: number, cost: number, currency = "USD"): AllowanceState => ({
      iteration: 2,
      allowed,
      used: { calls, costs: [{ currency, cost }] },
    });
    assert.equal(hasRoom(FRESH), false);
    assert.equal(hasRoom(used(9, 999)), true);
    assert.equal(hasRoom(used(10, 0)), false);
    assert.equal(hasRoom(used(0, 1000)), false);
    assert.equal(hasRoom(used(0, 1000, "EUR")), true);
    assert.equal(hasRoom({ ...FRESH, allowed: { calls: null, cost: null, currency: null } }), true);
  });
});

describe("the question about money", () => {
  it("shows what it takes, what is allowed and what happens beyond", () => {
    const allowance = suggestedAllowance(ESTIMATE);
    const question = allowanceQuestion(ESTIMATE, FRESH, { allowance, following: 0 }, english);
    assert.equal(question.message, "Run iteration 2?");
    assert.match(question.detail, /600–1,250 requests, 0\.20–0\.43 USD/);
    assert.match(question.detail, /Allowed in all: 1,300 requests, 0\.45 USD\. Beyond that the stage pauses/);
  });

  it("becomes one about more when something was allowed", () => {
    const allowance = { calls: 2000, cost: null, currency: null };
    const state: AllowanceState = {
      ...FRESH,
      allowed: { calls: 100, cost: null, currency: null },
      used: ESTIMATE.used,
    };
    const question = allowanceQuestion(ESTIMATE, state, { allowance, following: 2 }, english);
    assert.equal(question.message, "Raise the allowance of iteration 2?");
    assert.match(question.detail, /Used so far: 40 requests, 0\.01 USD/);
    assert.match(question.detail, /Allowed so far: 100 requests\./);
    assert.match(question.detail, /each of the 2 iterations/);
  });

  it("says when a price is unknown", () => {
    assert.equal(costText({ costs: [], unpriced: ["gpt"] }, english), "price unknown (gpt)");
    assert.equal(costText({ costs: [], unpriced: [] }, english), null);
  });

  it("understands what a person types", () => {
    assert.equal(requestsIn("1,300"), 1300);
    assert.equal(requestsIn(" "), null);
    assert.equal(requestsIn("-3"), undefined);
    assert.equal(requestsIn("many"), undefined);
    assert.equal(moneyIn("2.50"), 2_500_000);
    assert.equal(moneyIn("0.45 USD"), 450_000);
    assert.equal(moneyIn(""), null);
    assert.equal(moneyIn("1e9"), undefined);
    assert.equal(moneyIn("-1"), undefined);
    assert.equal(typedMoney(450_000), "0.45");
  });
});

describe("the estimate as a text", () => {
  const text = estimateText("Demo\nproject", ESTIMATE, english);

  it("is a table by role with totals and assumptions", () => {
    assert.match(text, /^Estimate for iteration 2 of Demo project\n/);
    assert.match(text, /Referee +judge +600–1,250 +1,000–2,000 +10 +0\.20–0\.43 USD +measured/);
    assert.match(text, /Student +own +300–600 by a job +0 +0 +free +assumed/);
    assert.match(text, /- A third of the pairs is hard\./);
    assert.ok(!text.includes("\u202e"));
  });

  it("says when nothing is left", () => {
    assert.match(estimateText("x", { ...ESTIMATE, stages: [] }, english), /Nothing is left to ask/);
  });
});

describe("the question before an approval is finished", () => {
  const approval: OpenApproval = {
    iteration: 2,
    waiting: 5,
    approved: 80,
    refused: 3,
    byHalf: { hard: 50, easy: 28, imported: 2 },
    wanted: 100,
    hardToEasy: [1, 1],
  };

  it("shows counts, the ratio, what is missing and what topping up takes", () => {
    const { detail, toTopUp } = approvalQuestion(approval, "70–240 requests", english);
    assert.match(detail, /80 approved: 50 written from hard and 28 from easy instructions \(64\.1% hard, 50% wanted\)/);
    assert.match(detail, /20 fewer than the 100 wanted/);
    assert.match(detail, /Topping up takes 70–240 requests/);
    assert.equal(toTopUp, 15);
  });

  it("offers no top-up where those that wait would be enough", () => {
    const { toTopUp, detail } = approvalQuestion({ ...approval, waiting: 20 }, "x", english);
    assert.equal(toTopUp, 0);
    assert.ok(!detail.includes("Topping up"));
  });

  it("says when nothing is missing", () => {
    assert.match(approvalQuestion({ ...approval, wanted: 80 }, null, english).detail, /all of the 80 wanted/);
  });
});
