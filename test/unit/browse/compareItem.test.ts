import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CompareFacts, readCompareItem } from "../../../src/core/browse/compareItem.ts";
import { shownOrder } from "../../../src/core/browse/shownOrder.ts";
import { addCandidate, addInstruction, newStore, temporaryFolder } from "../store/support.ts";
import { ItemWorld } from "./itemWorld.ts";

const folder = temporaryFolder();

function newWorld(): ItemWorld {
  const world = new ItemWorld(newStore(folder));
  world.openIteration(1);
  return world;
}

function read(world: ItemWorld, id: number, iteration = 1): CompareFacts {
  const facts = readCompareItem(world, iteration, id);
  assert.ok(facts);
  return facts;
}

describe("a comparison", () => {
  it("has both answers, the referee's words and the numbers of the verdict", () => {
    const world = newWorld();
    const facts = read(world, world.rated({ gap: 2 }));
    assert.equal(facts.turns[0]?.text.head, "Name three rivers.");
    assert.deepEqual([facts.teacher?.text.head, facts.teacher?.words], ["Rhine, Rhone, Danube", 3]);
    assert.deepEqual([facts.student?.writtenBy, facts.student?.words], ["student-1", 4]);
    const { ratings, ...numbers } = facts.referee ?? assert.fail();
    assert.deepEqual(numbers, { teacherScore: 8, studentScore: 6, gap: 2, tau: 1, half: "hard", warnings: [] });
    assert.deepEqual(
      ratings.map(({ firstShown, scores, model, reply }) => [firstShown, scores?.student, model, reply.head]),
      [
        ["teacher", 6, "judge-1", "The teacher's is better."],
        ["student", 6, "judge-1", "The teacher's is better."],
      ],
    );
    assert.deepEqual(
      facts.history.map(({ isShown, studentVersion }) => [isShown, studentVersion]),
      [[true, 0]],
    );
  });

  it("of what is not rated shows the newest answers, or none, and no verdict", () => {
    const world = newWorld();
    const id = addInstruction(world.store, "Name four rivers.");
    assert.deepEqual([read(world, id).teacher, read(world, id).student, read(world, id).referee], [null, null, null]);
    world.store.ledger.link(id, "teacher", world.answer("teacher", "old"));
    world.store.ledger.link(id, "teacher", world.answer("teacher", "", { kind: "refused" }));
    const { teacher, history } = read(world, id);
    assert.deepEqual([teacher?.kind, teacher?.text.length, history.length], ["refused", 0, 0]);
    assert.equal(readCompareItem(world, 1, 999_999), null);
    assert.equal(read(world, id, 7).referee, null);
  });

  it("shows only the ratings that are behind the verdict", () => {
    const world = newWorld();
    const id = world.rated();
    const { store } = world;
    const [first] = store.ratings.ofInstruction(id);
    assert.ok(first);
    const other = {
      ...first,
      answerId: world.answer("referee", "Another time."),
      studentAnswerId: world.answer("student", "x"),
    };
    store.ratings.add(other, 2);
    assert.equal(store.ratings.ofInstruction(id).length, 3);
    assert.equal(read(world, id).referee?.ratings.length, 2);
  });

  it("tells every doubt about a verdict, and none without a cause", () => {
    const world = newWorld();
    const warnings = (changes: Parameters<ItemWorld["rated"]>[0]): readonly string[] | undefined =>
      read(world, world.rated(changes)).referee?.warnings;
    const first = { teacherFirst: { teacher: 9, student: 6 }, studentFirst: { teacher: 5, student: 8 } };
    assert.deepEqual(warnings({ gap: 0, contradictory: true, ...first }), ["contradictory", "first"]);
    assert.deepEqual(warnings({ gap: null, studentFirst: null }), ["unparsed"]);
    assert.deepEqual(warnings({ teacher: "one two three", student: "one two" }), ["longer"]);
    assert.deepEqual(warnings({ teacher: "one two three", student: "one two x" }), []);
    assert.deepEqual(warnings({ gap: -1, teacher: "one", student: "one two" }), ["longer", "studentAhead"]);
    assert.deepEqual(warnings({ gap: 2, student: "" }), []);
    assert.deepEqual(warnings({ gap: 0, teacher: "one two three", student: "one" }), []);
  });

  it("knows the iterations before, with the student that answered and what people set", () => {
    const world = newWorld();
    world.openIteration(2);
    const { store } = world;
    store.training.addCheckpoint(
      {
        ...{ iteration: 2, jobId: null, directory: "c", weightsSha256: "w", template: "lion" },
        ...{ manifest: {}, parentId: null },
      },
      1,
    );
    const id = world.rated({ gap: 2 });
    const [{ teacherAnswerId, studentAnswerId }] = store.ratings.verdictsOf(id) as [never];
    world.verdict({ instructionId: id, iteration: 2, gap: 0.5, teacherAnswerId, studentAnswerId });
    world.aboutVerdict(id, "override", { payload: { choice: "tie", half: "easy", referee: "hard" } });
    assert.deepEqual(
      read(world, id, 2).history.map(({ iteration, studentVersion, gap, override, isShown }) => [
        ...[iteration, studentVersion, gap, override, isShown],
      ]),
      [
        [1, 0, 2, "easy", false],
        [2, 2, 0.5, null, true],
      ],
    );
  });

  it("tells the decisions in force on the verdict and the instruction, and what agents propose", () => {
    const world = newWorld();
    const id = world.rated();
    const { store } = world;
    world.aboutVerdict(id, "agree", { payload: { half: "hard", gap: 2, referee: "hard" } });
    world.aboutVerdict(id, "override", {
      payload: { choice: "student", half: "easy", referee: "hard", note: "wrong sum" },
    });
    world.aboutVerdict(id, "override", { payload: { choice: "hard", half: "hard", again: 1 }, context: "blind" });
    const excluded = world.aboutInstruction(id, "exclude", { payload: { reason: "off-topic" }, actor: "Grace" });
    world.aboutVerdict(id, "agree", {
      actor: "agent (x)",
      context: "suggestion",
      payload: { half: "hard", note: "clear" },
    });
    const facts = read(world, id);
    assert.deepEqual(
      facts.standing.map(({ what, actor, half, note, reason }) => [what, actor, half, note, reason]),
      [
        ["override:student", "Ada", "easy", "wrong sum", null],
        ["exclude", "Grace", null, null, "off-topic"],
      ],
    );
    assert.deepEqual(
      facts.suggestions.map(({ what, actor, note }) => [what, actor, note]),
      [["agree", "agent (x)", "clear"]],
    );
    assert.deepEqual([facts.excluded, facts.isDisputed], ["off-topic", false]);
    store.decisions.add(
      { actor: "Grace", kind: "undo", subject: `instruction:${id}`, payload: {}, groupId: "u", undoes: excluded },
      6,
    );
    world.aboutVerdict(id, "override", { actor: "Grace", payload: { choice: "hard", half: "hard", second: true } });
    const later = read(world, id);
    assert.deepEqual([later.excluded, later.isDisputed, later.suggestions.length], [null, true, 0]);
    assert.deepEqual(
      later.standing.map(({ actor, isSecond }) => [actor, isSecond]),
      [
        ["Ada", false],
        ["Grace", true],
      ],
    );
  });

  it("knows where the instruction comes from and what came of it", () => {
    const world = newWorld();
    const id = world.rated();
    const { store } = world;
    store.pools.add("train", 1, [id]);
    store.pools.add("train", 2, [id]);
    store.training.addCheckpoint(
      {
        ...{ iteration: 1, jobId: null, directory: "c", weightsSha256: "w", template: "lion" },
        ...{ manifest: {}, parentId: null },
      },
      1,
    );
    const children = Array.from({ length: 23 }, (_, at) => addCandidate(store, `Name ${at} hills.`, { parentId: id }));
    world.aboutInstruction(children[1] ?? 0, "approve");
    const { lineage } = read(world, id);
    assert.equal(lineage.childCount, 23);
    assert.deepEqual(
      lineage.children.map(({ instructionId }) => instructionId),
      children.slice(0, 20),
    );
    assert.deepEqual(
      lineage.children.slice(0, 2).map(({ text, state }) => [text, state]),
      [
        ["Name 0 hills.", "waiting"],
        ["Name 1 hills.", "approved"],
      ],
    );
    assert.deepEqual([lineage.origin, lineage.parent, lineage.checkpoints], ["generated", null, [1]]);
    assert.equal(read(world, children[0] ?? 0).lineage.parent?.instructionId, id);
  });
});

describe("the order of the sides", () => {
  it("is the same for the same person and item, and even over many", () => {
    const orders = Array.from({ length: 400 }, (_, at) => shownOrder(1, `verdict:1:${at}`, "Ada")[0]);
    assert.deepEqual(
      orders,
      Array.from({ length: 400 }, (_, at) => shownOrder(1, `verdict:1:${at}`, "Ada")[0]),
    );
    const left = orders.filter((side) => side === "teacher").length;
    assert.ok(left > 150 && left < 250, `${left}`);
    assert.ok(orders.some((side, at) => side !== shownOrder(1, `verdict:1:${at}`, "Grace")[0]));
  });
});
