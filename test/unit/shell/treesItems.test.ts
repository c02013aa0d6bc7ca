import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bucket, CandidateBucket, CandidateRow, PoolRow } from "../../../src/core/browse/types.ts";
import { candidateBucketItem, candidateItem, checkedMessage } from "../../../src/shell/trees/candidateItems.ts";
import {
  type DrawnStage,
  iterationItem,
  type ShownIteration,
  stageItem,
} from "../../../src/shell/trees/iterationItems.ts";
import { Localizer } from "../../../src/shell/trees/localizer.ts";
import { poolBucketItem, poolRowItem, restItem } from "../../../src/shell/trees/poolItems.ts";
import { oneLine, pickLine } from "../../../src/shell/trees/text.ts";
import { english } from "./english.ts";

const ROW: PoolRow = {
  ...{ id: 12, text: "Name a river.", origin: "imported", iteration: 1, state: "hard", overridden: false },
  ...{ gap: 2.5, contradictory: false, studentAhead: false, teacherScore: 8, studentScore: 5.5 },
};
const BUCKET: Bucket = {
  ...{ id: "cache/verdict/hard", pool: "cache", grouping: "verdict", key: "hard", name: null },
  ...{ count: 1234, iteration: 2, tau: 1, filter: {} },
};
const CANDIDATE: CandidateRow = {
  ...{ id: 7, text: "Name a lake.", iteration: 2, state: "waiting", half: "hard", parentId: 12 },
  ...{ nearestId: 3, nearestScore: 0.621, filter: null, reason: null },
};
const STAGE: DrawnStage = {
  ...{ name: "discrimination", state: "done", note: "", milliseconds: 125_000, runnable: false, callsSoFar: 0 },
  ...{ progress: null, pausing: false },
  calls: [
    { role: "student", calls: 120 },
    { role: "referee", calls: 1240 },
  ],
  cost: [{ currency: "USD", cost: 421_500 }],
};

describe("a hostile text", () => {
  it("becomes one line without control characters, direction marks or invisible ones", () => {
    assert.equal(oneLine("a\r\nb\u0000\u001b[31mc\u202egpj\u2066.exe\u200b d\t e\u2028f"), "a b [31mc gpj .exe d e f");
  });

  it("is cut by whole characters, with an ellipsis", () => {
    assert.equal(oneLine("🦁".repeat(30), 10), `${"🦁".repeat(9)}…`);
    assert.equal(oneLine("x".repeat(10_000_000), 5), "xxxx…");
    assert.equal(oneLine(" short "), "short");
  });

  it("shows no pictures in a quick pick", () => {
    assert.equal(pickLine("run $(trash) now"), "run \\$(trash) now");
  });
});

describe("numbers for people", () => {
  it("follow the locale, with the units that say something", () => {
    assert.equal(english.duration(4_400), "4 s");
    assert.equal(english.duration(125_000), "2 min 5 s");
    assert.equal(english.duration(2 * 3_600_000 + 60_000), "2 h 1 min");
    assert.equal(english.money(1_234_500, "USD"), "1.23 USD");
    assert.equal(english.money(1234, "USD"), "0.0012 USD");
    assert.equal(english.money(0, "USD"), "0.00 USD");
    assert.equal(english.bytes(523_400_000), "523.4 MB");
    assert.equal(english.bytes(0), "0 B");
    assert.equal(english.gap(2), "+2");
    assert.equal(new Localizer((text) => text, "de").count(70_000), "70.000");
  });
});

describe("an instruction of a pool", () => {
  it("shows its text, the scores and where it came from", () => {
    const item = poolRowItem(ROW, BUCKET, english);
    assert.equal(item.label, "Name a river.");
    assert.equal(item.description, "+2.5 (8 : 5.5) · imported");
    assert.equal(item.contextValue, "instruction.cache.hard.rated");
    assert.deepEqual(item.icon, { id: "flame", color: "charts.red" });
    assert.equal(
      item.accessibilityLabel,
      "Hard, instruction 12, Name a river., gap +2.5, teacher 8, student 5.5, imported",
    );
    assert.match(
      item.tooltip ?? "",
      /^Name a river\.\nHard: gap \+2\.5, teacher 8, student 5\.5\n#12 · Imported · joined in iteration 1$/,
    );
  });

  it("compares the answers at a click where they are rated, else opens the instruction", () => {
    const target = [{ instructionId: 12, iteration: 2 }];
    assert.deepEqual(poolRowItem(ROW, BUCKET, english).command?.arguments, target);
    assert.equal(poolRowItem(ROW, BUCKET, english).command?.command, "lion.openComparison");
    const unrated = { ...ROW, state: "not-rated", gap: null, teacherScore: null, studentScore: null } as const;
    const item = poolRowItem(unrated, BUCKET, english);
    assert.equal(item.command?.command, "lion.openInstruction");
    assert.equal(item.contextValue, "instruction.cache.notRated");
    assert.equal(item.description, "imported");
  });

  it("tells contradictory and student-ahead ones by their picture, and by words to a screen reader", () => {
    const contradictory = poolRowItem({ ...ROW, contradictory: true }, BUCKET, english);
    assert.equal(contradictory.icon.id, "warning");
    assert.match(contradictory.accessibilityLabel ?? "", /contradictory/);
    assert.equal(poolRowItem({ ...ROW, studentAhead: true }, BUCKET, english).icon.id, "star-full");
  });

  it("says when a person set the verdict, and something for an empty text", () => {
    assert.match(poolRowItem({ ...ROW, overridden: true }, BUCKET, english).tooltip ?? "", /set by a person/);
    assert.equal(poolRowItem({ ...ROW, text: " \n" }, BUCKET, english).label, "(empty)");
  });
});

describe("a bucket of a pool", () => {
  it("has its count as description and its meaning as tooltip", () => {
    const item = poolBucketItem(BUCKET, english);
    assert.equal(item.label, "Hard");
    assert.equal(item.description, "1,234");
    assert.equal(item.tooltip, "Hard: 1,234 instructions\nThe teacher is ahead by at least 1.");
    assert.equal(item.children, "collapsed");
    assert.equal(poolBucketItem({ ...BUCKET, count: 0 }, english).children, "none");
  });

  it("is named after what it groups by", () => {
    const label = (grouping: Bucket["grouping"], key: string, name: string | null = null): string =>
      poolBucketItem({ ...BUCKET, grouping, key, name }, english).label;
    assert.equal(label("origin", "generated"), "Generated");
    assert.equal(label("iteration", "3"), "Joined in iteration 3");
    assert.equal(label("source", "4", "al\npaca.json"), "al paca.json");
    assert.equal(label("source", "0"), "No file");
  });

  it("ends with what is left to load", () => {
    const item = restItem("cache/verdict/hard", { kind: "more", left: 1134 }, english);
    assert.equal(item.label, "Load more (1,134 left)");
    assert.equal(item.command?.command, "lion.loadMore");
  });
});

describe("a candidate", () => {
  it("shows the half it is for and how near the nearest is", () => {
    const item = candidateItem(CANDIDATE, false, english);
    assert.equal(item.description, "from a hard one · nearest 0.62");
    assert.equal(item.contextValue, "instruction.review.waiting");
    assert.equal(item.checked, false);
    assert.match(item.tooltip ?? "", /Written from #12\nNearest: #3, ROUGE-L 0\.62/);
  });

  it("shows why it was refused", () => {
    const refused = candidateItem({ ...CANDIDATE, state: "refused", reason: "unclear" }, undefined, english);
    assert.equal(refused.description, "from a hard one · unclear");
    assert.equal(refused.contextValue, "instruction.review.refused");
    assert.ok(!("checked" in refused));
    const filtered = { ...CANDIDATE, state: "filtered", filter: "too-short", reason: "too-short" } as const;
    assert.match(
      candidateItem(filtered, undefined, english).tooltip ?? "",
      /Filter: The instruction has too few words\./,
    );
  });

  it("is counted by half, and its bucket does not look like a waiting candidate to the menus", () => {
    const byHalf = { hard: 20, easy: 17, imported: 0 };
    const bucket: CandidateBucket = { id: "review/waiting", state: "waiting", count: 37, byHalf };
    const item = candidateBucketItem(bucket, false, english);
    assert.equal(item.description, "37 · 20 hard, 17 easy");
    assert.equal(item.children, "expanded");
    assert.doesNotMatch(item.contextValue, /\.waiting/);
  });

  it("says how many are checked", () => {
    assert.equal(checkedMessage(0, english), "");
    assert.equal(checkedMessage(1200, english), "1,200 checked");
  });
});

describe("an iteration", () => {
  const shown: ShownIteration = {
    ...{ number: 3, state: "running", newest: true, stages: [] },
    ratings: {
      ...{ rated: 120, total: 2000, mode: "lazy" },
      hardShare: { value: 0.42, low: 0.33, high: 0.51 },
      projectedHard: { low: 660, high: 1020 },
    },
  };

  it("says how much is rated and how much of it is hard, with the interval of a lazy one", () => {
    const item = iterationItem(shown, english);
    assert.equal(item.description, "running · 42% hard · 120 of 2,000 rated");
    assert.equal(item.children, "expanded");
    assert.match(
      item.tooltip ?? "",
      /42% of the scored are hard \(33% to 51% with 95% confidence\): 660 to 1,020 in the whole Cache/,
    );
    const full = { ...shown, newest: false, ratings: { ...shown.ratings, mode: "full" } } as const;
    assert.match(iterationItem(full, english).tooltip ?? "", /42% of the scored are hard\.$/);
    assert.equal(iterationItem(full, english).children, "collapsed");
  });

  it("shows of a finished stage what it used", () => {
    const item = stageItem(3, STAGE, english);
    assert.equal(item.description, "0.4215 USD · 1,360 calls · 2 min 5 s");
    assert.equal(item.contextValue, "stage.discrimination.done");
  });

  it("shows of a running stage what is counted, with its end where that is known", () => {
    const progress = { iteration: 3, stage: "discrimination", step: "rated", done: 120, detail: "" } as const;
    const running = { ...STAGE, state: "running", calls: [], cost: [], milliseconds: 0 } as const;
    const text = (total: number | null, pausing = false): string | undefined =>
      stageItem(3, { ...running, progress: { ...progress, total }, pausing }, english).description;
    assert.equal(text(300), "rated 120 of 300");
    assert.equal(text(null), "rated 120");
    assert.equal(text(300, true), "pausing");
    assert.equal(stageItem(3, running, english).icon.id, "sync~spin");
  });

  it("has the menus' words in its context, and the note as tooltip", () => {
    const stopped = stageItem(3, { ...STAGE, state: "stopped", note: "The limit\nwas reached." }, english);
    assert.equal(stopped.contextValue, "stage.discrimination.stopped");
    assert.match(stopped.tooltip ?? "", /^Discrimination: stopped\nThe limit was reached\./);
    assert.equal(
      stageItem(3, { ...STAGE, state: "next", runnable: true }, english).contextValue,
      "stage.discrimination.next.runnable",
    );
    assert.equal(stageItem(3, { ...STAGE, state: "later" }, english).description, "later");
  });
});
