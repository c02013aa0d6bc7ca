import assert from "node:assert/strict";
import { test } from "node:test";
import { retryWhileBusy } from "../../../src/core/store/retry.ts";
import { Store } from "../../../src/core/store/store.ts";
import { addInstruction, HandClock, newStore, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

/** A clock whose sleeps pass at once and do something. */
class SleepingClock extends HandClock {
  readonly pauses: number[] = [];
  onSleep: () => void = () => {};

  override sleep(milliseconds = 0): Promise<void> {
    this.pauses.push(milliseconds);
    this.time += milliseconds;
    this.onSleep();
    return Promise.resolve();
  }
}

test("work that meets another process's lock is tried again until the lock is let go, without blocking", async () => {
  const holder = newStore(folder);
  const store = new Store(holder.file, { busyTimeout: 0 });
  holder.connection.exec("BEGIN IMMEDIATE");
  const clock = new SleepingClock();
  clock.onSleep = () => clock.pauses.length === 3 && holder.connection.exec("COMMIT");
  const id = await retryWhileBusy(() => store.write(() => addInstruction(store, "late")), {
    clock,
    giveUpAfterMs: 1000,
  });
  assert.equal(store.instructions.get(id)?.turns[0]?.content, "late");
  assert.deepEqual(clock.pauses, [5, 10, 20]);
  assert.equal(store.connection.pragma("busy_timeout", { simple: true }), 0);
  assert.equal(holder.connection.pragma("busy_timeout", { simple: true }), 300);
  store.close();
});

test("after the given time it gives up with a sentence; other errors pass at once", async () => {
  const holder = newStore(folder);
  const store = new Store(holder.file, { busyTimeout: 0 });
  holder.connection.exec("BEGIN IMMEDIATE");
  const clock = new SleepingClock();
  await assert.rejects(
    retryWhileBusy(() => addInstruction(store, "never"), { clock, giveUpAfterMs: 2000 }),
    { name: "LionError", kind: "environment", message: /in use by another program for 2 seconds: try again/ },
  );
  assert.ok(clock.time >= 1_002_000 && clock.time < 1_002_200, String(clock.time));
  const pauses = clock.pauses.length;
  const broken = (): never => {
    throw new TypeError("a defect");
  };
  await assert.rejects(retryWhileBusy(broken, { clock, giveUpAfterMs: 2000 }), TypeError);
  assert.equal(clock.pauses.length, pauses);
  store.close();
});
