import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import type { PoolFilter } from "../../../src/core/browse/types.ts";
import { Review } from "../../../src/core/review/review.ts";
import type { EngineState } from "../../../src/protocol/engine.ts";
import type { ShownIteration, ShownStage } from "../../../src/shell/trees/iterationItems.ts";
import { IterationsModel } from "../../../src/shell/trees/iterationsModel.ts";
import type { ShownJob } from "../../../src/shell/trees/jobItems.ts";
import { JobsModel } from "../../../src/shell/trees/jobsModel.ts";
import { PoolModel } from "../../../src/shell/trees/poolModel.ts";
import { ReviewModel, type ReviewNode } from "../../../src/shell/trees/reviewModel.ts";
import { DEFAULT_OPTIONS, type PoolOptions } from "../../../src/shell/trees/viewOptions.ts";
import { BrowseWorld } from "../browse/world.ts";
import { HandClock, newStore, temporaryFolder } from "../store/support.ts";
import { english } from "./english.ts";

const folder = temporaryFolder();
const PAGE = 5;

function world(seed: string): { world: BrowseWorld; browser: PoolBrowser; review: Review } {
  const store = newStore(folder);
  const made = store.write(() => {
    const inside = new BrowseWorld(store, seed);
    inside.openIteration(1);
    inside.rate(1);
    inside.addCandidates(1, 20);
    return inside;
  });
  const review = new Review({ store, clock: new HandClock(), actor: "me" });
  return { world: made, browser: new PoolBrowser(store), review };
}

function cacheOf(browser: PoolBrowser, options: Partial<PoolOptions> = {}): PoolModel {
  return new PoolModel({
    ...{ pool: "cache", browser, options: { ...DEFAULT_OPTIONS, ...options }, l10n: english },
    shown: () => ({ iteration: 1, tau: 1 }),
    pageSize: () => PAGE,
  });
}

/** Everything in a view, all pages loaded: ids by the bucket's key. */
function contents(model: PoolModel): Map<string, number[]> {
  return new Map(
    model.children().map((root) => {
      assert.ok(root.kind === "bucket");
      for (let last = model.children(root).at(-1); last?.kind === "more"; last = model.children(root).at(-1)) {
        model.loadMore(root, "more");
      }
      const rows = model.children(root).flatMap((node) => (node.kind === "row" ? [node.instructionId] : []));
      return [root.bucket.key, rows];
    }),
  );
}

describe("the view of a pool", () => {
  it("lists each member once, under its bucket, whatever the grouping, sort and filter", () => {
    const { browser, world: made } = world("each once");
    const members = new Set(made.store.pools.cache(1));
    const settings: Array<Partial<PoolOptions>> = [
      {},
      { sort: "newest" },
      { grouping: "origin", sort: "length" },
      { grouping: "iteration", sort: "oldest" },
    ];
    for (const options of settings) {
      const listed = [...contents(cacheOf(browser, options)).values()].flat();
      assert.equal(new Set(listed).size, listed.length, JSON.stringify(options));
      assert.deepEqual(new Set(listed), members, JSON.stringify(options));
    }
    const filter: PoolFilter = { contradictory: true };
    const filtered = [...contents(cacheOf(browser, { filter })).values()].flat();
    assert.ok(filtered.length > 0 && filtered.length < members.size);
  });

  it("has items with ids that are unique in the view", () => {
    const { browser } = world("unique");
    const model = cacheOf(browser);
    contents(model);
    const nodes = model.children().flatMap((root) => [root, ...model.children(root)]);
    const ids = nodes.map((node) => model.item(node).id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("draws a bucket anew after a rating, and not the others; what was excluded leaves", () => {
    const { browser, world: made, review } = world("refresh");
    const model = cacheOf(browser);
    const [first] = [...contents(model).values()].flat();
    assert.ok(first !== undefined);
    assert.deepEqual(model.refresh(new Set(["verdicts"])), []);
    review.exclude([first], "off-topic");
    const redraw = model.refresh(new Set(["decisions"]));
    assert.ok(redraw !== "all" && redraw.length > 0);
    assert.ok(![...contents(model).values()].flat().includes(first));
    assert.ok(made.store.pools.isInCache(first));
  });

  it("reaches an instruction on a page that is not loaded, and not what the filter hides", () => {
    const { browser } = world("reach");
    const [[key, ids] = ["", []]] = [...contents(cacheOf(browser))].sort(([, a], [, b]) => b.length - a.length);
    const last = ids.at(-1);
    assert.ok(last !== undefined && ids.length > PAGE, `${key} has ${ids.length}`);
    const model = cacheOf(browser);
    const node = model.reach(last, PAGE);
    assert.equal(node?.instructionId, last);
    assert.ok(node && model.children(node.parent).includes(node));
    assert.equal(cacheOf(browser, { filter: { hasText: "nowhere" } }).reach(last, PAGE), undefined);
    assert.equal(model.reach(999_999, PAGE), undefined);
  });

  it("says in its description whose verdicts it shows, how far they go and how it is set", () => {
    const { browser } = world("description");
    const plain = cacheOf(browser);
    plain.children();
    assert.match(plain.description(), /^iteration 1 · \d+ of \d+ rated$/);
    const set = cacheOf(browser, {
      filter: { contradictory: true, origin: "written", hasText: "stone" },
      sort: "newest",
      grouping: "origin",
    });
    set.children();
    assert.match(
      set.description(),
      /^contradictory · written · “stone” · iteration 1 · .* rated · by origin · newest first$/,
    );
    const hard = plain.children().find((node) => node.kind === "bucket" && node.bucket.key === "hard");
    assert.match((hard && plain.item(hard).tooltip) ?? "", /of the scored are hard/);
  });

  it("has no buckets when nothing matches, so that the welcome shows", () => {
    const { browser } = world("nothing");
    assert.deepEqual(cacheOf(browser, { filter: { hasText: "nowhere" } }).children(), []);
  });
});

describe("the view of candidates", () => {
  const rowsOf = (model: ReviewModel, state: string): Array<Extract<ReviewNode, { kind: "row" }>> => {
    const root = model.children().find((node) => node.kind === "bucket" && node.bucket.state === state);
    return root ? model.children(root).filter((node) => node.kind === "row") : [];
  };
  const modelOf = (browser: PoolBrowser): ReviewModel =>
    new ReviewModel({ browser, filter: {}, pageSize: () => PAGE, l10n: english });

  it("keeps what is checked over a refresh and forgets what was decided", () => {
    const { browser, review } = world("checked");
    const model = modelOf(browser);
    const [one, two, three] = rowsOf(model, "waiting");
    assert.ok(one && two && three);
    model.check([
      [one, true],
      [two, true],
      [three, true],
    ]);
    model.check([[three, false]]);
    assert.deepEqual(model.checked, [one.instructionId, two.instructionId]);
    model.refresh(new Set(["candidates"]));
    assert.equal(model.checked.length, 2);
    review.approve([one.instructionId]);
    const redraw = model.refresh(new Set(["decisions"]));
    assert.ok(redraw !== "all" && redraw.length === 2, "waiting and approved");
    assert.deepEqual(model.checked, [two.instructionId]);
    const again = rowsOf(model, "waiting").find(({ instructionId }) => instructionId === two.instructionId);
    assert.ok(again && model.item(again).checked);
  });

  it("checks all loaded rows with their bucket's box, which is checked when all of them are", () => {
    const { browser } = world("bucket");
    const model = modelOf(browser);
    const rows = rowsOf(model, "waiting");
    const bucket = rows[0]?.parent;
    assert.ok(bucket && rows.length === PAGE && bucket.bucket.count > PAGE);
    assert.deepEqual(model.check([[bucket, true]]), [bucket]);
    assert.equal(model.checked.length, PAGE);
    assert.equal(model.item(bucket).checked, true);
    assert.deepEqual(model.check(rows.slice(0, 1).map((row) => [row, false])), [bucket]);
    assert.equal(model.item(bucket).checked, false);
    assert.deepEqual(model.check(rows.slice(1, 2).map((row) => [row, false])), [], "the bucket looks the same");
    model.loadMore(bucket, "more");
    assert.equal(model.checked.length, PAGE - 2, "what is loaded later is not checked");
  });

  it("checks what is selected, and unchecks it when all of it that waits is checked", () => {
    const { browser } = world("toggled");
    const model = modelOf(browser);
    const [one, two] = rowsOf(model, "waiting");
    assert.ok(one && two);
    model.check([[one, true]]);
    model.toggle([one, two, ...rowsOf(model, "refused")]);
    assert.deepEqual(model.checked, [one.instructionId, two.instructionId]);
    model.toggle([one, two]);
    assert.deepEqual(model.checked, []);
  });

  it("counts what waits whatever the filter", () => {
    const { browser } = world("waiting");
    const narrowed = new ReviewModel({ browser, filter: { half: "hard" }, pageSize: () => PAGE, l10n: english });
    assert.equal(narrowed.waiting, modelOf(browser).waiting);
    assert.ok(rowsOf(narrowed, "waiting").every(({ row }) => row.half === "hard"));
  });

  it("finds a candidate on its page, and has no box on what is decided", () => {
    const { browser, review } = world("find");
    const model = modelOf(browser);
    const [one] = rowsOf(model, "waiting");
    assert.ok(one);
    review.refuse([one.instructionId], "unclear");
    model.refresh(new Set(["decisions"]));
    const found = model.find(one.instructionId);
    assert.equal(found?.parent.bucket.state, "refused");
    assert.ok(found && !("checked" in model.item(found)));
    assert.equal(model.find(999_999), undefined);
  });
});

describe("the view of iterations", () => {
  const idle: EngineState = {
    ...{ phase: "idle", unattended: false, clients: 0, progress: null, asking: 0, lastEnd: null, spent: null },
  };
  const nothing = { calls: [], cost: [] };
  const stage = (name: ShownStage["name"], state: ShownStage["state"]): ShownStage => ({
    ...{ name, state, note: "", milliseconds: 0, runnable: false, callsSoFar: 0 },
  });
  const iteration = (number: number, middle: ShownStage["state"]): ShownIteration => ({
    ...{ number, state: middle, newest: number === 2 },
    ratings: { rated: 0, total: 10, mode: "lazy", hardShare: null, projectedHard: null },
    stages: [stage("imitation", "done"), stage("discrimination", middle), stage("generation", "later")],
  });

  it("draws only the running stage anew while its engine counts", () => {
    let reads = 0;
    let engine: EngineState = idle;
    const model = new IterationsModel({
      read: () => {
        reads++;
        return [iteration(2, "running"), iteration(1, "done")];
      },
      used: () => nothing,
      engine: () => engine,
      l10n: english,
    });
    const [newest] = model.children();
    const [, running] = newest ? model.children(newest) : [];
    assert.ok(running);
    const progress = { iteration: 2, stage: "discrimination", step: "rated", done: 3, total: 9, detail: "" } as const;
    engine = { ...idle, phase: "running", progress };
    assert.deepEqual(model.refresh(new Set(["engine"])), [running]);
    assert.equal(reads, 1);
    assert.equal(model.item(running).description, "rated 3 of 9");
    assert.equal(model.parent(running), newest);
  });

  it("draws what has changed, keeping its nodes, and everything when an iteration opens", () => {
    let shown = [iteration(1, "running")];
    const model = new IterationsModel({ read: () => shown, used: () => nothing, engine: () => idle, l10n: english });
    const [one] = model.children();
    assert.ok(one);
    const stages = model.children(one);
    assert.deepEqual(model.refresh(new Set(["iterations"])), []);
    shown = [{ ...iteration(1, "running"), stages: [stage("imitation", "done"), stage("discrimination", "stopped")] }];
    assert.deepEqual(model.refresh(new Set(["iterations"])), [stages[1]]);
    shown = [iteration(2, "next"), iteration(1, "done")];
    assert.equal(model.refresh(new Set(["iterations"])), "all");
    assert.equal(model.children().length, 2);
  });
});

describe("the view of checkpoints and jobs", () => {
  it("draws a job anew when it counts on, and pages long lists", () => {
    const job = (number: number, counted: number): ShownJob => ({
      ...{
        id: `job-${number}`,
        kind: "generate",
        iteration: 1,
        purpose: "discrimination-1",
        attempt: 1,
        target: "local",
      },
      ...{ state: counted < 9 ? "running" : "collected", exitCode: null, progress: { done: counted, total: 9 } },
      ...{ reason: "", loss: null, secondsLeft: null, host: null, gpus: [] },
    });
    let done = 1;
    const model = new JobsModel({
      checkpoints: () => [],
      jobs: () => [job(9, done), ...Array.from({ length: 8 }, (_, number) => job(8 - number, 9))],
      pageSize: () => PAGE,
      l10n: english,
    });
    const [jobs, ...others] = model.children();
    assert.ok(jobs && others.length === 0, "no folder without content");
    assert.equal(model.children(jobs).length, PAGE + 1);
    assert.equal(model.item(jobs).description, "9, 1 running");
    assert.ok(model.busy);
    assert.deepEqual(model.refresh(), []);
    done = 2;
    const redraw = model.refresh();
    assert.ok(redraw !== "all" && redraw.length === 1 && redraw[0] === model.children(jobs)[0]);
    model.loadMore();
    assert.equal(model.children(jobs).length, 9);
    done = 9;
    model.refresh();
    assert.ok(!model.busy);
  });
});
