import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { shownOrder } from "../../src/core/browse/shownOrder.ts";
import { isHard } from "../../src/core/referee/verdict.ts";
import { holding } from "../../src/core/review/fold.ts";
import type { Decision } from "../../src/core/store/decisions.ts";
import type { Verdict } from "../../src/core/store/ratings.ts";
import { lionJson } from "../support/lionCommand.ts";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf, look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

/** So many that each half's seeds are all drawn from. */
const NEW = 60;
const TAU_COMMENT = "// What the team agreed on.";
const CORRECTED = "a 1 2 3 h y w x b t u j k s e";

/** A project that waits behind the discrimination for what people make of its verdicts; one of them is unscored. */
async function atTheGate(context: TestContext): Promise<LoopProject> {
  const sizes = { pool: 120, testPerCell: 1, newInstructions: NEW, panel: 4, maxRated: 120 };
  const made = await LoopProject.oracle(context, sizes, (config) => ({
    ...config,
    discrimination: { ...config.discrimination, mode: "full" },
    gates: { ...config.gates, afterDiscrimination: true },
    review: { ...config.review, askAhead: 0, again: 0 },
  }));
  const gate = await made.runUntilStopped({ approval: "manual" });
  assert.match(gate.message, /the generation waits/);
  await made.use(({ ratings }) => {
    const verdict = ratings.verdicts(1, "draw").find(({ gap }) => gap === 0);
    assert.ok(verdict);
    ratings.putVerdict({ ...verdict, state: "unscored", gap: null, teacherScore: null, studentScore: null });
  });
  return made;
}

describe("comparing by keys", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  async function open(context: TestContext, folder: string): Promise<{ window: EditorWindow; desk: Desk }> {
    const window = await editor.openWindow(context, { folder, size: { width: 1400, height: 1200 } });
    await window.activityBar.open("Lion");
    await window.quickInput.runCommand("Lion: Compare Teacher and Student");
    const desk = await Desk.of(window, "Lion Compare");
    await desk.focus();
    return { window, desk };
  }

  const inForce = (folder: string): Decision[] => look(folder, ({ decisions }) => holding(decisions.upTo()));
  const verdicts = (folder: string): Verdict[] => look(folder, ({ ratings }) => ratings.verdicts(1, "draw"));

  /** Does something and waits until another item is on screen. Returns the decision on the one before. */
  async function decideBy(desk: Desk, folder: string, work: () => Promise<unknown>): Promise<Decision> {
    const [id, count] = [await desk.item(), inForce(folder).length];
    await work();
    await until(async () => (await desk.item()) !== id, `another item than #${id}`);
    const now = inForce(folder);
    const last = now.at(-1);
    assert.ok(last && now.length === count + 1, "one decision was stored before the next item came");
    assert.ok(last.subject.endsWith(`:${id}`), `${last.subject} is about #${id}`);
    return last;
  }

  /** Corrects the teacher's answer. What is typed into a field is no command, whatever keys it has. */
  async function correctBy(desk: Desk, { page }: EditorWindow, text: string): Promise<void> {
    const item = await desk.item();
    await page.keyboard.press("e");
    const field = desk.frame.locator("lion-edit-form textarea:focus");
    await field.waitFor();
    // The editor carries out Ctrl+A some time after the key.
    await field.selectText();
    await page.keyboard.type(text);
    assert.equal(await field.inputValue(), text);
    assert.equal(await desk.item(), item);
    await page.keyboard.press("Control+Enter");
  }

  async function chooseQueue({ page, quickInput }: EditorWindow, desk: Desk, name: RegExp): Promise<void> {
    await page.keyboard.press("f");
    await quickInput.pick(name);
    await desk.frame.getByRole("heading", { level: 1, name }).waitFor();
  }

  it("each decision has its key, also in the way to a form and back, and undo and redo lead over all", async (context) => {
    const folder = copyOf(context, await atTheGate(context));
    const { window, desk } = await open(context, folder);
    const { page, quickInput } = window;
    const press = (key: string) => (): Promise<void> => page.keyboard.press(key);
    const halves: Array<[key: string, kind: string, choice: unknown, half: string]> = [
      ["a", "agree", undefined, "hard"],
      ["1", "override", "teacher", "hard"],
      ["2", "override", "tie", "easy"],
      ["3", "override", "student", "easy"],
      ["h", "override", "hard", "hard"],
      ["y", "override", "easy", "easy"],
    ];
    for (const [key, ...expected] of halves) {
      const { kind, payload, context: how, milliseconds } = await decideBy(desk, folder, press(key));
      assert.deepEqual([kind, payload.choice, payload.half], expected, key);
      assert.deepEqual([payload.referee, how], ["hard", "normal"]);
      assert.ok(milliseconds !== null && milliseconds > 0);
    }
    const excluded = await decideBy(desk, folder, async () => {
      await page.keyboard.press("x");
      await quickInput.pick("It does not say what is wanted");
    });
    assert.deepEqual([excluded.kind, excluded.payload.reason], ["exclude", "unclear"]);

    const original = await desk.frame.locator("[data-side=left] .answer").textContent();
    const corrected = await decideBy(desk, folder, () => correctBy(desk, window, CORRECTED));
    assert.equal(corrected.kind, "correct");
    const written = look(folder, ({ ledger }) => ledger.answer(Number(corrected.payload.answerId)));
    assert.deepEqual([written.text, written.origin, written.writtenBy], [CORRECTED, "person", "Tester"]);

    const rejected = await decideBy(desk, folder, async () => {
      await page.keyboard.press("w");
      await quickInput.pick("Leave it out");
      await quickInput.answer(/What is wrong with it/, "It is no answer.");
    });
    assert.deepEqual([rejected.kind, rejected.payload.note], ["reject", "It is no answer."]);

    const asked = await desk.item();
    const answers = (): number => look(folder, ({ ledger }) => ledger.answersOf(asked, "teacher").length);
    const before = answers();
    await page.keyboard.press("w");
    await quickInput.pick("Ask again");
    await until(() => answers() === before + 1, "the teacher has answered once more");
    await until(async () => /answered #\d+ once more/.test(await desk.said()), "and the page says so");
    assert.equal(await desk.item(), asked, "what was asked for once more is still to be judged");

    // Moving decides nothing.
    const skippedTo = await desk.pressOn("s");
    const nextTo = await desk.pressOn("j");
    assert.ok(new Set([asked, skippedTo, nextTo]).size === 3);
    assert.equal(await desk.pressOn("k"), skippedTo);
    const acts = inForce(folder);
    assert.equal(acts.length, 9);

    const plain = (decisions: readonly Decision[]): unknown[] =>
      decisions.map(({ kind, subject, payload }) => ({ kind, subject, payload }));
    for (const [left, act] of [...acts.entries()].reverse()) {
      await page.keyboard.press("u");
      await until(async () => act.subject.endsWith(`:${await desk.item()}`), `undo shows what ${act.kind} was about`);
      assert.deepEqual(plain(inForce(folder)), plain(acts.slice(0, left)));
      if (act.kind === "correct") {
        const shown = desk.frame.locator("[data-side=left] .answer");
        await until(async () => (await shown.textContent()) === original, "the teacher's own answer is shown again");
      }
    }
    await page.keyboard.press("u");
    await until(async () => /nothing of yours left to undo/.test(await desk.said()), "there is an end");
    for (const [at] of acts.entries()) {
      await page.keyboard.press("Shift+U");
      await until(() => inForce(folder).length === at + 1, `redo ${at + 1} of ${acts.length}`);
    }
    assert.deepEqual(plain(inForce(folder)), plain(acts));
    assertHealthy(editor, [window]);
  });

  it("an unscored verdict is scored by hand, and its queue is empty then until undo brings it back", async (context) => {
    const folder = copyOf(context, await atTheGate(context));
    const { window, desk } = await open(context, folder);
    const { page, quickInput } = window;
    await chooseQueue(window, desk, /^Unscored/);
    const id = await desk.item();
    await page.keyboard.press("a");
    await window.notifications.toast(/unscored, so there is nothing to agree with/).waitFor();
    await window.command("notifications.clearAll");
    await desk.focus();
    await page.keyboard.press("g");
    await quickInput.answer(/from 1 to 10/, "9 4.5");
    await desk.frame.getByText("All done").waitFor();
    const [score, ...others] = inForce(folder);
    assert.deepEqual(others, []);
    assert.equal(score?.subject, `verdict:1:${id}`);
    assert.deepEqual(score.payload, {
      ...{ choice: "scores", teacher: 9, student: 4.5, gap: 4.5, referee: null, opinion: "hard" },
    });
    await page.keyboard.press("u");
    await until(async () => (await desk.frame.locator("article h2").count()) > 0, "undo brings it back");
    assert.equal(await desk.item(), id);
    assert.deepEqual(inForce(folder), []);
    assertHealthy(editor, [window]);
  });

  it("blind, a page knows neither names nor scores, and keys mean the side that is shown", async (context) => {
    const made = await atTheGate(context);
    const folder = copyOf(context, made);
    const { window, desk } = await open(context, folder);
    const { page } = window;
    const id = await desk.item();
    await page.keyboard.press("b");
    const heading = desk.frame.locator("[data-side=left] h2");
    await until(async () => (await heading.textContent()) === "Left", "the sides have no names");
    assert.equal(await desk.item(), id, "it is the same item");

    const orders = new Set<string>();
    for (const key of ["1", "3", "1", "3", "1", "3", "1", "3"]) {
      const item = await desk.item();
      const sides = shownOrder(made.config.seed, `verdict:1:${item}`, "Tester");
      orders.add(sides[0]);
      const verdict = verdicts(folder).find(({ instructionId }) => instructionId === item);
      for (const [at, place] of (["left", "right"] as const).entries()) {
        const answerId = sides[at] === "teacher" ? verdict?.teacherAnswerId : verdict?.studentAnswerId;
        const { text } = look(folder, ({ ledger }) => ledger.answer(answerId ?? 0));
        const shown = await desk.frame.locator(`[data-side=${place}] .answer`).textContent();
        assert.equal(shown?.trim(), text.trim(), `${place} is the ${sides[at]}'s`);
      }
      const page = await desk.frame.locator("main").innerHTML();
      assert.doesNotMatch(page, /oracle-|Teacher ahead|Shown first|gap-scale|lion-tau|Through the iterations/);
      const { payload, context: how } = await decideBy(desk, folder, () => window.page.keyboard.press(key));
      assert.deepEqual([payload.choice, how], [sides[key === "1" ? 0 : 1], "blind"]);
    }
    assert.deepEqual([...orders].sort(), ["student", "teacher"], "the sides are shuffled");

    const count = inForce(folder).length;
    for (const [key, sentence] of [
      ["a", /no verdict to agree with/],
      ["e", /The comparison is blind/],
      ["d", /The comparison is blind/],
    ] as const) {
      await page.keyboard.press(key);
      await window.notifications.toast(sentence).first().waitFor();
      await window.command("notifications.clearAll");
      await desk.focus();
    }
    assert.equal(inForce(folder).length, count);
    await page.keyboard.press("b");
    await until(async () => (await heading.textContent()) === "Teacher", "the names are back");
    await desk.frame.locator("lion-tau").waitFor();
    assertHealthy(editor, [window]);
  });

  it("τ is moved by keys, counts at once, and changes nothing before it is saved", async (context) => {
    const made = await atTheGate(context);
    const folder = copyOf(context, made);
    const file = join(folder, "lion.json");
    const config = readFileSync(file, "utf8").replace(/"tau":/, `${TAU_COMMENT}\n    "tau":`);
    writeFileSync(file, config);
    const hardBy = (tau: number): number =>
      verdicts(folder).filter(({ gap }) => gap !== null && isHard(gap, tau)).length;
    const { window, desk } = await open(context, folder);
    const { page } = window;
    const counts = desk.frame.locator("lion-tau .counts");
    const tells = (tau: number) => async (): Promise<boolean> =>
      ((await counts.textContent()) ?? "").includes(`120 rated: ${hardBy(tau)} hard`);
    await until(tells(1), "the counts of the saved τ");

    await page.keyboard.press("t");
    await desk.frame.locator("lion-tau input:focus").waitFor();
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("ArrowRight");
    }
    assert.notEqual(hardBy(3), hardBy(1));
    await until(tells(3), "the counts of τ 3");
    await desk.frame.getByText("Nothing changes until you save").waitFor();
    assert.equal(readFileSync(file, "utf8"), config);
    assert.deepEqual(inForce(folder), []);

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await window.notifications.toast(/τ = 3.* It counts from the next iteration/).waitFor();
    const saved = readFileSync(file, "utf8");
    assert.equal(saved, config.replace(/("tau": ?)1\b/, "$13"), "nothing but τ is changed in the file");
    await desk.frame.getByText("Saved: τ 3. This iteration was rated with 1.").waitFor();
    assert.deepEqual(inForce(folder), [], "no decision comes of it");
    assertHealthy(editor, [window]);
  });

  it("what was decided at the gate is what generation draws from and what an export has", async (context) => {
    const made = await atTheGate(context);
    const folder = copyOf(context, made);
    const { window, desk } = await open(context, folder);
    const { page, quickInput, statusBar } = window;
    const toEasy = await decideBy(desk, folder, () => page.keyboard.press("2"));
    const excluded = await decideBy(desk, folder, async () => {
      await page.keyboard.press("x");
      await quickInput.pick("It does not say what is wanted");
    });
    const corrected = await decideBy(desk, folder, () => correctBy(desk, window, CORRECTED));
    await chooseQueue(window, desk, /^Easy/);
    const toHard = await decideBy(desk, folder, () => page.keyboard.press("1"));
    await quickInput.runCommand("Lion: Run Next Iteration");
    await statusBar.item(`Lion: ${NEW} to review`).waitFor({ timeout: 180_000 });

    const candidates = look(folder, (store) => store.candidates.ofIteration(1));
    const parents = (half: "hard" | "easy"): Set<number | null> =>
      new Set(candidates.filter((one) => one.half === half).map(({ parentId }) => parentId));
    const [hard, easy] = [parents("hard"), parents("easy")];
    const [easyId, excludedId, correctedId, hardId] = [toEasy, excluded, corrected, toHard].map(({ subject }) =>
      Number(subject.slice(subject.lastIndexOf(":") + 1)),
    ) as [number, number, number, number];
    assert.ok(hard.has(hardId) && !easy.has(hardId), "what was called hard is among the hard seeds");
    assert.ok(!hard.has(easyId), "what was called a tie is no hard seed");
    assert.ok(!hard.has(excludedId) && !easy.has(excludedId), "what was excluded is in no draw");

    const exported = join(folder, "train.json");
    await lionJson(["export", "train", exported, "--project", folder]);
    const rows = JSON.parse(readFileSync(exported, "utf8")) as Array<{ instruction: string; output: string }>;
    const textOf = (id: number): string | undefined =>
      look(folder, ({ instructions }) => instructions.get(id)?.turns[0]?.content);
    const outputs = (id: number): string[] =>
      rows.filter(({ instruction }) => instruction === textOf(id)).map(({ output }) => output);
    assert.ok(outputs(correctedId).includes(CORRECTED), "the corrected answer is what is trained on");
    assert.equal(rows.length, 119, "the excluded one is in no training file");
    assertHealthy(editor, [window]);
  });
});
