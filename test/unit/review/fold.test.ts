import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stateOf } from "../../../src/core/review/candidateState.ts";
import {
  currentVersion,
  effectiveState,
  halfOf,
  holding,
  instructionSubject,
  iterationSubject,
  verdictSubject,
} from "../../../src/core/review/fold.ts";
import type { Decision, DecisionKind } from "../../../src/core/store/decisions.ts";

function log(...rows: Array<Partial<Decision> & { kind: DecisionKind }>): Decision[] {
  return rows.map((row, index) => ({
    id: index + 1,
    actor: "me",
    subject: instructionSubject(1),
    payload: {},
    groupId: `g${index}`,
    undoes: null,
    context: "normal",
    milliseconds: null,
    createdAt: 1,
    ...row,
  }));
}

test("the latest decision about a candidate counts", () => {
  const state = effectiveState(log({ kind: "approve" }, { kind: "refuse", payload: { reason: "dull" }, actor: "you" }));
  assert.equal(state.approved.size, 0);
  assert.deepEqual(state.refused.get(1), { actor: "you", reason: "dull" });
  const back = effectiveState(log({ kind: "refuse", payload: { reason: "dull" } }, { kind: "approve" }));
  assert.deepEqual([...back.approved], [[1, { actor: "me" }]]);
  assert.equal(back.refused.size, 0);
});

test("a score by hand is hard or easy by τ, and agreeing takes an override back", () => {
  const scored = log({ kind: "override", subject: verdictSubject(2, 17), payload: { gap: 2 } });
  const override = effectiveState(scored).overrides.get(verdictSubject(2, 17));
  assert.deepEqual(override && [halfOf(override, 2), halfOf(override, 2.5)], ["hard", "easy"]);
  const agreed = log(
    { kind: "override", subject: verdictSubject(2, 17), payload: { half: "hard" } },
    { kind: "agree", subject: verdictSubject(2, 17), payload: { half: "easy" } },
  );
  assert.equal(effectiveState(agreed).overrides.size, 0);
});

test("a repeat, shown blind, only measures", () => {
  const rows = log({ kind: "approve" }, { kind: "refuse", context: "blind", payload: { reason: "dull", again: 1 } });
  assert.deepEqual([...effectiveState(rows).approved.keys()], [1]);
});

test("a second opinion that differs leaves the item undecided until somebody decides who sees both", () => {
  const second = { payload: { reason: "dull", second: true }, actor: "you", kind: "refuse" as const };
  const agreeing = effectiveState(log({ kind: "approve" }, { ...second, kind: "approve" }));
  assert.deepEqual([[...agreeing.approved.keys()], agreeing.disputed.size], [[1], 0]);
  const disputed = effectiveState(log({ kind: "approve" }, second));
  assert.deepEqual([disputed.approved.size, disputed.refused.size], [0, 0]);
  assert.deepEqual([...disputed.disputed], [instructionSubject(1)]);
  const settled = effectiveState(log({ kind: "approve" }, second, { kind: "refuse", payload: { reason: "dull" } }));
  assert.deepEqual([[...settled.refused.keys()], settled.disputed.size], [[1], 0]);
  const withdrawn = effectiveState(log({ kind: "approve" }, second, { kind: "undo", undoes: 2 }));
  assert.deepEqual([[...withdrawn.approved.keys()], withdrawn.disputed.size], [[1], 0]);
});

test("a corrected answer stands in the teacher's place, a rejected one is not used", () => {
  const state = effectiveState(
    log({ kind: "correct", payload: { answerId: 9 } }, { kind: "reject", payload: { answerId: 4 } }),
  );
  assert.equal(state.corrected.get(1), 9);
  assert.deepEqual([...(state.rejected.get(1) ?? [])], [4]);
});

test("an undo brings the decision before it back, and an undo of the undo the one after", () => {
  const rows = log(
    { kind: "approve" },
    { kind: "refuse", payload: { reason: "x" } },
    { kind: "undo", undoes: 2 },
    { kind: "undo", undoes: 3 },
    { kind: "undo", undoes: 4 },
  );
  const refusedAfter = (count: number): boolean => effectiveState(rows.slice(0, count)).refused.has(1);
  assert.deepEqual([1, 2, 3, 4, 5].map(refusedAfter), [false, true, false, true, false]);
});

test("suggestions never hold", () => {
  assert.deepEqual(holding(log({ kind: "approve", context: "suggestion" })), []);
});

test("an override is about one iteration's verdict", () => {
  const state = effectiveState(log({ kind: "override", subject: verdictSubject(2, 17), payload: { half: "hard" } }));
  assert.deepEqual(state.overrides.get(verdictSubject(2, 17)), { half: "hard", gap: null, actor: "me" });
  assert.equal(state.overrides.get(verdictSubject(3, 17)), undefined);
});

test("exclusions, finished iterations and edits", () => {
  const state = effectiveState(
    log(
      { kind: "exclude", payload: { reason: "private" } },
      { kind: "finish", subject: iterationSubject(3) },
      { kind: "edit", subject: instructionSubject(5), payload: { replacement: 8 } },
      { kind: "edit", subject: instructionSubject(8), payload: { replacement: 9 } },
    ),
  );
  assert.equal(state.excluded.get(1), "private");
  assert.ok(state.finished.has(3));
  assert.equal(currentVersion(5, state), 9);
  assert.equal(currentVersion(1, state), 1);
});

test("excluded wins over approved, and a person over a filter", () => {
  const passed = { instructionId: 1, filter: null };
  assert.equal(stateOf(passed, effectiveState([])), "waiting");
  assert.equal(stateOf({ ...passed, filter: "too-short" }, effectiveState([])), "filtered");
  assert.equal(stateOf({ ...passed, filter: "too-short" }, effectiveState(log({ kind: "approve" }))), "approved");
  assert.equal(stateOf(passed, effectiveState(log({ kind: "approve" }, { kind: "exclude" }))), "excluded");
});

test("the fold is what a plain replay of the history gives", () => {
  const step = fc.record({
    kind: fc.constantFrom<DecisionKind>("approve", "refuse", "exclude", "undo"),
    subject: fc.integer({ min: 1, max: 4 }),
    target: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const rows = log(
        ...steps.map(({ kind, subject, target }, index) =>
          kind === "undo" && index > 0
            ? { kind, undoes: (target % index) + 1 }
            : { kind: kind === "undo" ? ("approve" as const) : kind, subject: instructionSubject(subject) },
        ),
      );
      const state = effectiveState(rows);
      const expected = replay(rows);
      for (const id of [1, 2, 3, 4]) {
        assert.equal(state.approved.has(id), expected.get(id)?.decided === "approve");
        assert.equal(state.refused.has(id), expected.get(id)?.decided === "refuse");
        assert.equal(state.excluded.has(id), expected.get(id)?.excluded ?? false);
      }
    }),
  );
});

/** Whether a decision holds, by asking for every undo of it in turn. */
function holds(rows: readonly Decision[], id: number): boolean {
  return !rows.some((row) => row.undoes === id && holds(rows, row.id));
}

function replay(rows: readonly Decision[]): Map<number, { decided: string; excluded: boolean }> {
  const states = new Map<number, { decided: string; excluded: boolean }>();
  for (const { id, kind, subject } of rows) {
    if (kind !== "undo" && holds(rows, id)) {
      const key = Number(subject.split(":")[1]);
      const state = states.get(key) ?? { decided: "", excluded: false };
      states.set(key, kind === "exclude" ? { ...state, excluded: true } : { ...state, decided: kind });
    }
  }
  return states;
}
