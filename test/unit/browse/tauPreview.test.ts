import assert from "node:assert/strict";
import { test } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import { tauPreview } from "../../../src/core/browse/tauPreview.ts";
import { verdictFigures } from "../../../src/core/browse/verdictFigures.ts";
import { newStore, temporaryFolder } from "../store/support.ts";
import { ItemWorld } from "./itemWorld.ts";
import { BrowseWorld } from "./world.ts";

const folder = temporaryFolder();

test("any τ is counted as the views count it, as decisions come and are undone", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "tau");
  world.openIteration(1);
  world.openIteration(2);
  world.rate(1);
  world.rate(2);
  world.addCandidates(2, 5);
  const browser = new PoolBrowser(store);
  for (let round = 0; round < 6; round++) {
    for (const iteration of [1, 2]) {
      for (const tau of [0, 0.25, 1, 1.3, 4, 9]) {
        const { hard, easy, unscored, rated, total, bins } = tauPreview(browser.state, { iteration, tau });
        const figures = verdictFigures(browser.state, "draw", { iteration, tau });
        assert.deepEqual(
          { hard, easy, unscored, rated },
          { hard: figures.hard, easy: figures.easy, unscored: figures.unscored, rated: figures.rated },
          `iteration ${iteration}, τ ${tau}, round ${round}`,
        );
        assert.equal(total, browser.ratedOf({ iteration })?.total);
        assert.ok(bins.length <= 64 && bins.every(({ from, to, count }) => from < to && count >= 0));
      }
      const { frozen, projectedHard } = tauPreview(browser.state, { iteration, tau: 1 });
      assert.equal(frozen, 1);
      assert.deepEqual(projectedHard, browser.ratedOf({ iteration })?.projectedHard);
    }
    store.write(() => {
      for (let step = 0; step < 30; step++) {
        world.decideAnything();
      }
    });
  }
});

test("bins hold every gap once, at their lower ends", () => {
  const world = new ItemWorld(newStore(folder));
  world.openIteration(1);
  for (const gap of [-9, -0.5, 0, 0.24, 0.25, 9, 9]) {
    world.rated({ gap });
  }
  const { bins } = tauPreview(world.state, { iteration: 1, tau: 1 });
  assert.ok(bins.length <= 64, `${bins.length}`);
  assert.deepEqual(
    bins.filter(({ count }) => count > 0),
    [
      { from: -9, to: -8.5, count: 1 },
      { from: -0.5, to: 0, count: 1 },
      { from: 0, to: 0.5, count: 3 },
      { from: 9, to: 9.5, count: 2 },
    ],
  );
});

test("of an iteration that has rated nothing, or is not there, everything is 0", () => {
  const world = new ItemWorld(newStore(folder), { discrimination: { mode: "full" } });
  world.openIteration(1);
  for (const iteration of [1, 7]) {
    const { rated, hard, bins } = tauPreview(world.state, { iteration, tau: 1 });
    assert.deepEqual([rated, hard, bins], [0, 0, []]);
  }
  assert.deepEqual(tauPreview(world.state, { iteration: 1, tau: 1 }).projectedHard, { low: 0, high: 0 });
  assert.equal(tauPreview(world.state, { iteration: 7, tau: 1 }).projectedHard, null);
});
