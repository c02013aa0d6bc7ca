import assert from "node:assert/strict";
import { test } from "node:test";
import { instructionOf, singleTurn } from "../../../src/core/pool/instruction.ts";
import { approvalCounts } from "../../../src/core/review/approval.ts";
import { stateOf } from "../../../src/core/review/candidateState.ts";
import { checkEdit, type EditedText } from "../../../src/core/review/editing.ts";
import { effectiveState } from "../../../src/core/review/fold.ts";
import { nextTrainPool } from "../../../src/core/review/pools.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const config = smallConfig();

const TEXT = "Write a short poem about the sea at night.";
const BETTER = "Write a short poem about the sea at dawn, in four lines.";

function setUp(): {
  store: Store;
  review: Review;
  id: number;
  edit: (id: number, text: EditedText | string) => number;
} {
  const store = newStore(folder);
  const parentId = addInstruction(store, "Describe your favourite season in two sentences.");
  const id = addCandidate(store, TEXT, { parentId, half: "easy" });
  const review = new Review({ store, clock, actor: "me" });
  const edit = (which: number, text: EditedText | string): number => {
    const edited = typeof text === "string" ? { instruction: text, input: "" } : text;
    return review.edit(which, edited, checkEdit(store, config, which, edited)).replacement;
  };
  return { store, review, id, edit };
}

const statesIn = (store: Store, ...ids: number[]): Array<string | undefined> => {
  const decided = effectiveState(store.decisions.upTo());
  return ids.map((id) => {
    const candidate = store.candidates.get(id);
    return candidate ? stateOf(candidate, decided) : undefined;
  });
};

test("an edit is a new instruction and candidate in the old one's place, which is in no count and on no list", () => {
  const { store, review, id, edit } = setUp();
  const replacement = edit(id, { instruction: BETTER, input: "waves" });
  const instruction = store.instructions.get(replacement);
  assert.deepEqual(
    [instruction?.origin, instruction?.supersedes, instruction?.input, instruction && instructionOf(instruction)],
    ["edited", id, "waves", BETTER],
  );
  const { ordinal, iteration, half, parentId, filter } = store.candidates.get(replacement) ?? {};
  const original = store.candidates.get(id);
  assert.deepEqual([ordinal, iteration, half, parentId, filter], [-replacement, 1, "easy", original?.parentId, null]);
  assert.deepEqual(statesIn(store, id, replacement), ["replaced", "waiting"]);
  assert.equal(approvalCounts(store).waiting, 1);
  assert.deepEqual(
    review.list().map((one) => one.id),
    [replacement],
  );
  assert.throws(() => review.approve([id]), {
    kind: "input",
    message: new RegExp(`#${replacement} stands in its place`),
  });
});

test("the new text is not held against its own original, but against everything else", () => {
  const { store, id, edit } = setUp();
  const replacement = edit(id, "Write a short poem about the sea at noon.");
  assert.equal(store.candidates.get(replacement)?.filter, null);
  const other = addCandidate(store, "List three uses of salt in a kitchen.");
  const near = edit(other, "Write a short poem about the sea at dusk.");
  const { filter, filterDetail, nearestId } = store.candidates.get(near) ?? {};
  assert.deepEqual([filter, nearestId], ["too-similar", replacement]);
  assert.match(filterDetail ?? "", new RegExp(`too much like #${replacement}: ROUGE-L 0\\.\\d{3}`));
  store.instructions.insert(
    { ...singleTurn("Name the planets of the solar system."), origin: "imported", purpose: "evaluation" },
    1,
  );
  const evaluated = edit(addCandidate(store, "Explain tides."), "Name the planets of the solar system!");
  assert.equal(store.candidates.get(evaluated)?.filter, "near-evaluation");
  assert.equal(store.candidates.get(edit(addCandidate(store, "Explain rain."), "Rain"))?.filter, "too-short");
});

test("an approved candidate stays approved when it is edited and the filters let it pass", () => {
  const { store, review, id, edit } = setUp();
  review.approve([id]);
  const better = edit(id, BETTER);
  assert.deepEqual(statesIn(store, id, better), ["replaced", "approved"]);
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), [better]);
  const bad = edit(better, "Poem");
  assert.deepEqual(statesIn(store, better, bad), ["replaced", "filtered"]);
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), []);
  review.approve([bad], { overrule: true });
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), [bad]);
});

test("undoing an edit brings the original back, and what was made of it stands for nothing", () => {
  const { store, review, id, edit } = setUp();
  const first = edit(id, BETTER);
  const theirs = new Review({ store, clock, actor: "you" });
  const text = { instruction: "Tell a story about a lighthouse keeper.", input: "" };
  const { replacement: second } = theirs.edit(first, text, checkEdit(store, config, first, text));
  theirs.approve([second]);
  const undoing = new Undoing({ store, clock, actor: "me" });
  assert.deepEqual(undoing.undo().kinds, ["edit"]);
  assert.deepEqual(statesIn(store, id, first, second), ["waiting", "replaced", "replaced"]);
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), []);
  assert.throws(() => review.approve([first]), { message: /decide about that/ });
  assert.throws(() => review.refuse([second], "x"), { message: /The edit that made #\d+ was undone/ });
  undoing.redo();
  assert.deepEqual(statesIn(store, id, first, second), ["replaced", "replaced", "approved"]);
});

test("what cannot be edited is told in one sentence, and nothing is stored", () => {
  const { store, review, id } = setUp();
  const plain = addInstruction(store, "no candidate");
  const pooled = addCandidate(store, "Explain why the sky is blue to a child.");
  const check = (which: number, instruction: string, input = ""): unknown =>
    checkEdit(store, config, which, { instruction, input });
  const text = { instruction: BETTER, input: "" };
  const checked = checkEdit(store, config, id, text);
  const checkedPooled = checkEdit(store, config, pooled, text);
  store.pools.add("cache", 1, [pooled]);
  const before = store.connection.prepare("SELECT count(*) FROM instruction").pluck().get();
  const cases: Array<[() => unknown, RegExp]> = [
    [() => check(plain, BETTER), /is no candidate, so it cannot be edited/],
    [() => check(999, BETTER), /#999 is no candidate/],
    [() => check(id, TEXT), /is what it was/],
    [() => check(id, " "), /is empty/],
    [() => check(id, "a\0b"), /NUL character/],
    [() => check(id, BETTER, "\0"), /NUL character/],
    [() => review.edit(pooled, text, checkedPooled), /is in the pools already, so it cannot be edited/],
  ];
  for (const [act, sentence] of cases) {
    assert.throws(act, { name: "LionError", kind: "input", message: sentence });
  }
  assert.throws(() => review.edit(id, { ...text, input: "other" }, checked), /What was checked is not/);
  assert.equal(store.connection.prepare("SELECT count(*) FROM instruction").pluck().get(), before);
  assert.deepEqual(store.decisions.upTo(), []);
});
