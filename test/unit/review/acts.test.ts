import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleOf } from "../../../src/core/review/bulk.ts";
import { stateOf } from "../../../src/core/review/candidateState.ts";
import { effectiveState } from "../../../src/core/review/fold.ts";
import { nextTrainPool } from "../../../src/core/review/pools.ts";
import { Review } from "../../../src/core/review/review.ts";
import { openSuggestions, suggest } from "../../../src/core/review/suggestions.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";
import { addVerdict } from "./verdicts.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const config = smallConfig({ approval: { mode: "sample", sampleSize: 5, maxRefusalRate: 0.9 } });

function setUp(count = 3): { store: Store; me: Review; you: Review; ids: number[] } {
  const store = newStore(folder);
  const ids = Array.from({ length: count }, (_, at) => addCandidate(store, `task ${at}`));
  const by = (actor: string): Review => new Review({ store, clock, actor });
  return { store, me: by("me"), you: by("you"), ids };
}

const stateIn = (store: Store, instructionId: number): string =>
  stateOf({ instructionId, filter: null }, effectiveState(store.decisions.upTo()));

test("an act says what was stored: the time at its first decision, the note, and what it was made without", () => {
  const { store, me, ids } = setUp();
  const act = me.approve(ids, { milliseconds: 1234.6, note: "fine", blind: true });
  assert.deepEqual(act.decisions, store.decisions.upTo());
  assert.deepEqual(
    act.decisions.map(({ milliseconds }) => milliseconds),
    [1235, null, null],
  );
  assert.ok(act.decisions.every(({ context, groupId }) => context === "blind" && groupId === act.groupId));
  assert.deepEqual(act.decisions[0]?.payload, { note: "fine" });
  const [first = 0] = ids;
  const [again] = me.refuse([first], "dull", { again: act.decisions[0]?.id ?? 0, note: " " }).decisions;
  assert.deepEqual(again?.payload, { reason: "dull", again: act.decisions[0]?.id });
  assert.equal(stateIn(store, first), "approved");
});

test("a repeat names one's own decision on the item, and what an act follows is a suggestion on it", () => {
  const { store, me, you, ids } = setUp();
  const [first = 0, second = 0] = ids;
  const theirs = you.approve([first]).decisions[0]?.id ?? 0;
  const mine = me.approve([second]).decisions[0]?.id ?? 0;
  const stored = store.decisions.highestId();
  const cases: Array<() => unknown> = [
    () => me.approve([first], { again: theirs }),
    () => me.approve([first], { again: mine }),
    () => me.approve([first], { again: 999 }),
    () => me.approve([first], { confirms: theirs }),
  ];
  for (const act of cases) {
    assert.throws(act, { kind: "input", message: /^Decision \d+ is no/ });
  }
  assert.equal(store.decisions.highestId(), stored);
});

test("a second opinion that differs disputes a candidate, and whoever sees both settles it", () => {
  const { store, me, you, ids } = setUp();
  const [first = 0] = ids;
  me.approve([first]);
  you.refuse([first], "dull", { second: true });
  assert.equal(stateIn(store, first), "disputed");
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), []);
  assert.deepEqual(
    me.list({ state: "disputed" }).map(({ id }) => id),
    [first],
  );
  me.approve([first]);
  assert.equal(stateIn(store, first), "approved");
});

test("the rest is approved on one decision when the sample is good", () => {
  const { store, me, ids } = setUp(20);
  const sample = me.list({ sampleOf: config }).map(({ id }) => id);
  assert.throws(() => me.approveRest(1, config), { message: /^5 of the sample of iteration 1 are not decided about/ });
  me.approve(sample);
  const { decisions } = me.approveRest(1, config, { milliseconds: 10 });
  assert.equal(decisions.length, 15);
  assert.ok(ids.every((id) => stateIn(store, id) === "approved"));
  assert.equal(effectiveState(store.decisions.upTo()).approved.get(sample[0] ?? 0)?.unseen, undefined);
  assert.throws(() => me.approveRest(1, config), { message: /No candidate of iteration 1 waits/ });
  assert.equal(new Undoing({ store, clock, actor: "me" }).undo().count, 15);
  assert.equal(me.list({ state: "waiting" }).length, 15);
});

test("the rest is not approved when so many of the sample may be bad", () => {
  const { me } = setUp(20);
  const strict = { ...config, approval: { ...config.approval, maxRefusalRate: 0.01 } };
  me.approve(me.list({ sampleOf: config }).map(({ id }) => id));
  assert.throws(() => me.approveRest(1, strict), {
    message: /0 of 5 in the sample of iteration 1 were refused, which is too/,
  });
});

test("a suggestion counts for nothing, is open until a person decides, and again when that is undone", () => {
  const { store, me, ids } = setUp();
  const [first = 0] = ids;
  const subject = `instruction:${first}`;
  const actor = "agent (tool)";
  const { id, payload, context } = suggest(store, clock, {
    ...{ actor, subject, kind: "refuse", payload: { reason: "unclear" }, reason: "It says nothing." },
  });
  assert.deepEqual([payload, context], [{ reason: "unclear", note: "It says nothing." }, "suggestion"]);
  assert.equal(stateIn(store, first), "waiting");
  assert.deepEqual(
    openSuggestions(store, subject).map((one) => one.id),
    [id],
  );
  me.refuse([first], "unclear", { confirms: id });
  assert.deepEqual(openSuggestions(store, subject), []);
  new Undoing({ store, clock, actor: "me" }).undo();
  assert.equal(openSuggestions(store, subject).length, 1);
});

test("nothing is suggested about what is not there, or without a reason", () => {
  const { store, ids } = setUp();
  const plain = addInstruction(store, "no candidate");
  addVerdict(store, { instructionId: plain, iteration: 1, gap: 2 });
  const actor = "agent (tool)";
  const tell = (kind: "approve" | "override" | "exclude", subject: string, reason = "so"): unknown =>
    suggest(store, clock, { actor, subject, kind, payload: {}, reason });
  for (const [kind, subject] of [
    ...([
      ["approve", `instruction:${plain}`],
      ["exclude", "instruction:999"],
    ] as const),
    ...([
      ["override", `instruction:${plain}`],
      ["override", `verdict:2:${plain}`],
    ] as const),
    ...([
      ["approve", `verdict:1:${plain}`],
      ["exclude", "iteration:1"],
    ] as const),
  ]) {
    assert.throws(() => tell(kind, subject), { kind: "input", message: new RegExp(`There is nothing to ${kind} at`) });
  }
  assert.throws(() => tell("exclude", `instruction:${ids[0]}`, " "), { kind: "input", message: /A reason is needed/ });
  assert.deepEqual(store.decisions.upTo(), []);
  tell("override", `verdict:1:${plain}`);
});

test("of a bulk some are shown before, the same ones each time", () => {
  const ids = Array.from({ length: 500 }, (_, at) => at + 1);
  const shown = sampleOf(ids, "seed", 10);
  assert.equal(shown.length, 10);
  assert.deepEqual(sampleOf(ids, "seed", 10), shown);
  assert.notDeepEqual(sampleOf(ids, "other", 10), shown);
  assert.deepEqual(
    shown.toSorted((a, b) => a - b),
    shown,
  );
  assert.deepEqual(sampleOf([4, 7], "seed", 10), [4, 7]);
});
