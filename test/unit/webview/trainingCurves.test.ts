import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunCurve, RunMetric } from "../../../src/protocol/training.ts";
import {
  columnsOf,
  type DrawnRun,
  isMeasured,
  linesOf,
  movedBy,
  placesOf,
  stepAt,
  tablePlaces,
  valueAt,
} from "../../../webview/training/curveModel.ts";
import { styleOf } from "../../../webview/training/styles.ts";

const NOTHING: Readonly<Record<RunMetric, never[]>> = { loss: [], heldOut: [], rate: [], norm: [], speed: [] };

function run(id: string, x: number[], loss: Array<number | null>, changes: Partial<RunCurve> = {}): DrawnRun {
  const none = loss.map(() => null);
  const values = { ...NOTHING, heldOut: none, rate: none, norm: none, speed: none, loss };
  const curve = { version: 1, x, step: [], values, smooth: null, count: x.length, ...changes };
  return { id, name: id, style: styleOf(0), curve };
}

const long = run("long", [1, 2, 3, 4, 5], [5, 4, null, 2, 1]);
const short = run("short", [2, 4], [40, 20]);

describe("the lines of a chart", () => {
  it("come together over all places, with gaps where a training has none", () => {
    const columns = columnsOf(linesOf("loss", [long, short], false));
    assert.deepEqual(columns, [
      [1, 2, 3, 4, 5],
      [null, 40, null, 20, null],
      [5, 4, null, 2, 1],
    ]);
  });

  it("are painted with the newest training on top, and what was measured behind what is smoothed", () => {
    const smooth = { loss: [3, 3] };
    const lines = linesOf("loss", [run("new", [1, 2], [1, 2], { smooth }), run("old", [1, 2], [8, 9])], false);
    assert.deepEqual(
      lines.map(({ y, faint }) => [y, faint]),
      [
        [[8, 9], false],
        [[1, 2], true],
        [[3, 3], false],
      ],
    );
  });

  it("leave out on a logarithmic scale what has no logarithm", () => {
    assert.deepEqual(linesOf("loss", [run("a", [1, 2, 3], [0, -1, 2])], true)[0]?.y, [null, null, 2]);
  });

  it("differ by colour and by dash for thirty trainings", () => {
    const styles = Array.from({ length: 30 }, (_, index) => JSON.stringify(styleOf(index)));
    assert.equal(new Set(styles).size, 30);
    assert.notDeepEqual(styleOf(0).dash, styleOf(1).dash);
  });
});

describe("the crosshair", () => {
  const places = placesOf("loss", [long, short]);

  it("stands where something was measured", () => {
    assert.deepEqual(places, [1, 2, 4, 5]);
    assert.ok(isMeasured("loss", [long]) && !isMeasured("rate", [long]));
  });

  it("moves from place to place and stays within them", () => {
    assert.equal(movedBy(places, null, 1), 1);
    assert.equal(movedBy(places, null, -1), 5);
    assert.equal(movedBy(places, 2, 1), 4);
    assert.equal(movedBy(places, 4, -1), 2);
    assert.equal(movedBy(places, 4, 100), 5);
    assert.equal(movedBy(places, 1, -100), 1);
    assert.equal(movedBy([], 1, 1), null);
  });

  it("has every training's value there, the nearest that was measured, and none beyond its ends", () => {
    assert.equal(valueAt("loss", long, 3.2), 2);
    assert.equal(valueAt("loss", long, 2.9), 4);
    assert.equal(valueAt("loss", short, 3.5), 20);
    assert.equal(valueAt("loss", short, 5), null);
    assert.equal(valueAt("rate", long, 3), null);
    assert.equal(valueAt("loss", run("none", [], []), 3), null);
  });

  it("knows the step where the axis is another", () => {
    assert.equal(stepAt(run("a", [100, 200], [1, 2], { step: [7, 8] }), 190), 8);
    assert.equal(stepAt(long, 4), 4);
  });

  it("leaves a table rows to go by: evenly spread, the first and the last among them", () => {
    assert.deepEqual(tablePlaces(places), places);
    const many = tablePlaces(Array.from({ length: 1000 }, (_, index) => index));
    assert.equal(many.length, 20);
    assert.deepEqual([many[0], many.at(-1)], [0, 999]);
    assert.deepEqual(tablePlaces([]), []);
    assert.deepEqual(tablePlaces([3]), [3]);
  });
});
