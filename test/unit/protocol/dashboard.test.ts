import assert from "node:assert/strict";
import { it } from "node:test";
import { isDashboardAction, isDashboardTarget } from "../../../src/protocol/dashboard.ts";

it("rows that a page may ask for are known by their shape", () => {
  const good = [
    { rows: "gaps", iteration: 2, from: -1.5, to: -1 },
    { rows: "cache", iteration: 2 },
    { rows: "cache", iteration: 2, bucket: "hard" },
    { rows: "cache", iteration: 2, flag: "studentAhead" },
    { rows: "panel", iteration: 1 },
    { rows: "evaluation", iteration: 1 },
    { rows: "review", iteration: 1 },
    { rows: "compare", iteration: 1, group: "disputed" },
    { rows: "train" },
    { rows: "jobs" },
    { rows: "iterations" },
  ];
  for (const target of good) {
    assert.ok(isDashboardTarget(target), JSON.stringify(target));
  }
  const bad = [
    null,
    "train",
    { rows: "workbench.action.quit" },
    { rows: "gaps", iteration: 2, from: "-1", to: 0 },
    { rows: "gaps", iteration: 2 },
    { rows: "cache" },
    { rows: "cache", iteration: "1" },
    { rows: "cache", iteration: 1, bucket: "all" },
    { rows: "cache", iteration: 1, flag: "x" },
    { rows: "compare", iteration: 1 },
    { rows: "compare", iteration: 1, group: "*" },
  ];
  for (const target of bad) {
    assert.ok(!isDashboardTarget(target), JSON.stringify(target));
  }
});

it("a page can ask for a few commands and no others", () => {
  assert.ok(isDashboardAction("run"));
  assert.ok(!isDashboardAction("lion.run"));
  assert.ok(!isDashboardAction(undefined));
});
