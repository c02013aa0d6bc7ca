import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChangedData, ChangeWatcher } from "../../../src/core/store/changes.ts";
import { Store } from "../../../src/core/store/store.ts";
import { BrowseWorld } from "../browse/world.ts";
import { addCandidate, newStore, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

test("each kind of change is told once, whoever made it", () => {
  const own = newStore(folder);
  const world = new BrowseWorld(own, "changes");
  const other = new Store(own.file);
  const watcher = new ChangeWatcher(own.connection);
  const changes: ReadonlyArray<[ChangedData, (store: Store, name: string) => void]> = [
    ["pools", (store, name) => store.pools.add("cache", 9, [store.instructions.insert(textOf(name), 1)])],
    ["candidates", (store, name) => addCandidate(store, name, { half: null })],
    [
      "decisions",
      (store) =>
        store.decisions.add({ actor: "me", kind: "exclude", subject: "instruction:1", payload: {}, groupId: "g" }, 1),
    ],
    ["iterations", (store, name) => store.iterations.end(1, "imitation", "stopped", name, 5, 1)],
    [
      "jobs",
      (store, name) =>
        store.training.addJob({ id: name, kind: "train", iteration: 1, purpose: "p", target: "t", directory: "d" }, 1),
    ],
  ];
  world.openIteration(1);
  own.iterations.begin(1, "imitation", 0, 1);
  assert.deepEqual([...watcher.poll()], ["iterations"]);
  for (const [data, change] of changes) {
    for (const [store, who] of [
      [own, "own"],
      [other, "another"],
    ] as const) {
      change(store, `${data} ${who}`);
      assert.deepEqual([...watcher.poll()], [data], `${data}, ${who} connection`);
      assert.deepEqual([...watcher.poll()], []);
    }
  }
  other.close();
});

test("verdicts that come, are replaced or go are told, also where their number stays", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "verdicts");
  world.openIteration(1);
  const watcher = new ChangeWatcher(store.connection);
  world.rate(1);
  assert.deepEqual([...watcher.poll()], ["verdicts"]);
  const [verdict] = store.ratings.verdicts(1, "draw");
  assert.ok(verdict);
  store.ratings.putVerdict(verdict);
  assert.deepEqual([...watcher.poll()], ["verdicts"]);
  store.connection.exec("UPDATE verdict SET contradictory = 1 - contradictory");
  assert.deepEqual([...watcher.poll()], ["verdicts"]);
  store.connection.exec("DELETE FROM verdict");
  assert.deepEqual([...watcher.poll()], ["verdicts"]);
});

test("checkpoints that are registered, replaced or taken away are told in a project without a job", () => {
  const store = newStore(folder);
  new BrowseWorld(store, "checkpoints").openIteration(1);
  const watcher = new ChangeWatcher(store.connection);
  const add = (weightsSha256: string): number =>
    store.training.addCheckpoint(
      { iteration: 1, jobId: null, directory: "/w", weightsSha256, template: "lion@1", manifest: {}, parentId: null },
      1,
    );
  const id = add("a");
  assert.deepEqual([...watcher.poll()], ["jobs"]);
  store.training.removeCheckpoint(id);
  const next = add("b");
  assert.deepEqual([...watcher.poll()], ["jobs"], "another may get the same number");
  store.training.removeCheckpoint(next);
  assert.deepEqual([...watcher.poll()], ["jobs"]);
});

function textOf(content: string) {
  return { turns: [{ role: "user" as const, content }], input: "", system: "", origin: "written" as const };
}
