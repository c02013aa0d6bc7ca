import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { effectiveState, holding } from "../../src/core/review/fold.ts";
import type { Decision } from "../../src/core/store/decisions.ts";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf, look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

/** How long one person's decision may take until another one sees it. */
const SEEN_MS = 2000;
const CANDIDATES = 6;

/** A project with a few candidates that wait, and with an unscored verdict. */
async function project(context: TestContext, overlap: number): Promise<LoopProject> {
  const sizes = { pool: 60, testPerCell: 1, newInstructions: CANDIDATES, panel: 4, maxRated: 60 };
  const made = await LoopProject.oracle(context, sizes, (config) => ({
    ...config,
    discrimination: { ...config.discrimination, mode: "full" },
    review: { ...config.review, askAhead: 0, again: 0, overlap },
  }));
  await made.runUntilStopped({ approval: "manual" });
  await made.use(({ ratings }) => {
    const verdict = ratings.verdicts(1, "draw").find(({ gap }) => gap === 0);
    assert.ok(verdict);
    ratings.putVerdict({ ...verdict, state: "unscored", gap: null, teacherScore: null, studentScore: null });
  });
  return made;
}

const inForce = (folder: string): Decision[] => look(folder, ({ decisions }) => holding(decisions.upTo()));
const disputes = (folder: string): string[] => [
  ...look(folder, ({ decisions }) => effectiveState(decisions.upTo()).disputed),
];

interface Seat {
  readonly window: EditorWindow;
  readonly desk: Desk;
}

/** How many items a page says are left. */
async function leftOn({ frame }: Desk): Promise<number> {
  const facts = (await frame.locator(".queue-head .facts").textContent()) ?? "";
  return Number(/(\d+) left/.exec(facts)?.[1] ?? Number.NaN);
}

async function isEmpty({ frame }: Desk): Promise<void> {
  await frame.getByText("All done").waitFor();
}

/** Goes to a queue by its name. */
async function choose({ window, desk }: Seat, name: RegExp): Promise<void> {
  await window.page.keyboard.press("f");
  await window.quickInput.pick(name);
  await desk.frame.getByRole("heading", { level: 1, name }).waitFor();
  await desk.frame.locator("article h2").first().waitFor();
}

describe("two people on one project", () => {
  let ann: EditorServer;
  let ben: EditorServer;
  before(async () => {
    ann = await EditorServer.start({ settings: { "git.enabled": false, "lion.name": "Ann" } });
    ben = await EditorServer.start({ settings: { "git.enabled": false, "lion.name": "Ben" } });
  });
  after(async () => {
    await ann.stop();
    await ben.stop();
  });

  async function sitDown(
    context: TestContext,
    editor: EditorServer,
    folder: string,
    page: "Review" | "Compare",
  ): Promise<Seat> {
    const window = await editor.openWindow(context, { folder });
    await window.command(`lion.open${page}`);
    const desk = await Desk.of(window, `Lion ${page}`);
    await desk.focus();
    return { window, desk };
  }

  it("get different items, see what the other decides, and undo only what is theirs", async (context) => {
    const folder = copyOf(context, await project(context, 0));
    const one = await sitDown(context, ann, folder, "Review");
    const two = await sitDown(context, ben, folder, "Review");
    assert.notEqual(await one.desk.item(), await two.desk.item());

    const times: number[] = [];
    for (const [count, [decider, key, other]] of (
      [
        [one, "a", two],
        [two, "1", one],
        [one, "1", two],
        [two, "a", one],
      ] as const
    ).entries()) {
      await decider.desk.pressOn(key);
      const stored = Date.now();
      const left = CANDIDATES - count - 1;
      await until(async () => (await leftOn(other.desk)) === left, `the other sees that ${left} are left`);
      times.push(Date.now() - stored);
      assert.notEqual(await one.desk.item(), await two.desk.item());
    }
    // A busy machine can only make it longer.
    assert.ok(Math.min(...times) < SEEN_MS, `seen after ${times.join(", ")} ms`);
    const decided = inForce(folder);
    assert.deepEqual(
      decided.map(({ actor, kind }) => `${actor} ${kind}`),
      ["Ann approve", "Ben refuse", "Ann refuse", "Ben approve"],
    );
    assert.equal(new Set(decided.map(({ subject }) => subject)).size, 4, "nobody decided about the other's item");

    for (const left of [3, 2]) {
      await one.window.page.keyboard.press("u");
      await until(() => inForce(folder).length === left, `${left} decisions are left`);
    }
    await one.window.page.keyboard.press("u");
    await until(async () => /nothing of yours left/.test(await one.desk.said()), "Ann has nothing left to undo");
    assert.deepEqual(
      inForce(folder).map(({ actor }) => actor),
      ["Ben", "Ben"],
    );
    await until(async () => (await leftOn(two.desk)) === CANDIDATES - 2, "Ben sees that Ann's are open again");
    assertHealthy(ann, [one.window]);
    assertHealthy(ben, [two.window]);
  });

  it("with an overlap the second one gives an opinion unseen, and where it differs somebody settles it", async (context) => {
    const folder = copyOf(context, await project(context, 1));
    const one = await sitDown(context, ann, folder, "Review");
    const first: number[] = [];
    for (let count = 0; count < CANDIDATES; count++) {
      first.push(await one.desk.item());
      if (count < CANDIDATES - 1) {
        await one.desk.pressOn("a");
      }
    }
    await one.window.page.keyboard.press("a");
    await isEmpty(one.desk);

    const two = await sitDown(context, ben, folder, "Review");
    assert.deepEqual([...first].sort(), [...new Set(first)].sort());
    const seen: number[] = [];
    for (const key of ["1", "a"]) {
      seen.push(await two.desk.item());
      await two.desk.frame.getByText("Second opinion: somebody else has decided").waitFor();
      assert.doesNotMatch(await two.desk.frame.locator("body").innerHTML(), /\bAnn\b|You: |Approved/);
      await two.desk.pressOn(key);
    }
    assert.ok(seen.every((id) => first.includes(id)));
    const opinions = inForce(folder).filter(({ actor }) => actor === "Ben");
    assert.deepEqual(
      opinions.map(({ kind, context: how, payload }) => [kind, how, payload.second]),
      [
        ["refuse", "blind", true],
        ["approve", "blind", true],
      ],
    );
    const [differs] = seen;
    assert.deepEqual(disputes(folder), [`instruction:${differs}`]);

    await choose(one, /^Disputed/);
    assert.equal(await one.desk.item(), differs);
    const standing = await one.desk.frame.locator("article").textContent();
    assert.match(standing ?? "", /You: Approved/);
    assert.match(standing ?? "", /Ben: Refused/);
    await one.window.page.keyboard.press("1");
    await until(() => disputes(folder).length === 0, "the dispute is settled");
    const { refused, approved } = look(folder, ({ decisions }) => effectiveState(decisions.upTo()));
    assert.equal(refused.get(differs ?? 0)?.actor, "Ann");
    assert.equal(approved.size, CANDIDATES - 1);

    // Each takes back what is theirs: Ben his second opinions, the newest first.
    await two.window.page.keyboard.press("u");
    await two.window.page.keyboard.press("u");
    await until(() => inForce(folder).every(({ actor }) => actor === "Ann"), "Ben's opinions are taken back");
    assert.equal(inForce(folder).length, CANDIDATES + 1);
    assertHealthy(ann, [one.window]);
    assertHealthy(ben, [two.window]);
  });

  it("a second opinion on a verdict is asked for blind, and a differing one is settled in Compare", async (context) => {
    const made = await project(context, 1);
    const folder = copyOf(context, made);
    const one = await sitDown(context, ann, folder, "Compare");
    await choose(one, /^Unscored/);
    const id = await one.desk.item();
    const subject = `verdict:1:${id}`;
    await one.window.page.keyboard.press("g");
    await one.window.quickInput.answer(/from 1 to 10/, "9 2");
    await isEmpty(one.desk);

    const two = await sitDown(context, ben, folder, "Compare");
    await choose(two, /^Unscored/);
    assert.equal(await two.desk.item(), id);
    await two.desk.frame.getByText("Second opinion: somebody else has decided").waitFor();
    assert.equal(await two.desk.frame.locator("[data-side=left] h2").textContent(), "Left");
    assert.doesNotMatch(await two.desk.frame.locator("body").innerHTML(), /\bAnn\b|Scored by hand/);
    await two.window.page.keyboard.press("2");
    await until(() => disputes(folder).includes(subject), "the opinions differ");
    const { overrides } = look(folder, ({ decisions }) => effectiveState(decisions.upTo()));
    assert.ok(!overrides.has(subject), "neither counts while they do");

    await choose(one, /^Disputed/);
    assert.equal(await one.desk.item(), id);
    await one.desk.frame.getByText("People disagree about this one.").waitFor();
    await one.window.page.keyboard.press("h");
    await until(() => disputes(folder).length === 0, "the dispute is settled");
    const settled = look(folder, ({ decisions }) => effectiveState(decisions.upTo()).overrides.get(subject));
    assert.deepEqual([settled?.half, settled?.actor], ["hard", "Ann"]);
    assertHealthy(ann, [one.window]);
    assertHealthy(ben, [two.window]);
  });

  it("one person's two windows work on one queue, and what one takes back is open in the other", async (context) => {
    const folder = copyOf(context, await project(context, 0));
    const one = await sitDown(context, ann, folder, "Review");
    const two = await sitDown(context, ann, folder, "Review");
    const id = await one.desk.item();
    assert.equal(await two.desk.item(), id, "a person's own claims keep nothing from them");
    await one.desk.pressOn("a");
    await two.desk.frame.getByText("You: Approved").waitFor();
    assert.notEqual(await two.desk.pressOn("s"), id);

    await two.window.page.keyboard.press("u");
    await until(async () => (await two.desk.item()) === id, "undo leads to it, though it was another window's");
    assert.deepEqual(inForce(folder), []);
    await until(async () => (await leftOn(one.desk)) === CANDIDATES, "the other window counts it as open");
    const seen = [await one.desk.item()];
    while (!seen.includes(id)) {
      seen.push(await one.desk.pressOn("a"));
    }
    assert.equal(seen.length, CANDIDATES, "and comes to it in the end");
    assertHealthy(ann, [one.window, two.window]);
  });
});
