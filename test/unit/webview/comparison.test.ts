import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CompareItem, CompareString, RefereeView, TauPreview } from "../../../src/protocol/compare.ts";
import { actionsOf } from "../../../webview/compare/compareActions.ts";
import { placesOf } from "../../../webview/compare/history.ts";
import { Latest } from "../../../webview/compare/latest.ts";
import {
  placeOnScale,
  previewSentences,
  signedGap,
  verdictSentence,
  warningSentences,
} from "../../../webview/compare/verdictWords.ts";
import { Formats } from "../../../webview/ui/format.ts";

/** Each text is its own name, followed by what is filled in. */
const words = {
  text: (key: CompareString, ...values: readonly string[]) => [key, ...values].join(" "),
  formats: new Formats("en"),
};

const referee: RefereeView = {
  ...{ ratings: [], teacherScore: 8.5, studentScore: 6, gap: 2.5, tau: 1, half: "hard", warnings: [] },
};

describe("the verdict in words", () => {
  it("says who is ahead by how much, and what that makes of it", () => {
    assert.equal(verdictSentence(referee, words), "teacherAheadHard 2.5 1");
    assert.equal(verdictSentence({ ...referee, gap: 0.5, half: "easy" }, words), "teacherAheadEasy 0.5 1");
    assert.equal(verdictSentence({ ...referee, gap: -2.75, half: "easy" }, words), "studentAheadEasy 2.75 1");
    assert.equal(verdictSentence({ ...referee, gap: 0, half: "easy" }, words), "levelEasy 1");
    assert.equal(verdictSentence({ ...referee, gap: 0, tau: 0, half: "hard" }, words), "levelHard 0");
    assert.equal(verdictSentence({ ...referee, gap: null, half: null }, words), "unscored");
  });

  it("has a sentence for each warning", () => {
    const warnings = ["contradictory", "unparsed", "longer", "first", "studentAhead"] as const;
    assert.equal(new Set(warningSentences({ ...referee, warnings }, words)).size, 5);
  });

  it("gives a gap its sign, and a dash where there is none", () => {
    assert.deepEqual(
      [2.5, 0, -1, null].map((gap) => signedGap(gap, words)),
      ["+2.5", "0", "−1", "–"],
    );
  });

  it("stands on a scale from −9 to 9", () => {
    assert.deepEqual(
      [-9, 0, 9, 12].map((gap) => Math.round(placeOnScale(gap))),
      [0, 50, 100, 100],
    );
  });
});

describe("what a τ would make of everything rated", () => {
  const preview: TauPreview = {
    ...{ iteration: 1, tau: 1, saved: 1, frozen: 1, rated: 1000, total: 20_000, hard: 300, easy: 690, unscored: 10 },
    ...{ projectedHard: { low: 5500, high: 6600 }, bins: [] },
  };

  it("is counted, and projected to the Cache with its interval", () => {
    assert.deepEqual(previewSentences(preview, words), ["tauCounts 1,000 20,000 300 690 10", "tauCache 5,500 6,600"]);
  });

  it("is exact where everything was rated, and not projected where nothing was", () => {
    assert.equal(
      previewSentences({ ...preview, projectedHard: { low: 300, high: 300 } }, words)[1],
      "tauCacheExact 300",
    );
    assert.equal(previewSentences({ ...preview, projectedHard: null }, words).length, 1);
  });
});

describe("asking for the newest value", () => {
  it("has one request on its way, and leaves out what came in between", async () => {
    const asked: number[] = [];
    const took: number[] = [];
    const answers: Array<() => void> = [];
    const latest = new Latest<number, number>(
      (value) => {
        asked.push(value);
        return new Promise((resolve) => answers.push(() => resolve(value)));
      },
      (value) => took.push(value),
      () => {},
    );
    const all = [1, 2, 3].map((value) => latest.want(value));
    assert.deepEqual(asked, [1]);
    answers[0]?.();
    await new Promise(setImmediate);
    assert.deepEqual(asked, [1, 3]);
    answers[1]?.();
    await Promise.all(all);
    assert.deepEqual(took, [1, 3]);
  });

  it("goes on after a failure", async () => {
    const failures: unknown[] = [];
    const took: number[] = [];
    const latest = new Latest<number, number>(
      async (value) => (value === 1 ? Promise.reject(new Error("no")) : value),
      (value) => took.push(value),
      (error) => failures.push(error),
    );
    await latest.want(1);
    await latest.want(2);
    assert.deepEqual([failures.length, took], [1, [2]]);
  });
});

describe("the curve of gaps", () => {
  it("holds 0, τ and every gap, and one point stands at the left", () => {
    const point = { scope: "draw", studentVersion: 0, teacherScore: null, studentScore: null, override: null } as const;
    const history = [3, -2, null].map((gap, at) => ({ ...point, gap, iteration: at + 1, isShown: false }));
    const { x, y } = placesOf(history, 1);
    assert.ok(y(3) < y(1) && y(1) < y(0) && y(0) < y(-2));
    assert.ok(y(3) >= 0 && y(-2) <= 104);
    assert.ok(x(0) < x(1) && x(1) < x(2));
    assert.ok(Number.isFinite(placesOf(history.slice(0, 1), 1).x(0)));
  });
});

describe("the buttons under a comparison", () => {
  const item = { blind: false, referee } as CompareItem;
  const labels = (of: CompareItem, decides = true) => actionsOf(of, words, { decides }).flat();

  it("agree with the verdict's half first", () => {
    const [agree] = labels(item);
    assert.deepEqual([agree?.label, agree?.weight, agree?.disabled], ["agreeWith hard", "primary", false]);
  });

  it("offer a score first where there is no verdict to agree with", () => {
    const all = labels({ ...item, referee: { ...referee, gap: null, half: null } });
    assert.equal(all[0]?.disabled, true);
    assert.equal(all.find(({ weight }) => weight === "primary")?.command, "lion.compare.score");
  });

  it("name sides and not roles while blind", () => {
    const text = JSON.stringify(labels({ ...item, blind: true, referee: null }));
    assert.match(text, /leftBetter/);
    assert.doesNotMatch(text, /[tT]eacherBetter|studentBetter/);
  });

  it("are off where nothing can be decided, but for moving on", () => {
    const on = labels(item, false).filter(({ disabled }) => disabled !== true);
    assert.deepEqual(
      on.map(({ command }) => command),
      ["lion.queue.skip", "lion.queue.previous", "lion.queue.next"],
    );
  });
});
