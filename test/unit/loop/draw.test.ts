import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Draw, drawOrder, type Outcome, seedAt } from "../../../src/core/loop/draw.ts";

const outcome = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -9, max: 9, noNaN: true }).map((gap): Outcome => ({ gap })) },
  { weight: 1, arbitrary: fc.constantFrom<Outcome>("unscored", "none") },
);

describe("drawOrder", () => {
  it("is a permutation that other members do not disturb", () => {
    const ids = Array.from({ length: 200 }, (_, i) => i + 1);
    const order = drawOrder(7, 2, ids);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      ids,
    );
    const fewer = ids.filter((id) => id % 3 !== 0);
    assert.deepEqual(
      drawOrder(7, 2, fewer),
      order.filter((id) => id % 3 !== 0),
    );
  });

  it("differs between iterations and between seeds", () => {
    const ids = Array.from({ length: 50 }, (_, i) => i);
    assert.notDeepEqual(drawOrder(1, 1, ids), drawOrder(1, 2, ids));
    assert.notDeepEqual(drawOrder(1, 1, ids), drawOrder(2, 1, ids));
  });
});

describe("Draw", () => {
  it("stops at the shortest prefix with the wanted numbers, or at maxRated, or at the end", () => {
    fc.assert(
      fc.property(
        fc.array(outcome, { minLength: 1, maxLength: 80 }),
        fc.record({ hard: fc.nat(12), easy: fc.nat(12), maxRated: fc.integer({ min: 1, max: 60 }) }),
        (outcomes, limits) => {
          const draw = new Draw(
            outcomes.map((_, i) => i),
            { mode: "lazy", tau: 1, ...limits },
          );
          let hard = 0;
          let easy = 0;
          let rated = 0;
          let visited = 0;
          for (const item of outcomes) {
            if ((hard >= limits.hard && easy >= limits.easy) || rated >= limits.maxRated) {
              break;
            }
            visited++;
            if (item !== "none") {
              rated++;
            }
            if (typeof item === "object") {
              item.gap >= 1 ? hard++ : easy++;
            }
            draw.apply(item);
          }
          assert.equal(draw.done, true);
          assert.deepEqual(draw.counts, { visited, rated, hard, easy, unscored: rated - hard - easy });
        },
      ),
    );
  });

  it("rates everything in full mode", () => {
    const draw = new Draw([1, 2, 3], { mode: "full", hard: 1, easy: 1, maxRated: 1, tau: 1 });
    draw.apply({ gap: 3 });
    draw.apply({ gap: 0 });
    assert.equal(draw.done, false);
    assert.equal(draw.remaining(), 1);
    draw.apply("unscored");
    assert.equal(draw.done, true);
  });

  it("foresees at least one and never more than what is left", () => {
    const draw = new Draw(
      Array.from({ length: 30 }, (_, i) => i),
      { mode: "lazy", hard: 10, easy: 10, maxRated: 25, tau: 1 },
    );
    for (let i = 0; i < 25; i++) {
      assert.ok(draw.remaining() >= 1 && draw.remaining() <= 25 - i);
      draw.apply({ gap: 0 });
    }
    assert.equal(draw.remaining(), 0);
    assert.throws(() => draw.apply({ gap: 0 }), /ended/);
  });
});

describe("seedAt", () => {
  it("uses the seeds in order, then all of them again in another order", () => {
    const seeds = Array.from({ length: 40 }, (_, i) => i + 100);
    const cycles = [0, 1, 2].map((cycle) => seeds.map((_, i) => seedAt(seeds, cycle * 40 + i, "s")));
    assert.deepEqual(
      cycles[0]?.map(({ id }) => id),
      seeds,
    );
    for (const [number, cycle] of cycles.entries()) {
      assert.ok(cycle.every((seed) => seed.cycle === number));
      assert.deepEqual(
        cycle.map(({ id }) => id).sort((a, b) => a - b),
        seeds,
      );
    }
    assert.notDeepEqual(cycles[1], cycles[2]);
  });
});
