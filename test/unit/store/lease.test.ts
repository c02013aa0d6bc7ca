import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Lease, processStart } from "../../../src/core/store/lease.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { HandClock, newStore, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

/** Makes the lease someone else's. */
function pretend(
  store: Store,
  changes: { host?: string; pid?: number; process_started?: string; heartbeat?: number },
): void {
  for (const [column, value] of Object.entries(changes)) {
    store.connection.prepare(`UPDATE lease SET ${column} = ?`).run(value);
  }
}

function deadPid(): number {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return pid;
}

test("a living holder keeps others out, until it lets go", () => {
  const store = newStore(folder);
  const clock = new HandClock();
  const first = new Lease(store.connection, clock);
  const second = new Lease(store.connection, clock);
  assert.equal(first.take(), false);
  assert.throws(() => second.take(), {
    name: "LionError",
    kind: "environment",
    message: new RegExp(`process ${process.pid} `),
  });
  clock.time += 3_600_000;
  assert.throws(() => second.take(), { name: "LionError" }, "silence on this machine is no death");
  second.release();
  assert.deepEqual(first.beat(), { held: true, pauseRequested: false });
  first.release();
  assert.equal(second.take(), false);
});

test("a dead holder on this machine is taken over at once, and notices if it was not dead", () => {
  const store = newStore(folder);
  const clock = new HandClock();
  const first = new Lease(store.connection, clock);
  const second = new Lease(store.connection, clock);
  first.take();
  pretend(store, { pid: deadPid() });
  assert.equal(second.take(), true);
  assert.equal(first.beat().held, false);
  first.release();
  assert.equal(second.beat().held, true);
});

test("another process that got the same number is not the holder", {
  skip: processStart(process.pid) === "" && "the system does not tell when a process began",
}, () => {
  const store = newStore(folder);
  const clock = new HandClock();
  new Lease(store.connection, clock).take();
  pretend(store, { process_started: "1" });
  assert.equal(new Lease(store.connection, clock).take(), true);
});

test("a holder on another machine is taken over after thirty seconds of silence", () => {
  const store = newStore(folder);
  const clock = new HandClock();
  new Lease(store.connection, clock).take();
  pretend(store, { host: "elsewhere", pid: deadPid(), heartbeat: clock.now() });
  const second = new Lease(store.connection, clock);
  clock.time += 29_000;
  assert.throws(() => second.take(), { message: /on elsewhere/ });
  clock.time += 2_000;
  assert.equal(second.take(), true);
});

test("a pause reaches whoever holds the lease, and no one else", () => {
  const store = newStore(folder);
  const clock = new HandClock();
  assert.equal(Lease.requestPause(store.connection), null);
  const lease = new Lease(store.connection, clock);
  lease.take();
  assert.equal(Lease.requestPause(store.connection), process.pid);
  assert.equal(lease.beat().pauseRequested, true);
  lease.release();
  lease.take();
  assert.equal(lease.beat().pauseRequested, false, "a new run is not paused by an old request");
  pretend(store, { pid: deadPid() });
  assert.equal(Lease.requestPause(store.connection), null);
});
