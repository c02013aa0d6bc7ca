import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SlidingWindowPacer, type Slot } from "../../../src/core/models/pacer.ts";
import { Random } from "../../../src/core/random.ts";
import { FakeClock } from "../../support/fakeClock.ts";

interface Start {
  readonly at: number;
  readonly profile: string;
  readonly number: number;
  readonly slot: Slot;
}

function scene(limits: Record<string, { concurrency: number; requestsPerMinute?: number }>) {
  const clock = new FakeClock();
  const pacer = new SlidingWindowPacer(clock, "http://x");
  const starts: Start[] = [];
  for (const [profile, limit] of Object.entries(limits)) {
    pacer.setLimits(profile, limit);
  }
  const want = (profile: string, count = 1, signal?: AbortSignal): void => {
    for (let i = 0; i < count; i++) {
      const number = pacer.ticket();
      pacer.acquire(profile, number, signal).then(
        (slot) => starts.push({ at: clock.now(), profile, number, slot }),
        () => {},
      );
    }
  };
  return { clock, pacer, starts, want };
}

describe("SlidingWindowPacer", () => {
  it("keeps each profile's concurrency, first come first served", async () => {
    const { clock, starts, want } = scene({ a: { concurrency: 2 }, b: { concurrency: 1 } });
    want("a", 4);
    want("b", 2);
    await clock.advance(0);
    assert.deepEqual(
      starts.map(({ number }) => number),
      [0, 1, 4],
    );
    starts[0]?.slot.end("answered");
    await clock.advance(0);
    assert.deepEqual(
      starts.map(({ number }) => number),
      [0, 1, 4, 2],
    );
  });

  it("never starts more in any minute than the limit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer(), async (rate, seed) => {
        const { clock, starts, want } = scene({ a: { concurrency: 100, requestsPerMinute: rate } });
        const random = new Random(`${seed}`);
        for (let i = 0; i < 40; i++) {
          want("a", random.below(4));
          await clock.advance(random.below(20_000));
        }
        const times = starts.map(({ at }) => at);
        for (const at of times) {
          assert.ok(times.filter((other) => other >= at && other < at + 60_000).length <= rate);
        }
        assert.ok(times.length > 3 * rate, "hardly anything started");
      }),
      { numRuns: 15 },
    );
  });

  it("takes a rate below one a minute, and starts of a former process, for what they are", async () => {
    const { clock, pacer, starts, want } = scene({
      a: { concurrency: 9, requestsPerMinute: 0.5 },
      b: { concurrency: 9, requestsPerMinute: 2 },
    });
    pacer.remember("b", [clock.now() - 30_000, clock.now() - 90_000]);
    want("a", 2);
    want("b", 2);
    await clock.advance(0);
    assert.deepEqual(
      starts.map(({ profile }) => profile),
      ["a", "b"],
    );
    await clock.advance(31_000);
    assert.deepEqual(
      starts.map(({ profile }) => profile),
      ["a", "b", "b"],
    );
    await clock.advance(88_000);
    assert.equal(starts.length, 3);
    await clock.advance(1_000);
    assert.equal(starts.length, 4);
  });

  it("does not let one profile's full window hold up another, and takes back a start that never left", async () => {
    const { clock, starts, want } = scene({ a: { concurrency: 9, requestsPerMinute: 1 }, b: { concurrency: 9 } });
    want("a", 2);
    want("b");
    await clock.advance(0);
    assert.deepEqual(
      starts.map(({ number }) => number),
      [0, 2],
    );
    starts[0]?.slot.end("unsent");
    await clock.advance(0);
    assert.deepEqual(
      starts.map(({ number }) => number),
      [0, 2, 1],
    );
  });

  it("stops every profile until Retry-After is over", async () => {
    const { clock, pacer, starts, want } = scene({ a: { concurrency: 4 }, b: { concurrency: 4 } });
    want("a", 2);
    await clock.advance(0);
    starts[0]?.slot.end({ retryAfterMs: 5000 });
    want("b");
    want("a");
    await clock.advance(4999);
    assert.equal(starts.length, 2);
    assert.equal(pacer.pausedFor, 1);
    starts[1]?.slot.end("failed");
    await clock.advance(1);
    assert.equal(starts.length, 3, "one at a time after being told to slow down");
    assert.equal(pacer.strikes, 1);
    starts[2]?.slot.end("answered");
    assert.equal(pacer.strikes, 0);
  });

  it("pauses longer each time when it is not told for how long, a burst counting once", async () => {
    const { clock, pacer, starts, want } = scene({ a: { concurrency: 3 } });
    want("a", 3);
    await clock.advance(0);
    for (const { slot } of starts.splice(0)) {
      slot.end({ retryAfterMs: null });
    }
    assert.equal(pacer.strikes, 1);
    const pauses = [pacer.pausedFor];
    for (let strike = 2; strike <= 12; strike++) {
      want("a");
      await clock.advance(pacer.pausedFor);
      starts.pop()?.slot.end({ retryAfterMs: 0 });
      assert.equal(pacer.strikes, strike);
      pauses.push(pacer.pausedFor);
    }
    assert.ok((pauses[0] as number) >= 375 && (pauses[0] as number) <= 625);
    assert.ok(pauses.slice(1, 7).every((pause, i) => pause > (pauses[i] as number)));
    assert.ok(Math.max(...pauses) <= 75_000);
  });

  it("runs fewer at once after being told to slow down, and more again as answers come", async () => {
    const { clock, starts, want } = scene({ a: { concurrency: 8 } });
    want("a", 200);
    await clock.advance(0);
    assert.equal(starts.length, 8);
    const running = starts.splice(0);
    running[0]?.slot.end({ retryAfterMs: 1000 });
    for (const { slot } of running.slice(1)) {
      slot.end("failed");
    }
    await clock.advance(1000);
    assert.equal(starts.length, 4);
    for (let i = 0; i < 60; i++) {
      starts.shift()?.slot.end("answered");
      await clock.advance(0);
    }
    assert.equal(starts.length, 8);
  });

  it("lets the oldest question go first when it comes back", async () => {
    const { clock, pacer, starts, want } = scene({ a: { concurrency: 1 } });
    want("a", 3);
    await clock.advance(0);
    pacer.acquire("a", 0).then((slot) => starts.push({ at: clock.now(), profile: "a", number: 0, slot }));
    starts[0]?.slot.end("failed");
    await clock.advance(0);
    assert.deepEqual(
      starts.map(({ number }) => number),
      [0, 0],
    );
  });

  it("drops what is called off, and leaves no timer behind", async () => {
    const { clock, starts, want } = scene({ a: { concurrency: 9, requestsPerMinute: 1 } });
    const controller = new AbortController();
    want("a", 3, controller.signal);
    await clock.advance(0);
    assert.equal(clock.sleeping, 1);
    controller.abort();
    await clock.advance(200_000);
    assert.equal(starts.length, 1);
    assert.equal(clock.sleeping, 0);
  });

  it("applies new limits to what waits already", async () => {
    const { clock, pacer, starts, want } = scene({ a: { concurrency: 1, requestsPerMinute: 1 } });
    want("a", 6);
    await clock.advance(0);
    pacer.setLimits("a", { concurrency: 4 });
    await clock.advance(0);
    assert.equal(starts.length, 4);
  });
});
