import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CandidateFacts, readCandidateItem } from "../../../src/core/browse/candidateItem.ts";
import { REASON_SENTENCES } from "../../../src/core/generator/filters.ts";
import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { addCandidate, addInstruction, newStore, temporaryFolder } from "../store/support.ts";
import { ItemWorld } from "./itemWorld.ts";

const folder = temporaryFolder();

function newWorld(): ItemWorld {
  const world = new ItemWorld(newStore(folder), { diversity: { limit: 0.6 } });
  world.openIteration(1);
  return world;
}

function read(world: ItemWorld, id: number): CandidateFacts {
  const facts = readCandidateItem(world, id, world.config);
  assert.ok(facts);
  return facts;
}

describe("a candidate", () => {
  it("comes with its parent, who wrote it, and what it is most like, with the shared words marked", () => {
    const world = newWorld();
    const { store } = world;
    const parentId = store.instructions.insert({ ...singleTurn("Sort these words.", "b a"), origin: "imported" }, 1);
    const nearestId = addInstruction(store, "Name the longest rivers of Asia.");
    store.pools.add("cache", 1, [parentId, nearestId]);
    const answerId = world.answer("generator", "…", { writtenBy: "writer-1" });
    const id = addCandidate(store, "Name the longest rivers of Africa.", {
      ...{ parentId, answerId, nearestId, nearestScore: 0.5 },
    });
    const facts = read(world, id);
    assert.deepEqual([facts.state, facts.half, facts.generator, facts.words], ["waiting", "hard", "writer-1", 6]);
    assert.deepEqual([facts.parent?.whole.head, facts.parent?.input?.head], ["Sort these words.", "b a"]);
    const { neighbour } = facts;
    assert.deepEqual([neighbour?.instructionId, neighbour?.score, neighbour?.limit], [nearestId, 0.5, 0.6]);
    assert.deepEqual([neighbour?.where, neighbour?.shared.common, neighbour?.shared.first], ["cache", 5, [[0, 26]]]);
    assert.equal(readCandidateItem(world, parentId, world.config), null);
  });

  it("says where its neighbour is", () => {
    const world = newWorld();
    const { store } = world;
    const evaluation = store.instructions.insert(
      { ...singleTurn("Name a lake in Africa."), origin: "imported", purpose: "evaluation" },
      1,
    );
    const waiting = addCandidate(store, "Name two lakes.");
    const whereOf = (nearestId: number): string | undefined =>
      read(world, addCandidate(store, "Name a lake.", { nearestId, nearestScore: 0.3 })).neighbour?.where;
    assert.deepEqual([whereOf(evaluation), whereOf(waiting)], ["evaluation", "candidate"]);
    assert.equal(read(world, waiting).neighbour, null);
  });

  it("shows every check in order, what refused it failed, those behind that too", () => {
    const world = newWorld();
    const id = addCandidate(world.store, "Why?", { filter: "too-short", filterDetail: "Too few." });
    const { checks, state, stateReason } = read(world, id);
    assert.deepEqual(
      checks.map(({ code }) => code),
      [...Object.keys(REASON_SENTENCES), "too-similar", "near-evaluation"],
    );
    assert.deepEqual(
      checks.filter(({ passed }) => !passed).map(({ code }) => code),
      ["too-short"],
    );
    assert.deepEqual([state, stateReason], ["filtered", "Too few."]);
    const similar = addCandidate(world.store, "Name three long rivers.", {
      filter: "too-similar",
      filterDetail: "Like #1.",
    });
    assert.deepEqual(
      read(world, similar).checks.filter(({ passed }) => !passed),
      [{ code: "too-similar", passed: false, detail: "Like #1." }],
    );
  });

  it("names those like it that wait or were filtered, the most similar first", () => {
    const world = newWorld();
    const { store } = world;
    const own = addCandidate(store, "Name three hills.");
    const id = addCandidate(store, "Name three lakes.", { nearestId: own, nearestScore: 0.65 });
    const like = [0.5, 0.9, 0.7].map((nearestScore) =>
      addCandidate(store, "Name three ponds.", { nearestId: id, nearestScore, filter: "too-similar" }),
    ) as [number, number, number];
    const refused = addCandidate(store, "Name three puddles.", { nearestId: id, nearestScore: 0.99 });
    world.aboutInstruction(refused, "refuse", { payload: { reason: "wrong" } });
    assert.deepEqual(
      read(world, id).duplicates.map(({ instructionId, score }) => [instructionId, score]),
      [
        [like[1], 0.9],
        [like[2], 0.7],
        [own, 0.65],
        [like[0], 0.5],
      ],
    );
  });

  it("has the teacher's answer that an imitation would use, else says what came instead", () => {
    const world = newWorld();
    const { store } = world;
    const id = addCandidate(store, "Name three seas.");
    assert.equal(read(world, id).teacher, null);
    store.ledger.link(id, "teacher", world.answer("teacher", "I cannot", { kind: "refused" }));
    assert.deepEqual([read(world, id).teacher?.kind, read(world, id).teacher?.isUsable], ["refused", false]);
    store.ledger.link(id, "teacher", world.answer("teacher", "Other model", { modelAsked: "another" }));
    assert.equal(read(world, id).teacher?.isUsable, false);
    store.ledger.link(id, "teacher", world.answer("teacher", "Baltic, North, Black"));
    assert.deepEqual(
      [read(world, id).teacher?.text.head, read(world, id).teacher?.isUsable],
      ["Baltic, North, Black", true],
    );
  });

  it("knows what it was before an edit, and where an edited one stands", () => {
    const world = newWorld();
    const { store } = world;
    const original = addCandidate(store, "Name tree seas.");
    const edited = store.instructions.insert(
      { ...singleTurn("Name three seas."), origin: "edited", supersedes: original },
      1,
    );
    store.candidates.add(
      { ...(store.candidates.get(original) ?? assert.fail()), instructionId: edited, ordinal: -edited },
      1,
    );
    const act = world.aboutInstruction(original, "edit", { payload: { replacement: edited } });
    assert.deepEqual([read(world, original).state, read(world, edited).state], ["replaced", "waiting"]);
    const { editedFrom, origin } = read(world, edited);
    assert.deepEqual(
      [editedFrom?.instructionId, editedFrom?.whole.head, origin],
      [original, "Name tree seas.", "edited"],
    );
    world.aboutInstruction(original, "undo", { undoes: act });
    assert.deepEqual([read(world, original).state, read(world, edited).state], ["waiting", "replaced"]);
  });

  it("tells decisions, disputes and suggestions", () => {
    const world = newWorld();
    const id = addCandidate(world.store, "Name three seas.");
    world.aboutInstruction(id, "approve");
    world.aboutInstruction(id, "refuse", { actor: "Grace", payload: { reason: "dull", second: true } });
    const disputed = read(world, id);
    assert.deepEqual([disputed.state, disputed.isDisputed, disputed.standing.length], ["disputed", true, 2]);
    world.aboutInstruction(id, "refuse", { payload: { reason: "dull" } });
    const { state, stateReason, standing } = read(world, id);
    assert.deepEqual([state, stateReason, standing.map(({ what }) => what)], ["refused", "dull", ["refuse"]]);
  });
});
