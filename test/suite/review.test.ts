import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { ProjectSession } from "../../src/shell/projectSession.ts";
import type { Shell } from "../../src/shell/shell.ts";
import { type Answer, runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

function tabs(name: string): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(name));
}

describe("the pages on which a person decides", () => {
  let shell: Shell;
  let session: ProjectSession;

  before(async () => {
    shell = await shellForTests();
    session = shell.projects.require();
  });

  after(async () => {
    await vscode.window.tabGroups.close([...tabs("lion.reviewPanel"), ...tabs("lion.comparePanel")]);
  });

  async function run(
    answers: readonly Answer[],
    command: string,
    ...args: readonly unknown[]
  ): Promise<ScriptedPrompter> {
    const prompter = new ScriptedPrompter(answers);
    await runScripted(shell, prompter, command, ...args);
    return prompter;
  }

  const position = (): string | null => {
    const stored = shell.context.workspaceState.get<{ positions?: Record<string, string> }>(
      `lion.queue.candidates:${session.folder}`,
    );
    return Object.values(stored?.positions ?? {}).at(-1) ?? null;
  };
  const state = (id: string): string | undefined => session.browser.candidates.get(Number(id))?.state;
  const highest = (): number => session.store.decisions.highestId();
  const isShown = async (id: string): Promise<void> => until(() => position() === id, `#${id} is on screen`);

  it("open once, at the first candidate that waits, and keep the place when they are closed", async () => {
    const waiting = session.browser.candidates.page("waiting", { limit: 3 }).rows.map(({ id }) => String(id));
    assert.equal(waiting.length, 3);
    await run([], "lion.openReview", { state: "waiting" });
    await until(() => tabs("lion.reviewPanel").length === 1, "Review is open");
    await isShown(waiting[0] as string);
    await run([], "lion.queue.next");
    await isShown(waiting[1] as string);
    await vscode.window.tabGroups.close(tabs("lion.reviewPanel"));
    await run([], "lion.openReview");
    await until(() => tabs("lion.reviewPanel").length === 1, "Review is open again");
    await isShown(waiting[1] as string);
    await run([], "lion.queue.previous");
    await isShown(waiting[0] as string);
  });

  it("decide by command, go on to the next item, and come back by undo", async () => {
    const first = position() as string;
    await run([], "lion.candidate.approve");
    assert.equal(state(first), "approved");
    await until(() => position() !== first, "the next one is on screen");
    const second = position() as string;
    await run([], "lion.candidate.refuseAs", "unclear");
    assert.equal(state(second), "refused");
    const [decision] = session.store.decisions.about(`instruction:${second}`).slice(-1);
    assert.deepEqual(decision?.payload, { reason: "unclear" });

    await run([], "lion.undo");
    await isShown(second);
    assert.equal(state(second), "waiting");
    await run([], "lion.redo");
    assert.equal(state(second), "refused");
    await run([], "lion.undo");
    await run([], "lion.undo");
    await isShown(first);
    assert.equal(state(first), "waiting");
  });

  it("take a note along, and decide nothing at Escape", async () => {
    const first = position() as string;
    const decisions = highest();
    await run(["escape"], "lion.candidate.refuse");
    await run(["escape"], "lion.queue.exclude");
    await run(["escape"], "lion.queue.note");
    assert.equal(highest(), decisions);
    await run([{ text: "very good" }], "lion.queue.note");
    await run([], "lion.candidate.approve");
    assert.deepEqual(session.store.decisions.about(`instruction:${first}`).at(-1)?.payload, { note: "very good" });
    await run([], "lion.undo");
  });

  it("decide about all that match after showing how many, as one act", async () => {
    const count = session.browser.candidates.counts({}).find((one) => one.state === "waiting")?.count ?? 0;
    const decisions = highest();
    await run([{ pick: "Approve all" }, { confirm: false }], "lion.candidate.bulk");
    assert.equal(highest(), decisions);
    const { questions } = await run([{ pick: "Approve all" }, { confirm: true }], "lion.candidate.bulk");
    assert.match(questions.at(-1) ?? "", new RegExp(`Approve ${count} candidates`));
    const left = (): number => session.browser.candidates.counts({}).find((one) => one.state === "waiting")?.count ?? 0;
    assert.equal(left(), 0);
    await run([], "lion.undo");
    assert.equal(left(), count);
  });

  it("compare, judge and score verdicts, and come back by undo", async () => {
    await run([], "lion.openCompare", { iteration: 2, group: "hard" });
    await until(() => tabs("lion.comparePanel").length === 1, "Compare is open");
    const decisions = highest();
    await run([], "lion.compare.agree");
    await run([], "lion.compare.left");
    await run([{ text: "8 5.5" }], "lion.compare.score");
    const made = session.store.decisions.since(decisions);
    assert.deepEqual(
      made.map(({ kind, payload }) => [kind, payload.choice ?? null]),
      [
        ["agree", null],
        ["override", "teacher"],
        ["override", "scores"],
      ],
    );
    assert.equal(new Set(made.map(({ subject }) => subject)).size, 3);
    for (const _ of made) {
      await run([], "lion.undo");
    }
  });

  it("say what cannot be done instead of doing something else", async () => {
    const { told } = await run([], "lion.candidate.refuseAs", "no such reason");
    assert.match(told[0] ?? "", /There is no such reason/);
    const none = await run([], "lion.openReview", { instructionId: 1 });
    assert.match(none.told[0] ?? "", /is no candidate/);
  });

  it("ask who decides, where no name is known, and store nothing without one", async () => {
    const settings = vscode.workspace.getConfiguration("lion");
    await settings.update("name", "", vscode.ConfigurationTarget.Global);
    const key = `lion.name:${session.folder}`;
    try {
      await shell.context.workspaceState.update(key, undefined);
      await run([], "lion.openReview", { state: "waiting" });
      const decisions = highest();
      await run(["escape"], "lion.candidate.approve");
      assert.equal(highest(), decisions);
      await run([{ text: "Ada" }], "lion.candidate.approve");
      assert.equal(session.store.decisions.since(decisions)[0]?.actor, "Ada");
      await run([], "lion.undo");
      await run([{ text: "Grace" }], "lion.changeName");
      assert.equal(await session.likelyActor(), "Grace");
    } finally {
      await shell.context.workspaceState.update(key, undefined);
      await settings.update("name", "Tester", vscode.ConfigurationTarget.Global);
    }
  });
});
