import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { estimateFrom } from "../../../src/core/loop/estimateArithmetic.ts";
import type { AskedRole, CallFacts, DiscriminationFacts, EstimateFacts } from "../../../src/core/loop/estimateFacts.ts";
import { portion, shareOf, until } from "../../../src/core/loop/range.ts";

const NOBODY = { hits: 0, count: 0 };
const MANY = { hits: 0, count: 100_000 };
const PRICES = { inputPerMillion: 1, outputPerMillion: 2, currency: "USD" };

/** A role that was asked a thousand times: 10 tokens in and 20 out each time, nothing ever failed. */
function measured(role: AskedRole, changes: Partial<CallFacts> = {}): CallFacts {
  return {
    role,
    profile: role,
    kind: "openai",
    prices: PRICES,
    outputLimit: 100,
    measured: { calls: 1000, input: { mean: 10, deviation: 0 }, output: { mean: 20, deviation: 0 } },
    incomplete: MANY,
    failed: MANY,
    frame: 0,
    ...changes,
  };
}

/** A role that was never asked. */
function unknown(role: AskedRole, changes: Partial<CallFacts> = {}): CallFacts {
  const nothing = { mean: 0, deviation: 0 };
  return measured(role, {
    measured: { calls: 0, input: nothing, output: nothing },
    incomplete: NOBODY,
    failed: NOBODY,
    ...changes,
  });
}

/** A Train pool of which nothing is answered, looked at as a whole. */
function asked(size: number): EstimateFacts["train"] {
  return { size, open: { hits: size, count: size }, different: size };
}

function facts(changes: Partial<EstimateFacts> = {}, call: typeof measured = measured): EstimateFacts {
  return {
    iteration: 2,
    stages: ["imitation", "discrimination", "generation"],
    calls: {
      teacher: call("teacher"),
      student: call("student"),
      referee: call("referee"),
      generator: call("generator"),
    },
    window: 0,
    train: asked(0),
    evaluation: 0,
    discrimination: null,
    generation: null,
    lengths: { instruction: 300, teacher: null },
    used: { calls: 7, costs: [{ currency: "USD", cost: 1000 }] },
    ...changes,
  };
}

function pairs(changes: Partial<DiscriminationFacts> = {}): DiscriminationFacts {
  return {
    ...{ sampled: 100, complete: true, instructionLength: 300, teacherLength: 600 },
    teacherOpen: { hits: 0, count: 100 },
    studentOpen: { hits: 100, count: 100 },
    pairOpen: { hits: 100, count: 100 },
    mode: "full",
    orders: 2,
    wordings: 2,
    cache: 100,
    rated: 0,
    maxRated: 10_000,
    missing: { hard: 10, easy: 10 },
    hard: { iteration: 2, hits: 5000, count: 10_000 },
    unscored: MANY,
    unparsed: MANY,
    replies: { hits: 100_000, count: 100_000 },
    panel: 0,
    ...changes,
  };
}

describe("ranges", () => {
  it("say how many are looked at until enough of a share are found", () => {
    assert.deepEqual(until(0, 0.5), { low: 0, high: 0 });
    assert.deepEqual(until(3, 1), { low: 3, high: 3 });
    assert.equal(until(1, 0).high, Number.POSITIVE_INFINITY);
    // Negative binomial: mean 10 / 0.5, standard deviation √(10 × 0.5) / 0.5 = 4.472.
    const { low, high } = until(10, 0.5);
    assert.equal(low.toFixed(2), "11.06");
    assert.equal(high.toFixed(2), "28.94");
  });

  it("say how many of some belong to a share", () => {
    // Binomial: 100 × 0.2, standard deviation √16 = 4.
    assert.deepEqual(portion({ low: 100, high: 100 }, { low: 0.2, high: 0.2 }), { low: 12, high: 28 });
    assert.deepEqual(portion({ low: 5, high: 9 }, { low: 1, high: 1 }), { low: 5, high: 9 });
    assert.deepEqual(shareOf(1, 4, true), { low: 0.25, high: 0.25 });
    assert.deepEqual(shareOf(0, 0), { low: 0, high: 1 });
  });
});

describe("estimateFrom", () => {
  it("multiplies what is open by what a call has cost so far, give or take a tenth", () => {
    const { roles, requests, costs, basis, assumptions } = estimateFrom(facts({ train: asked(1000) }));
    const [teacher] = roles;
    // Of 100,000 requests none failed; the 95 % bound of that is 4 in 100,000.
    assert.deepEqual(teacher?.requests, { low: 1000, high: 1001 });
    assert.deepEqual(teacher?.inputTokens, { low: 9000, high: 11_000 });
    assert.deepEqual(teacher?.outputTokens, { low: 18_000, high: 22_000 });
    assert.deepEqual(teacher?.cost, { low: 9000 + 2 * 18_000, high: 11_000 + 2 * 22_000 });
    assert.deepEqual(requests, { low: 1000, high: 1001 });
    assert.deepEqual(costs, [{ currency: "USD", low: 45_000, high: 55_000 }]);
    assert.equal(basis, "measured");
    assert.deepEqual(assumptions, []);
  });

  it("asks the teacher once for equal texts, and takes a sample's share for a large pool", () => {
    const teacher = (train: EstimateFacts["train"]) => estimateFrom(facts({ train })).roles[0]?.requests;
    assert.deepEqual(teacher({ size: 10, open: { hits: 8, count: 10 }, different: 5 }), { low: 5, high: 6 });
    // Half of 3,000 looked at: 50 ± 1.8 points of 60,000, ± 2 × √(60,000 × 0.25).
    const { low, high } = teacher({ size: 60_000, open: { hits: 1500, count: 3000 }, different: 1500 }) ?? {
      low: 0,
      high: 0,
    };
    assert.ok(
      Math.abs(low - (60_000 * 0.4821 - 245)) < 10 && Math.abs(high - (60_000 * 0.5179 + 245)) < 12,
      `${low} ${high}`,
    );
  });

  it("suggests an allowance: what is used, the high ends, and room for one worst case", () => {
    const { suggestion } = estimateFrom(facts({ train: asked(1000) }));
    assert.equal(suggestion.calls, 7 + 1001);
    const worst = Math.ceil((8 * 11_000) / 1001 + 2 * 100);
    assert.deepEqual(suggestion.cost, { currency: "USD", cost: 1000 + 55_000 + worst });
    const unlimited = facts({ train: asked(1000) });
    const calls = { ...unlimited.calls, teacher: measured("teacher", { outputLimit: null }) };
    assert.equal(estimateFrom({ ...unlimited, calls }).suggestion.cost, null, "a money bound could not be held");
  });

  it("rates a full Cache in both orders, and what has answers and ratings already costs nothing", () => {
    const { roles } = estimateFrom(facts({ discrimination: pairs() }));
    const of = (role: string) => roles.find((one) => one.role === role)?.requests;
    assert.deepEqual(of("teacher"), { low: 0, high: 0 });
    assert.deepEqual(of("student"), { low: 100, high: 101 });
    // 200 ratings; a better student may make up to a fifth of the requests equal ones.
    assert.deepEqual(of("referee"), { low: 159, high: 201 });
    const stored = estimateFrom(facts({ discrimination: pairs({ studentOpen: MANY, pairOpen: MANY }) }));
    assert.deepEqual(stored.requests, { low: 0, high: 0 });
  });

  it("draws until both halves are full, no further than the limits", () => {
    const lazy = pairs({ mode: "lazy", cache: 10_000, complete: false });
    const student = (changes: Partial<DiscriminationFacts>) =>
      estimateFrom(facts({ discrimination: { ...lazy, ...changes }, window: 4 })).roles[1]?.requests;
    // Ten of each at a share of a half: 11.06 to 28.94 (above), 4 more asked ahead, the share known to one point.
    const range = student({});
    assert.ok(range && range.low === 11 && range.high >= 33 && range.high <= 35, JSON.stringify(range));
    assert.deepEqual(student({ missing: { hard: 0, easy: 0 } }), { low: 0, high: 0 });
    assert.deepEqual(student({ missing: { hard: 500, easy: 500 }, maxRated: 300, rated: 100 }), {
      low: 200,
      high: 201,
    });
  });

  it("counts an instruction that is in the panel and in the draw once", () => {
    const { roles } = estimateFrom(facts({ discrimination: pairs({ panel: 50 }) }));
    // The draw visits all 100, the panel's 50 among them; which half overlaps is certain only on average.
    const student = roles[1]?.requests;
    assert.ok(student && student.low <= 100 && student.high >= 100 && student.high < 120, JSON.stringify(student));
  });

  it("generates until enough pass the filters, no further than the allowance of requests", () => {
    const generator = (changes: object) =>
      estimateFrom(
        facts({
          generation: { missing: 10, passed: { hits: 50_000, count: 100_000 }, seeded: NOBODY, most: 40, ...changes },
        }),
      ).roles[3]?.requests;
    assert.deepEqual(generator({}), { low: 11, high: 30 });
    assert.deepEqual(generator({ most: 20 }), { low: 11, high: 21 });
    assert.deepEqual(generator({ missing: 0 }), { low: 0, high: 0 });
    assert.deepEqual(generator({ seeded: { hits: 5, count: 5 } }), { low: 0, high: 30 }, "all may be stored already");
  });

  it("states what it assumes where nothing was measured, and takes no more than a reply may have", () => {
    const generation = { missing: 10, passed: NOBODY, seeded: NOBODY, most: 40 };
    const nothing = { hard: { iteration: 0, ...NOBODY }, unscored: NOBODY, unparsed: NOBODY, replies: NOBODY };
    const estimate = estimateFrom(
      facts({ train: asked(10), discrimination: pairs({ mode: "lazy", ...nothing }), generation }, unknown),
    );
    assert.equal(estimate.basis, "assumed");
    assert.ok(estimate.roles.every(({ basis }) => basis === "assumed"));
    for (const pattern of [
      /between 15 and 60 of 100 are taken to be hard/,
      /pass the filters/,
      /teacher's tokens are guessed/,
    ]) {
      assert.ok(
        estimate.assumptions.some((sentence) => pattern.test(sentence)),
        String(pattern),
      );
    }
    const [teacher] = estimate.roles;
    assert.ok(teacher && teacher.outputTokens.high === 10 * 100, "max_tokens is 100");
  });

  it("says that the last iteration's share of hard ones is taken for this one", () => {
    const hard = { iteration: 1, hits: 380, count: 1000 };
    const { assumptions } = estimateFrom(facts({ discrimination: pairs({ mode: "lazy", hard }) }));
    assert.match(assumptions.join(), /near that of iteration 1, 38 of 100/);
  });

  it("knows what is free, what has no price, and what is no request", () => {
    const calls = {
      teacher: measured("teacher", { prices: null }),
      student: measured("student", { kind: "checkpoint", prices: null }),
      referee: measured("referee", { kind: "sandbox", prices: null }),
      generator: measured("generator"),
    };
    const estimate = estimateFrom(facts({ calls, train: asked(10), discrimination: pairs() }));
    const [teacher, student, referee] = estimate.roles;
    assert.deepEqual([teacher?.cost, estimate.unpriced], [null, ["teacher"]]);
    assert.match(estimate.assumptions.join(), /price of profile "teacher" is unknown/);
    assert.deepEqual(
      [student?.cost, referee?.cost],
      [
        { low: 0, high: 0 },
        { low: 0, high: 0 },
      ],
    );
    assert.ok(student && student.requests.low === 100);
    assert.equal(estimate.requests.low, (teacher?.requests.low ?? 0) + (referee?.requests.low ?? 0));
    assert.deepEqual(estimate.costs, []);
  });
});
