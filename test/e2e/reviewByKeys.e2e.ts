import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { holding, subjectNumber } from "../../src/core/review/fold.ts";
import type { DecisionKind } from "../../src/core/store/decisions.ts";
import type { Store } from "../../src/core/store/store.ts";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf, look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

const CANDIDATES = 120;
const APPROVED = 100;

/** Every table but the log and the claims, which end by themselves, row by row. */
function contentOf({ connection }: Store): string {
  const tables = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all() as string[];
  const shown = tables.filter(
    (name) => !["decision", "claim", "lease"].includes(name) && !name.startsWith("instruction_text"),
  );
  return JSON.stringify(shown.map((name) => [name, connection.prepare(`SELECT * FROM ${name}`).raw().all()]));
}

describe("reviewing candidates by keys", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  it("approves a hundred without losing or doubling one, and undo leads back, also after a reload", async (context) => {
    const sizes = { pool: 200, newInstructions: CANDIDATES, panel: 4, maxRated: 150, testPerCell: 1 };
    const made = await LoopProject.oracle(context, sizes);
    made.change((config) => ({ ...config, review: { ...config.review, askAhead: 0, again: 0 } }));
    await made.runUntilStopped({ approval: "manual" });
    const folder = copyOf(context, made);
    const former = look(folder, contentOf);
    const inForce = (wanted: DecisionKind): number[] =>
      look(folder, ({ decisions }) =>
        holding(decisions.upTo()).flatMap(({ kind, subject }) => (kind === wanted ? [subjectNumber(subject)] : [])),
      );
    const approvals = (): number[] => inForce("approve");
    const undone = (): number =>
      look(folder, ({ decisions }) => decisions.upTo().filter(({ kind }) => kind === "undo").length);
    const window = await editor.openWindow(context, { folder });
    await window.command("lion.openReview");
    const desk = await Desk.of(window, "Lion Review");
    await desk.focus();

    const seen: number[] = [];
    for (let count = 0; count < APPROVED; count++) {
      seen.push(await desk.item());
      await desk.pressOn("a");
    }
    assert.equal(new Set(seen).size, APPROVED, "no item came twice");
    assert.deepEqual(approvals(), seen);
    const times = look(folder, ({ decisions }) => decisions.upTo().map(({ milliseconds }) => milliseconds));
    assert.ok(
      times.every((time) => time !== null && time > 0),
      "the time on each item is known",
    );
    assert.match(await desk.said(), /Approved #\d+/);

    // Keys that come quicker than the page: each is about what was on screen.
    const { page } = window;
    for (const key of ["1", "2", "u", "u", "j", "k"]) {
      await page.keyboard.press(key);
    }
    await until(() => undone() === 2 && inForce("refuse").length === 0, "two refusals were taken back");
    assert.deepEqual(approvals(), seen);
    const here = await desk.item();

    await window.reload();
    await desk.comesBack();
    assert.equal(await desk.item(), here, "the place is kept over a reload");
    await desk.focus();
    for (const expected of seen.toReversed()) {
      await page.keyboard.press("u");
      await until(async () => (await desk.item()) === expected, `undo shows #${expected}`);
    }
    assert.deepEqual(approvals(), []);
    assert.equal(look(folder, contentOf), former, "everything but the log is as it was");

    await page.keyboard.press("Shift+U");
    await until(() => approvals().length === 1, "redo approves the first one again");
    assert.deepEqual(approvals(), seen.slice(0, 1));
    assertHealthy(editor, [window]);
  });
});
