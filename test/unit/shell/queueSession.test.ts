import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyOf, type Queued, QueueSession } from "../../../src/shell/panels/queueSession.ts";
import { Sitting } from "../../../src/shell/panels/sitting.ts";

const entry = (instructionId: number, reason: Queued["reason"] = "first"): Queued => ({
  ...{ instructionId, iteration: 2, reason, again: reason === "again" ? 7 : null },
  subject: `instruction:${instructionId}`,
});

const queueOf = (
  ids: readonly number[],
  options: { decided?: ReadonlySet<number>; held?: readonly number[]; startAt?: string } = {},
): QueueSession =>
  new QueueSession({
    entries: ids.map((id) => entry(id)),
    done: options.decided?.size ?? 0,
    isDecided: ({ instructionId }) => options.decided?.has(instructionId) ?? false,
    held: new Set((options.held ?? []).map((id) => `instruction:${id}`)),
    ...(options.startAt !== undefined && { startAt: options.startAt }),
  });

const at = (queue: QueueSession): number | null => queue.current?.instructionId ?? null;

describe("an item's name in its queue", () => {
  it("is the subject's numbers, with the reason where it is not the first", () => {
    assert.equal(keyOf(entry(12)), "12");
    assert.equal(keyOf({ subject: "verdict:2:12", reason: "first" }), "2:12");
    assert.equal(keyOf({ subject: "verdict:2:12", reason: "second" }), "2:12:second");
  });
});

describe("a person's way through a queue", () => {
  it("leads from what they decide to the next open item, and counts", () => {
    const queue = queueOf([1, 2, 3]);
    assert.deepEqual([at(queue), queue.position, queue.total, queue.done, queue.left], [1, 1, 3, 0, 3]);
    queue.decided(false);
    queue.decided(false);
    assert.deepEqual([at(queue), queue.position, queue.done, queue.left], [3, 3, 2, 1]);
    queue.decided(false);
    assert.deepEqual([at(queue), queue.position, queue.done, queue.left], [null, 0, 3, 0]);
  });

  it("goes back to what was decided, where a changed decision counts no second time", () => {
    const queue = queueOf([1, 2, 3]);
    queue.decided(false);
    assert.ok(queue.previous());
    assert.equal(at(queue), 1);
    assert.ok(!queue.previous());
    queue.decided(true);
    assert.deepEqual([at(queue), queue.done], [2, 1]);
  });

  it("leads past what is decided, stepping does not", () => {
    const queue = queueOf([1, 2, 3], { decided: new Set([1, 2]) });
    assert.deepEqual([at(queue), queue.done], [3, 2]);
    queue.previous();
    assert.equal(at(queue), 2);
  });

  it("comes to what was skipped when nothing else is open", () => {
    const queue = queueOf([1, 2, 3]);
    queue.skip();
    assert.equal(at(queue), 2);
    queue.decided(false);
    queue.decided(false);
    assert.equal(at(queue), 1);
    queue.skip();
    assert.equal(at(queue), 1);
    queue.decided(false);
    assert.equal(at(queue), null);
  });

  it("leaves out what others hold, and says when they hold the rest", () => {
    const queue = queueOf([1, 2, 3], { held: [1, 3] });
    assert.equal(at(queue), 2);
    assert.ok(!queue.next());
    queue.decided(false);
    assert.ok(at(queue) === null && queue.isClaimedByOthers);
    queue.setHeld(new Set());
    queue.advance();
    assert.ok(at(queue) === 1 && !queue.isClaimedByOthers);
  });

  it("begins where it was left, and at the first open item where that is gone", () => {
    assert.equal(at(queueOf([1, 2, 3], { startAt: "2" })), 2);
    assert.equal(at(queueOf([1, 2, 3], { startAt: "9" })), 1);
  });

  it("names what comes next, without the item itself", () => {
    const ahead = (queue: QueueSession): number[] => queue.ahead(2).map(({ instructionId }) => instructionId);
    assert.deepEqual(ahead(queueOf([1, 2, 3, 4], { decided: new Set([2]) })), [3, 4]);
    const queue = queueOf([1, 2]);
    assert.deepEqual(ahead(queue), [2]);
    queue.decided(false);
    assert.deepEqual(ahead(queue), []);
  });

  it("takes new items at its end, and drops what others decided unless it was seen", () => {
    const queue = queueOf([1, 2, 3, 4]);
    queue.decided(false);
    queue.merge(
      [2, 4, 5].map((id) => entry(id)),
      0,
    );
    assert.deepEqual([at(queue), queue.total, queue.done], [2, 4, 1]);
    queue.decided(false);
    assert.equal(at(queue), 4);
    queue.decided(false);
    assert.equal(at(queue), 5);
    queue.merge([], 0);
    assert.deepEqual([queue.total, queue.done], [4, 3]);
    queue.decided(false);
    queue.merge([entry(6)], 0);
    assert.deepEqual([at(queue), queue.done], [6, 4]);
  });

  it("counts what was mended and not judged as done, and opens again what was undone elsewhere", () => {
    const decided = new Set<number>();
    const queue = queueOf([1, 2, 3], { decided });
    const fresh = [1, 2, 3].map((id) => entry(id));
    queue.decided(false);
    queue.merge(fresh, 0);
    assert.deepEqual([at(queue), queue.done], [2, 1]);
    decided.add(2);
    queue.decided(false);
    queue.merge(fresh, 1);
    assert.deepEqual([at(queue), queue.done], [3, 2]);
    decided.clear();
    queue.merge(fresh, 0);
    assert.deepEqual([at(queue), queue.done], [3, 1]);
    assert.deepEqual(
      queue.ahead(2).map(({ instructionId }) => instructionId),
      [2],
    );
    decided.add(1);
    queue.goTo("instruction:1");
    queue.decided(false);
    queue.merge(fresh, 1);
    assert.equal(queue.done, 1, "what is judged after all counts once");
  });

  it("counts what is decided at once, seen or not, and leads on from it", () => {
    const queue = queueOf([1, 2, 3]);
    queue.setDecided(["instruction:1", "instruction:3"], true);
    queue.pass();
    assert.equal(at(queue), 2);
    queue.pass();
    assert.equal(at(queue), 2, "what is open is not passed");
    queue.merge([entry(2)], 0);
    assert.deepEqual([queue.total, queue.done], [3, 2]);
  });

  it("opens again what is undone, and goes there", () => {
    const queue = queueOf([1, 2, 3]);
    queue.decided(false);
    queue.decided(false);
    queue.setDecided(["instruction:1"], false);
    assert.equal(queue.done, 1);
    assert.ok(queue.goTo("instruction:1"));
    assert.equal(at(queue), 1);
    assert.ok(!queue.goTo("instruction:9"));
    queue.setDecided(["instruction:1"], true);
    assert.equal(queue.done, 2);
  });

  it("shows an item that is not in it on its own, and then goes on", () => {
    const queue = queueOf([1, 2]);
    queue.showAlone(entry(9));
    assert.deepEqual([at(queue), queue.position], [9, 0]);
    queue.next();
    assert.deepEqual([at(queue), queue.position], [1, 1]);
    queue.showAlone(entry(9));
    queue.decided(false);
    assert.deepEqual([at(queue), queue.done], [2, 0]);
  });
});

describe("the speed of a sitting", () => {
  it("is known after some decisions, counts a long pause as little, and tells how long the rest takes", () => {
    let now = 0;
    const sitting = new Sitting({ now: () => now });
    assert.equal(sitting.perHour, null);
    for (let item = 0; item < 10; item++) {
      now += 6000;
      sitting.decide();
    }
    assert.deepEqual([sitting.perHour, sitting.minutesFor(100), sitting.minutesFor(0)], [600, 10, null]);
    now += 3 * 3_600_000;
    sitting.decide();
    assert.equal(sitting.perHour, 110);
  });
});
