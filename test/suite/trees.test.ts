import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { CandidateState } from "../../src/core/review/candidateState.ts";
import type { ProjectSession } from "../../src/shell/projectSession.ts";
import type { Shell } from "../../src/shell/shell.ts";
import type { Trees } from "../../src/shell/trees/registerTrees.ts";
import { type Answer, runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

interface SelectedNode {
  readonly kind: string;
  readonly instructionId?: number;
  readonly bucket?: { readonly key?: string; readonly state?: string; readonly count: number };
}

describe("the views", () => {
  let shell: Shell;
  let trees: Trees;
  let session: ProjectSession;
  let decided = 0;

  before(async () => {
    shell = await shellForTests();
    trees = vscode.extensions.getExtension<{ trees: Trees }>("lion-curator.lion-curator")?.exports.trees as Trees;
    session = shell.projects.require();
  });

  afterEach(async () => {
    // The project is that of all suites: what was decided here is taken back.
    for (; decided > 0; decided--) {
      await run([], "lion.undo");
    }
    await run([], "lion.clearFilter");
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

  async function decide(answers: readonly Answer[], command: string, ...args: readonly unknown[]): Promise<void> {
    const before = session.store.decisions.highestId();
    const { told } = await run(answers, command, ...args);
    assert.deepEqual(told, []);
    assert.ok(session.store.decisions.highestId() > before, `${command} decided nothing`);
    decided++;
  }

  const waiting = (): number[] => session.browser.candidates.page("waiting", { limit: 100 }).rows.map(({ id }) => id);
  const states = (ids: readonly number[]): Array<CandidateState | undefined> =>
    ids.map((id) => session.browser.candidates.get(id)?.state);
  const first = <T>(list: readonly T[]): T => {
    const [one] = list;
    assert.ok(one !== undefined, "the demo has some");
    return one;
  };
  const cacheBucket = (key: string) => {
    const bucket = session.browser.cacheCounts({ iteration: 2, tau: 1 }).find((one) => one.key === key);
    assert.ok(bucket && bucket.count > 0, `the demo has ${key} ones`);
    return bucket;
  };
  const inCache = (): SelectedNode | undefined => (trees.cache.selection as readonly SelectedNode[])[0];

  it("show the buckets of the Cache, and take a figure's rows from other parts", async () => {
    await run([], "lion.filterCache", { iteration: 2, bucket: "hard" });
    await until(() => inCache()?.bucket?.key === "hard", "the bucket is selected");
    assert.equal(inCache()?.bucket?.count, cacheBucket("hard").count);
  });

  it("reveal an instruction far down, and one that a filter hides", async () => {
    const bucket = cacheBucket("not-rated");
    assert.ok(bucket.count > 150, `${bucket.count} are not rated`);
    const rows = session.browser.page(bucket, { limit: bucket.count }).rows;
    const deep = rows.at(-1)?.id;
    await run([], "lion.revealInPool", { instructionId: deep });
    await until(() => inCache()?.instructionId === deep, `#${deep} is selected`);

    await run([], "lion.filterCache", { hasText: "zzzzzz" });
    assert.equal(trees.cache.options.filter.hasText, "zzzzzz");
    const shallow = first(rows).id;
    await run([], "lion.revealInPool", { instructionId: shallow });
    assert.deepEqual(trees.cache.options.filter, {});
    await until(() => inCache()?.instructionId === shallow, `#${shallow} is selected`);
  });

  it("say where an instruction is that no pool has", async () => {
    const { told } = await run([{ text: "#987654" }], "lion.revealInPool");
    assert.match(first(told), /There is no instruction #987654 in this project/);
  });

  it("are filtered, sorted and grouped by quick pick; Escape changes nothing", async () => {
    await run([{ pick: "Contradictory" }], "lion.filterCache");
    await run([{ pick: "Text" }, { text: "sum" }], "lion.filterCache");
    assert.deepEqual(trees.cache.options.filter, { contradictory: true, hasText: "sum" });
    const prompter = await run(["escape"], "lion.filterCache");
    assert.ok(prompter.labels.some((label) => label.startsWith("$(check) Contradictory")));
    assert.deepEqual(trees.cache.options.filter, { contradictory: true, hasText: "sum" });
    await run([{ pick: "newest first" }], "lion.sortCache");
    await run([{ pick: "by origin" }], "lion.groupCache");
    assert.deepEqual([trees.cache.options.sort, trees.cache.options.grouping], ["newest", "origin"]);
    await run([], "lion.sortCache", { sort: "gap" });
    await run([], "lion.groupCache", { grouping: "verdict" });
    await run([], "lion.clearFilter");
    assert.deepEqual(trees.cache.options.filter, {});
  });

  it("approve what is checked as one act, uncheck it, and take all of it back", async () => {
    await vscode.commands.executeCommand("lion.review.focus");
    const ids = waiting().slice(0, 3);
    trees.review.check(ids);
    assert.deepEqual([...trees.review.checked].sort(), [...ids].sort());
    const before = session.store.decisions.highestId();
    await decide([], "lion.approveChecked");
    assert.deepEqual(states(ids), ["approved", "approved", "approved"]);
    const groups = session.store.decisions.upTo().filter(({ id }) => id > before);
    assert.equal(new Set(groups.map(({ groupId }) => groupId)).size, 1);
    await until(() => trees.review.checked.length === 0, "nothing is checked any more");
    await run([], "lion.undo");
    decided--;
    assert.deepEqual(states(ids), ["waiting", "waiting", "waiting"]);
  });

  it("refuse with a reason from a list or in one's own words, several nodes at once", async () => {
    const [one, two, three] = waiting();
    await decide([{ pick: "It does not say what is wanted" }], "lion.refuse", { instructionId: one }, [
      { instructionId: one },
      { instructionId: two },
    ]);
    assert.equal(session.browser.candidates.get(two ?? 0)?.reason, "unclear");
    await decide([{ pick: "Other" }, { text: "It is about us." }], "lion.refuse", { instructionId: three });
    const payload = session.store.decisions.upTo().at(-1)?.payload;
    assert.deepEqual(payload, { reason: "other", note: "It is about us." });
  });

  it("decide nothing at Escape, without a choice, and about what a filter refused only when told twice", async () => {
    const before = session.store.decisions.highestId();
    await run(["escape"], "lion.refuse", { instructionId: first(waiting()) });
    await run([{ pick: "Other" }, "escape"], "lion.refuse", { instructionId: first(waiting()) });
    const { told } = await run([], "lion.exclude");
    assert.match(first(told), /No instruction is chosen/);
    const filtered = session.browser.candidates.page("filtered", { limit: 1 }).rows[0];
    if (filtered) {
      await run([{ confirm: false }], "lion.approve", { instructionId: filtered.id });
      assert.equal(session.store.decisions.highestId(), before);
      await decide([{ confirm: true }], "lion.approve", { instructionId: filtered.id });
      assert.deepEqual(states([filtered.id]), ["approved"]);
    }
  });

  it("exclude without a question when the reason is given, and bring back by undo", async () => {
    const bucket = cacheBucket("hard");
    const { id } = first(session.browser.page(bucket, { limit: 1 }).rows);
    await decide([], "lion.exclude", { instructionId: id, reason: "off-topic" });
    assert.equal(cacheBucket("hard").count, bucket.count - 1);
    const { told } = await run([], "lion.revealInPool", { instructionId: id });
    assert.match(first(told), /is in no pool: it is excluded/);
    await run([], "lion.undo");
    decided--;
    assert.equal(cacheBucket("hard").count, bucket.count);
  });

  it("search while one types, from words that are given or none", async () => {
    await vscode.commands.executeCommand("lion.searchPool", { text: 'sum" OR (' });
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await vscode.commands.executeCommand("lion.searchPool");
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
  });

  it("copy ids, one a line", async () => {
    await run([], "lion.copyId", { instructionId: 3 }, [{ instructionId: 3 }, { instructionId: 5 }]);
    assert.equal(await vscode.env.clipboard.readText(), "3\n5");
  });

  it("open a job's log, or say that there is none", async () => {
    const job = first(session.store.training.jobs());
    const folder = join(session.project.dataDirectory, job.directory);
    mkdirSync(folder, { recursive: true });
    const log = join(folder, "log");
    rmSync(log, { force: true });
    assert.match(first((await run([], "lion.openJobLog", { jobId: job.id })).told), /has no log/);
    writeFileSync(log, "step 1 of 9\n");
    await run([], "lion.openJobLog", { jobId: job.id });
    assert.equal(vscode.window.activeTextEditor?.document.getText(), "step 1 of 9\n");
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    assert.match(first((await run([], "lion.openJobLog", { jobId: "none" })).told), /No such job/);
  });
});
