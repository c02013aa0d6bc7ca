import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { forEachInOrder, InOrder } from "../../../src/core/loop/inOrder.ts";

describe("InOrder", () => {
  it("hands replies over in the order of their requests, however they arrive", async () => {
    const replies = new InOrder(async (ordinal) => {
      await sleep(10 - ordinal);
      return ordinal;
    });
    replies.fill(8);
    const taken: number[] = [];
    for (let i = 0; i < 8; i++) {
      taken.push(await replies.take());
    }
    assert.deepEqual(taken, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("goes on numbering where it was told to begin", async () => {
    const replies = new InOrder(async (ordinal) => ordinal, 40);
    assert.equal(await replies.take(), 40);
    replies.fill(3);
    assert.equal(replies.head, 41);
    assert.equal(replies.ahead, 3);
  });

  it("reports a failure in its turn and still waits for what is in flight", async () => {
    let finished = 0;
    const replies = new InOrder(async (ordinal) => {
      await sleep(5 * ordinal);
      finished++;
      if (ordinal === 1) {
        throw new Error("second");
      }
      return ordinal;
    });
    replies.fill(4);
    assert.equal(await replies.take(), 0);
    await assert.rejects(replies.take(), /second/);
    await replies.drain();
    assert.equal(finished, 4);
  });
});

describe("forEachInOrder", () => {
  it("never has more than the window in flight", async () => {
    let inFlight = 0;
    let most = 0;
    const applied: number[] = [];
    await forEachInOrder(
      Array.from({ length: 50 }, (_, i) => i),
      { window: 4, signal: new AbortController().signal },
      async (item) => {
        most = Math.max(most, ++inFlight);
        await sleep(item % 3);
        inFlight--;
        return item * 2;
      },
      (reply) => applied.push(reply),
    );
    assert.equal(most, 4);
    assert.deepEqual(
      applied,
      Array.from({ length: 50 }, (_, i) => 2 * i),
    );
  });

  it("asks nothing new once the signal aborts, and waits for what was asked", async () => {
    const controller = new AbortController();
    let asked = 0;
    let answered = 0;
    const work = forEachInOrder(
      Array.from({ length: 100 }, (_, i) => i),
      { window: 3, signal: controller.signal },
      async () => {
        asked++;
        await sleep(5);
        answered++;
      },
      (_reply, item) => {
        if (item === 10) {
          controller.abort(new Error("paused"));
        }
      },
    );
    await assert.rejects(work, /paused/);
    assert.equal(answered, asked);
    assert.ok(asked < 20, `${asked} were asked`);
  });
});
