import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { Claims } from "../../../src/shell/panels/claims.ts";
import type { ProjectSession } from "../../../src/shell/projectSession.ts";
import { newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();

describe("what a window's queue claims", () => {
  const store = newStore(folder);
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const sessionOf = (onlyRead: string | null = null): ProjectSession =>
    ({
      ...{ store, clock, onlyRead, project: { config: smallConfig() } },
      writeLosable: async (work: () => void) => store.writeLosable(work),
    }) as unknown as ProjectSession;

  it("is kept from other people, not from the same person's other window, until it is let go", async () => {
    const ada = new Claims(sessionOf());
    const grace = new Claims(sessionOf());
    const again = new Claims(sessionOf());
    assert.deepEqual(await ada.hold(["instruction:1", "instruction:2"], "Ada"), new Set());
    assert.deepEqual(await grace.hold(["instruction:1"], "Grace"), new Set(["instruction:1", "instruction:2"]));
    assert.deepEqual(await again.hold(["instruction:1"], "Ada"), new Set());
    await ada.release();
    await again.release();
    assert.deepEqual(grace.others("Grace"), new Set());
    await ada.hold(["instruction:3"], "Ada");
    await ada.hold(["instruction:4"], "Ada");
    assert.deepEqual(grace.others("Grace"), new Set(["instruction:4"]));
    await Promise.all([ada, grace].map((claims) => claims.release()));
  });

  it("is made anew while it is looked at, and ends by itself when the window is gone", async () => {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
    try {
      const ada = new Claims(sessionOf());
      await ada.hold(["instruction:5"], "Ada");
      const minutes = smallConfig().review.claimMinutes;
      for (let half = 0; half < 6; half++) {
        mock.timers.tick((minutes * 60_000) / 2);
        await Promise.resolve();
        assert.equal(ada.others("Grace").size, 1);
      }
      // As if the process had died: nothing is let go, nothing renewed.
      mock.timers.reset();
      mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 + 60 * 60_000 });
      assert.equal(new Claims(sessionOf()).others("Grace").size, 0);
      await ada.release();
    } finally {
      mock.timers.reset();
    }
  });

  it("is nothing where the project is only read", async () => {
    const reader = new Claims(sessionOf("only read"));
    await reader.hold(["instruction:6"], "Ada");
    assert.equal(reader.others("Grace").size, 0);
    await reader.release();
  });
});
