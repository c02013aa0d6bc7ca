import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CurveQuery, curvePoints } from "../../../src/core/browse/curvePoints.ts";
import { TrainingCurve } from "../../../src/core/browse/trainingCurve.ts";
import { LARGEST_MESSAGE } from "../../../src/protocol/messages.ts";

const WHOLE: CurveQuery = { axis: "step", from: null, to: null, smoothing: 0 };

function curveOf(lines: ReadonlyArray<Readonly<Record<string, unknown>>>): TrainingCurve {
  const curve = new TrainingCurve();
  for (const line of lines) {
    curve.add(line);
  }
  return curve;
}

/** Steps from one to another, each with its number as loss unless told otherwise. */
function steps(from: number, to: number, loss = (step: number): number => step): Array<Record<string, unknown>> {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const step = from + index;
    return {
      step,
      steps: to,
      loss: loss(step),
      lr: 1e-5,
      grad_norm: 1,
      tokens: 100,
      tokens_per_s: 50,
      time: 1000 + step,
    };
  });
}

describe("a training's curve", () => {
  it("has a value for each step, and none where a line lacks it", () => {
    const curve = curveOf([
      { step: 1, loss: 2, held_out_loss: 3 },
      { step: 2, loss: 1.5 },
      { step: 3, loss: null },
    ]);
    const { x, values } = curvePoints(curve, WHOLE);
    assert.deepEqual(x, [1, 2, 3]);
    assert.deepEqual(values.loss, [2, 1.5, null]);
    assert.deepEqual(values.heldOut, [3, null, null]);
    assert.deepEqual(values.rate, [null, null, null]);
  });

  it("takes no line that is none: without a step, with one that is no number", () => {
    assert.equal(curveOf([{}, { step: "1" }, { step: Number.NaN }, { loss: 1 }]).length, 0);
  });

  it("shows a step that was repeated after a resume once, as it was the second time", () => {
    const curve = curveOf(steps(1, 10));
    curve.beginAttempt();
    for (const line of steps(8, 12, (step) => step + 100)) {
      curve.add(line);
    }
    const { x, values } = curvePoints(curve, WHOLE);
    assert.deepEqual(x, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.deepEqual(values.loss.slice(5), [6, 7, 108, 109, 110, 111, 112]);
    assert.deepEqual(curve.resumed, [8]);
    assert.deepEqual(curve.ends("loss"), { first: 1, last: 112 });
  });

  it("is begun anew by an attempt that begins anew", () => {
    const curve = curveOf(steps(1, 10));
    curve.beginAttempt();
    curve.add({ step: 1, loss: 9 });
    assert.equal(curve.length, 1);
    assert.deepEqual(curve.resumed, []);
  });

  it("changes its version with every line, also when steps are taken back", () => {
    const curve = curveOf(steps(1, 3));
    const before = curve.version;
    curve.add({ step: 3, loss: 0 });
    assert.notEqual(curve.version, before);
    assert.equal(curve.length, 3);
  });

  it("counts tokens and the training's own seconds, without what lies between two attempts", () => {
    const curve = curveOf(steps(1, 4));
    curve.beginAttempt();
    for (const line of steps(4, 5)) {
      curve.add({ ...line, time: 9000 + Number(line.step) });
    }
    assert.deepEqual(curve.column("tokens"), [100, 200, 300, 400, 500]);
    // The first step of an attempt took its tokens by its speed; the others are timed.
    assert.deepEqual(curve.column("seconds"), [2, 3, 4, 6, 7]);
  });

  it("says what the newest line says", () => {
    const curve = curveOf([{ step: 5, steps: 9, epoch: 0.5, eta_s: 7, mfu: null, memory_mb: 123 }]);
    assert.deepEqual(curve.end, { step: 5, steps: 9, epoch: 0.5, secondsLeft: 7, mfu: null, memoryMb: 123 });
  });
});

describe("what is drawn of a curve", () => {
  const spike = 54_321;
  const long = curveOf(steps(1, 100_000, (step) => (step === spike ? 50 : 2 + Math.sin(step))));

  it("is thinned to steps that were taken, and keeps every spike", () => {
    const { x, values, count } = curvePoints(long, WHOLE);
    assert.equal(count, 100_000);
    assert.ok(x.length < 2200, `${x.length} steps`);
    assert.equal(x[0], 1);
    assert.equal(x.at(-1), 100_000);
    assert.equal(values.loss[x.indexOf(spike)], 50);
  });

  it("fits into a message, smoothed and with every metric", () => {
    const noisy = curveOf(
      Array.from({ length: 100_000 }, (_, index) => ({
        ...{
          step: index + 1,
          loss: Math.abs(Math.sin(index * 7)) / 3,
          held_out_loss: Math.abs(Math.sin(index * 3)) / 7,
        },
        ...{ lr: Math.abs(Math.sin(index)) * 1e-5, grad_norm: Math.abs(Math.sin(index * 5)) / 9 },
        ...{ tokens: 123_457, tokens_per_s: 98_765.4 + Math.sin(index * 11), time: 1_700_000_000 + index * 1.234_567 },
      })),
    );
    const json = JSON.stringify(curvePoints(noisy, { ...WHOLE, axis: "seconds", smoothing: 0.9 }));
    assert.ok(json.length < LARGEST_MESSAGE - 8 * 1024, `${json.length} characters`);
  });

  it("is every step again where one looks closely, with one beyond each edge", () => {
    const { x, count } = curvePoints(long, { ...WHOLE, from: 500, to: 503 });
    assert.deepEqual(x, [499, 500, 501, 502, 503]);
    assert.equal(count, 5);
  });

  it("can be over tokens and over time, and then says the steps beside it", () => {
    const { x, step } = curvePoints(curveOf(steps(1, 3)), { ...WHOLE, axis: "tokens" });
    assert.deepEqual(x, [100, 200, 300]);
    assert.deepEqual(step, [1, 2, 3]);
  });

  it("is smoothed without leaning on its start, over all steps, and the measured values stay beside it", () => {
    const curve = curveOf([{ step: 1, loss: 4 }, { step: 2 }, { step: 3, loss: 2 }]);
    const { values, smooth } = curvePoints(curve, { ...WHOLE, smoothing: 0.5 });
    assert.deepEqual(values.loss, [4, null, 2]);
    assert.deepEqual(smooth?.loss, [4, null, 2.6667]);
    assert.equal(smooth?.rate, undefined);
    const flat = curvePoints(curveOf(steps(1, 100_000, () => 3)), { ...WHOLE, smoothing: 0.99, from: 99_000 });
    assert.ok(flat.smooth?.loss?.every((value) => value === 3));
  });

  it("is nothing of a curve without steps", () => {
    assert.deepEqual(curvePoints(new TrainingCurve(), WHOLE).x, []);
  });
});
