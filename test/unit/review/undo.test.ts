import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../../src/core/random.ts";
import { holding } from "../../../src/core/review/fold.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, HandClock, newStore, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const ACTORS = ["me", "you"] as const;

/** What an undo should take back, by all decisions there are. */
function lastAct(store: Store, actor: string): number[] {
  const all = store.decisions.upTo();
  const compensations = new Set(all.filter(({ kind }) => kind === "undo").map(({ groupId }) => groupId));
  const mine = holding(all).filter((one) => one.actor === actor && !compensations.has(one.groupId));
  const last = mine.at(-1)?.groupId;
  return mine.filter(({ groupId }) => groupId === last).map(({ id }) => id);
}

for (const seed of ["a", "b", "c", "d"]) {
  test(`undo takes back the last act in force, however much was undone before (${seed})`, () => {
    const random = new Random(`undo/${seed}`);
    const store = newStore(folder);
    const ids = Array.from({ length: 12 }, (_, at) => addCandidate(store, `task ${at}`));
    // Approvals of these are made good for when they are undone.
    store.pools.add("cache", 2, ids.slice(0, 4));
    let taken = 0;
    for (let step = 0; step < 120; step++) {
      const actor = random.pick(ACTORS);
      const review = new Review({ store, clock: new HandClock(), actor });
      const undoing = new Undoing({ store, clock: new HandClock(), actor });
      const some = random.shuffle(ids).slice(0, 1 + random.below(3));
      if (random.next() < 0.55) {
        const wanted = lastAct(store, actor);
        const before = store.decisions.highestId();
        assert.equal(undoing.undo().count, wanted.length);
        const undone = store.decisions.since(before).flatMap(({ undoes }) => undoes ?? []);
        assert.deepEqual(undone, wanted);
        taken += wanted.length;
      } else {
        try {
          random.pick([() => review.approve(some), () => review.refuse(some, "x"), () => review.exclude(some, "y")])();
        } catch {
          // Some of them could not be decided about so.
        }
      }
    }
    assert.ok(taken > 20, `${taken} decisions were taken back`);
  });
}
