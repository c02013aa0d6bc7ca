import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import { type CandidateQuery, type CompareQuery, QueueReader } from "../../../src/core/browse/queues.ts";
import { approvalSample } from "../../../src/core/review/approval.ts";
import { effectiveState, instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import type { NewDecision } from "../../../src/core/store/decisions.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, newStore, smallConfig, temporaryFolder } from "../store/support.ts";
import { naiveQueue } from "./naiveQueue.ts";
import { BrowseWorld } from "./world.ts";

const folder = temporaryFolder();

const CANDIDATES: readonly CandidateQuery[] = [
  ...(["oldest", "newest", "length", "nearest"] as const).map(
    (sort): CandidateQuery => ({ kind: "candidates", state: "waiting", sort }),
  ),
  { kind: "candidates", state: "filtered", sort: "oldest" },
  { kind: "candidates", state: "disputed", sort: "newest" },
  { kind: "candidates", state: "approved", sort: "length", iteration: 2 },
  { kind: "candidates", state: "refused", sort: "oldest", half: "hard" },
  { kind: "candidates", state: "waiting", sort: "oldest", half: "imported", iteration: 1 },
  { kind: "candidates", state: "waiting", sort: "newest", hasText: "cafe riv" },
  { kind: "candidates", state: "waiting", sort: "newest", hasText: "?!" },
];

const VERDICTS: readonly CompareQuery[] = [1, 2].flatMap((iteration) => [
  ...(["hard", "contradictory", "unscored", "studentAhead", "easy", "disputed", "all"] as const).map(
    (group): CompareQuery => ({ kind: "verdicts", iteration, group, sort: "gap" }),
  ),
  ...(["draw", "newest", "length"] as const).map(
    (sort): CompareQuery => ({ kind: "verdicts", iteration, group: "all", sort }),
  ),
  { kind: "verdicts", iteration, group: "easy", sort: "draw", hasText: "stone" },
]);

function config(overlap: number, again: number) {
  return smallConfig({ review: { overlap, again } });
}

function readerOf(store: Store): QueueReader {
  return new QueueReader(store, new PoolBrowser(store).state);
}

describe("queues agree with what the fold makes of the log", () => {
  for (const [overlap, again] of [
    [0, 0],
    [0.5, 0.5],
    [1, 1],
  ] as const) {
    test(`with an overlap of ${overlap} and ${again} shown again, as decisions come and are undone`, () => {
      const store = newStore(folder);
      const world = new BrowseWorld(store, `queues/${overlap}`);
      world.openIteration(1);
      world.openIteration(2);
      world.rate(1);
      world.rate(2);
      world.addCandidates(1, 20);
      world.addCandidates(2, 20);
      const reader = readerOf(store);
      for (let round = 0; round < 4; round++) {
        for (const query of [...CANDIDATES, ...VERDICTS]) {
          for (const actor of ["me", "you"]) {
            const options = { actor, config: config(overlap, again) };
            assert.deepEqual(
              reader.entries(query, options),
              naiveQueue(store, query, options),
              `${actor}, round ${round}: ${JSON.stringify(query)}`,
            );
          }
        }
        store.write(() => {
          for (let step = 0; step < 70; step++) {
            world.decideAnything();
          }
        });
      }
    });
  }
});

/** A store with candidates that one person has decided about, each by an act of its own. */
function decidedStore(count: number) {
  const store = newStore(folder);
  const ids = store.write(() => Array.from({ length: count }, (_, at) => addCandidate(store, `Name ${at} rivers.`)));
  let acts = 0;
  const decide = (id: number, changes: Partial<NewDecision> = {}): number =>
    store.decisions.add(
      {
        ...{ actor: "Ada", kind: "approve", subject: instructionSubject(id), payload: {} },
        groupId: `act-${acts++}`,
        ...changes,
      },
      1,
    );
  return { store, ids, decide, reader: readerOf(store) };
}

const WAITING: CandidateQuery = { kind: "candidates", state: "waiting", sort: "oldest" };

describe("what is asked once more", () => {
  test("comes behind every tenth undecided item, the rest at the end", () => {
    const { ids, decide, reader } = decidedStore(60);
    for (const id of ids.slice(0, 35)) {
      decide(id);
    }
    const entries = reader.entries(WAITING, { actor: "Ada", config: config(0, 1) });
    const reasons = entries.map(({ reason }) => reason);
    assert.equal(reasons.indexOf("again"), 10);
    assert.equal(reasons.lastIndexOf("first"), 26);
    assert.equal(reasons.filter((reason) => reason === "first").length, 25);
    // The first 15 of 35 have 20 others behind them.
    assert.deepEqual(
      entries.filter(({ reason }) => reason === "again").map(({ instructionId }) => instructionId),
      ids.slice(0, 15),
    );
  });

  test("is nothing that was decided with others at once, by a policy, or that only an agent proposes", () => {
    const { ids, decide, reader } = decidedStore(50);
    const options = { actor: "Ada", config: config(1, 1) };
    const [first, second, third, fourth] = ids as [number, number, number, number];
    decide(first, { groupId: "bulk" });
    decide(second, { groupId: "bulk" });
    decide(third, { actor: "lion" });
    decide(fourth, { actor: "agent (x)", context: "suggestion" });
    for (const id of ids.slice(4, 30)) {
      decide(id);
    }
    const asked = reader.entries(WAITING, options).filter(({ reason }) => reason !== "first");
    assert.deepEqual(
      asked.map(({ instructionId }) => instructionId),
      ids.slice(4, 10),
    );
    const others = reader.entries(WAITING, { ...options, actor: "Grace" });
    assert.ok(others.some(({ instructionId, reason }) => instructionId === fourth && reason === "first"));
    const seconds = others.filter(({ reason }) => reason === "second").map(({ instructionId }) => instructionId);
    assert.deepEqual(
      seconds.sort((a, b) => a - b),
      ids.slice(4, 30),
    );
  });

  test("is over when the repeat or the second opinion is there, and back when that is undone", () => {
    const { ids, decide, reader } = decidedStore(30);
    const made = ids.slice(0, 25).map((id) => decide(id));
    const options = { actor: "Ada", config: config(1, 1) };
    const entries = reader.entries(WAITING, options);
    const repeat = entries.find(({ reason }) => reason === "again");
    assert.ok(repeat);
    assert.equal(repeat.again, made[0]);
    assert.equal(reader.isDecided(repeat), false);
    const done = decide(repeat.instructionId, { payload: { again: repeat.again }, context: "blind" });
    assert.equal(reader.isDecided(repeat), true);
    assert.ok(!reader.entries(WAITING, options).some(({ subject }) => subject === repeat.subject));
    decide(repeat.instructionId, { kind: "undo", undoes: done });
    assert.equal(reader.isDecided(repeat), false);
    const second = reader.entries(WAITING, { ...options, actor: "Grace" }).find(({ reason }) => reason === "second");
    assert.ok(second);
    assert.equal(reader.isDecided(second), false);
    decide(second.instructionId, { actor: "Grace", kind: "refuse", payload: { second: true, reason: "wrong" } });
    assert.equal(reader.isDecided(second), true);
    const disputed = reader.entries({ ...WAITING, state: "disputed" }, options);
    assert.deepEqual(
      disputed.map(({ instructionId }) => instructionId),
      [second.instructionId],
    );
    assert.equal(reader.doneCount(disputed), 0);
    decide(second.instructionId, { kind: "refuse", payload: { reason: "wrong" } });
    assert.equal(reader.doneCount(disputed), 1);
  });
});

test("what is decided is counted, whoever did it, and what is excluded is done with", () => {
  const { ids, decide, reader } = decidedStore(5);
  const entries = reader.entries(WAITING, { actor: "Ada", config: config(0, 0) });
  decide(ids[0] ?? 0, { actor: "Grace" });
  decide(ids[1] ?? 0, { kind: "exclude", payload: { reason: "off-topic" } });
  assert.equal(reader.doneCount(entries), 2);
  assert.deepEqual(
    entries.map((entry) => reader.isDecided(entry)),
    [true, true, false, false, false],
  );
});

test("a scored verdict is decided, and agreeing with the referee is a decision too", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "judged");
  world.openIteration(1);
  world.rate(1);
  const reader = readerOf(store);
  const query: CompareQuery = { kind: "verdicts", iteration: 1, group: "hard", sort: "gap" };
  const options = { actor: "Ada", config: config(0, 0) };
  const [first, second, ...rest] = reader.entries(query, options);
  assert.ok(first && second);
  const judge = (kind: "agree" | "override", instructionId: number, payload: Record<string, unknown>): number =>
    store.decisions.add({ actor: "Ada", kind, subject: verdictSubject(1, instructionId), payload, groupId: kind }, 1);
  judge("agree", first.instructionId, { half: "hard", gap: 2, referee: "hard" });
  judge("override", second.instructionId, { choice: "scores", gap: 0.5, opinion: "easy", referee: "hard" });
  assert.deepEqual(reader.entries(query, options), rest);
});

test("a sample is what the approval goes by", () => {
  const { store, decide, ids, reader } = decidedStore(40);
  decide(ids[3] ?? 0, { kind: "exclude", payload: { reason: "off-topic" } });
  const sampling = smallConfig({ approval: { mode: "sample", sampleSize: 7 }, review: { again: 0 } });
  const entries = reader.entries({ ...WAITING, iteration: 1, sample: true }, { actor: "Ada", config: sampling });
  const decided = effectiveState(store.decisions.upTo());
  const sample = approvalSample(store.candidates.ofIteration(1), decided, sampling);
  assert.equal(entries.length, 7);
  assert.deepEqual(
    entries.map(({ instructionId }) => instructionId),
    sample.map(({ instructionId }) => instructionId).sort((a, b) => a - b),
  );
});
