import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Store } from "../../../src/core/store/store.ts";
import { newStore, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

test("what one person has claimed another one cannot, until it is released or has expired", () => {
  const { claims } = newStore(folder);
  assert.ok(claims.claim("instruction:1", "me", "window 1", 100, 0));
  assert.equal(claims.claim("instruction:1", "you", "window 2", 150, 50), false);
  assert.deepEqual([...claims.othersHave("you", 50)], ["instruction:1"]);
  assert.deepEqual([...claims.othersHave("me", 50)], []);
  assert.ok(claims.claim("instruction:1", "me", "window 3", 200, 60), "another window of the same person");
  claims.release("window 1");
  assert.equal(claims.claim("instruction:1", "you", "window 2", 150, 99), false);
  claims.release("window 3");
  assert.ok(claims.claim("instruction:1", "you", "window 2", 150, 100));
  assert.ok(claims.claim("instruction:1", "me", "window 1", 300, 150), "it has expired");
  assert.deepEqual([...claims.othersHave("you", 299)], ["instruction:1"]);
  assert.deepEqual([...claims.othersHave("you", 300)], []);
});

test("two people, each with a connection of their own, never hold the same subject at the same time", () => {
  const people = ["me", "you"] as const;
  const step = fc.record({
    who: fc.nat(1),
    what: fc.constantFrom("claim", "claim", "claim", "release", "wait"),
    subject: fc.nat(2),
    lasts: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const first = newStore(folder);
      const second = new Store(first.file);
      const stores = [first, second];
      const held = new Map<string, { who: number; until: number }>();
      let now = 0;
      for (const { who, what, subject: number, lasts } of steps) {
        const { claims } = stores[who] as Store;
        const subject = `instruction:${number}`;
        const holder = `window of ${people[who]}`;
        if (what === "wait") {
          now += lasts;
        } else if (what === "release") {
          claims.release(holder);
          for (const [name, claim] of held) {
            if (claim.who === who) {
              held.delete(name);
            }
          }
        } else {
          const known = held.get(subject);
          const isFree = known === undefined || known.who === who || known.until <= now;
          assert.equal(claims.claim(subject, people[who] as string, holder, now + lasts, now), isFree);
          if (isFree) {
            held.set(subject, { who, until: now + lasts });
          }
        }
        const others = [...held].filter(([, claim]) => claim.who !== who && claim.until > now).map(([name]) => name);
        assert.deepEqual([...claims.othersHave(people[who] as string, now)].sort(), others.sort());
      }
      second.close();
      first.close();
    }),
    { numRuns: 25 },
  );
});

test("what may be lost does not wait for the disk, and what is stored next does again, also after a failure", () => {
  const store = newStore(folder);
  const waits = (): unknown => store.connection.pragma("synchronous", { simple: true });
  const FULL = 2;
  const NORMAL = 1;
  store.writeLosable(() => assert.equal(waits(), NORMAL));
  assert.equal(waits(), FULL);
  assert.throws(() =>
    store.writeLosable(() => {
      throw new Error("no");
    }),
  );
  assert.equal(waits(), FULL);
});
