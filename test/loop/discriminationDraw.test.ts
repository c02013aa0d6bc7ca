import assert from "node:assert/strict";
import { test } from "node:test";
import { Draw, drawOrder } from "../../src/core/loop/draw.ts";
import { seedsFrom } from "../../src/core/loop/seeds.ts";
import type { ProjectConfig } from "../../src/core/project/schema.ts";
import type { Verdict } from "../../src/core/store/ratings.ts";
import { fitOf } from "../support/chiSquare.ts";
import { CONCURRENCY, DrawWorld } from "../support/drawWorld.ts";

const CACHE = 20_000;
/** N: half of it hard, half easy. */
const N = 100;
const LAZY_RUNS = 12;
/** Full discriminations have iterations of their own, behind the lazy ones. */
const FULL_ITERATION = 100;
/** The seeds are fixed, so this decides once and for all; a fair draw comes out below it once in ten thousand. */
const LEAST_P = 1e-4;
const NOTHING_DECIDED = { excluded: new Map<number, string>(), overrides: new Map() };

/** The first N/2 hard and N/2 easy ones: what the generation begins with. */
function seedsOf(verdicts: readonly Verdict[], config: ProjectConfig): { hard: number[]; easy: number[] } {
  const { hard, easy } = seedsFrom(verdicts, config.discrimination.tau, NOTHING_DECIDED);
  return { hard: hard.slice(0, N / 2), easy: easy.slice(0, N / 2) };
}

/** What a draw comes to that applies replies as they arrive. */
async function seedsByArrival(world: DrawWorld, config: ProjectConfig, iteration: number): Promise<number[]> {
  const order = drawOrder(config.seed, iteration, world.ids);
  const { mode, maxRated, tau } = config.discrimination;
  const draw = new Draw(order, { mode, hard: N / 2, easy: N / 2, maxRated, tau });
  const hard: number[] = [];
  let next = 0;
  const asking = async (): Promise<void> => {
    while (!draw.done) {
      const id = order[next++] as number;
      await world.latency(id);
      if (!draw.done) {
        draw.apply({ gap: world.hard.has(id) ? 3 : 0 });
        hard.push(...(world.hard.has(id) ? [id] : []));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, asking));
  return hard.slice(0, N / 2);
}

for (const hardShare of [0.05, 0.2, 0.5]) {
  test(`lazy and full discrimination draw seeds from the same distribution, hard share ${hardShare}`, async (t) => {
    const world = new DrawWorld(t, { cache: CACHE, hardShare });
    const lazy = world.config({ mode: "lazy" }, N);
    const drawn = { hard: [] as number[], easy: [] as number[] };
    let lazyCalls = 0;
    let rated = 0;
    for (let iteration = 1; iteration <= LAZY_RUNS; iteration++) {
      world.forgetRequests();
      const verdicts = await world.discriminate(iteration, lazy);
      const seeds = seedsOf(verdicts, lazy);
      drawn.hard.push(...seeds.hard);
      drawn.easy.push(...seeds.easy);
      lazyCalls += world.asked.student.size + 2 * world.asked.referee.size;
      rated += verdicts.length;
    }
    assert.equal(drawn.hard.length, (LAZY_RUNS * N) / 2);
    assert.equal(drawn.easy.length, (LAZY_RUNS * N) / 2);
    assert.equal(world.line.mostInService, CONCURRENCY);

    world.forgetRequests();
    const full = await world.discriminate(FULL_ITERATION, world.config({ mode: "full" }, N));
    const fullCalls = world.asked.student.size + 2 * world.asked.referee.size;
    const complete = seedsFrom(full, lazy.discrimination.tau, NOTHING_DECIDED);
    assert.equal(full.length, CACHE);
    assert.deepEqual(new Set(complete.hard), world.hard, "the complete hard set is the known one");

    const fits = {
      hard: fitOf(drawn.hard, complete.hard, (id) => world.stratumOf(id)),
      easy: fitOf(drawn.easy, complete.easy, (id) => world.stratumOf(id)),
    };
    t.diagnostic(
      `hard share ${hardShare}: lazy rated ${Math.round(rated / LAZY_RUNS)} of ${CACHE} with ${Math.round(lazyCalls / LAZY_RUNS)} calls, ` +
        `full ${full.length} with ${fullCalls}; p = ${fits.hard.p.toFixed(3)} (hard), ${fits.easy.p.toFixed(3)} (easy) over ${fits.hard.strata} strata`,
    );
    assert.ok(fits.hard.strata >= 10 && fits.easy.strata >= 10);
    assert.ok(fits.hard.p > LEAST_P, `hard seeds are drawn unfairly: p = ${fits.hard.p}`);
    assert.ok(fits.easy.p > LEAST_P, `easy seeds are drawn unfairly: p = ${fits.easy.p}`);
    assert.ok(lazyCalls / LAZY_RUNS < fullCalls / 2, "lazy needs a fraction of the calls");

    const full1 = seedsOf(full, lazy);
    const sameDraw = seedsOf(await world.discriminate(FULL_ITERATION + 1, lazy), lazy);
    const order = drawOrder(lazy.seed, FULL_ITERATION + 1, world.ids);
    assert.deepEqual(sameDraw.hard, order.filter((id) => world.hard.has(id)).slice(0, N / 2));
    assert.notDeepEqual(sameDraw.hard, full1.hard, "each iteration has an order of its own");
  });
}

test("the comparison finds a draw that applies replies as they arrive", async (t) => {
  const world = new DrawWorld(t, { cache: CACHE, hardShare: 0.2 });
  const config = world.config({ mode: "lazy" }, N);
  const hard: number[] = [];
  for (let iteration = 1; iteration <= LAZY_RUNS; iteration++) {
    hard.push(...(await seedsByArrival(world, config, iteration)));
  }
  const { p } = fitOf(hard, [...world.hard], (id) => world.stratumOf(id));
  t.diagnostic(`applied on arrival: p = ${p.toExponential(1)}`);
  assert.ok(p < LEAST_P, `p = ${p}`);
});

test("a lazy draw ends with the shortest prefix of its order that holds the seeds; the surplus has no verdict", async (t) => {
  const world = new DrawWorld(t, { cache: 3000, hardShare: 0.2, noAnswerEvery: 17, unscoredEvery: 13 });
  const config = world.config({ mode: "lazy" }, N);
  const verdicts = await world.discriminate(1, config);
  const order = drawOrder(config.seed, 1, world.ids);
  const prefix: number[] = [];
  const missing = { hard: N / 2, easy: N / 2 };
  for (const id of order) {
    if (missing.hard <= 0 && missing.easy <= 0) {
      break;
    }
    prefix.push(id);
    if (!world.hasNoAnswer(id) && !world.isUnscored(id)) {
      missing[world.hard.has(id) ? "hard" : "easy"]--;
    }
  }
  assert.deepEqual(
    verdicts.map(({ instructionId }) => instructionId),
    prefix.filter((id) => !world.hasNoAnswer(id)),
  );
  for (const { instructionId, position, state, gap } of verdicts) {
    assert.equal(order[position], instructionId);
    assert.equal(state, world.isUnscored(instructionId) ? "unscored" : "scored");
    assert.equal(gap, world.isUnscored(instructionId) ? null : world.hard.has(instructionId) ? 3 : 0);
  }
  const surplus = [...world.asked.referee].filter((id) => !prefix.includes(id));
  const window = 2 * CONCURRENCY;
  assert.ok(surplus.length > 0 && surplus.length < window, `${surplus.length} surplus replies`);
  const furthest = Math.max(...surplus.map((id) => order.indexOf(id)));
  assert.ok(furthest < prefix.length + window, "nothing is asked beyond the window");
});

test("maxRated ends a lazy draw that cannot find enough", async (t) => {
  const world = new DrawWorld(t, { cache: 2000, hardShare: 0.02 });
  const verdicts = await world.discriminate(1, world.config({ mode: "lazy", maxRated: 250 }, N));
  assert.equal(verdicts.length, 250);
  assert.equal(world.asked.referee.size, 250, "no surplus beyond the cap");
});

for (const mode of ["lazy", "full"] as const) {
  test(`a ${mode} draw that is done, or was paused, comes to the same verdicts when it is run again`, async (t) => {
    const world = new DrawWorld(t, { cache: 1500, hardShare: 0.2, noAnswerEvery: 17, unscoredEvery: 13 });
    const config = world.config({ mode }, N);
    const undisturbed = await world.discriminate(1, config);
    const asked = { student: world.asked.student.size, referee: world.asked.referee.size };
    assert.deepEqual(await world.discriminate(1, config), undisturbed);
    assert.deepEqual(
      { student: world.asked.student.size, referee: world.asked.referee.size },
      asked,
      "nothing is asked again",
    );

    world.store.connection.exec("DELETE FROM verdict");
    world.forgetRequests();
    const stored: number[] = [];
    for (const pauseAfter of [20, 120, 160]) {
      const pause = new AbortController();
      world.onRated = (count) => count >= pauseAfter && pause.abort(new Error("paused"));
      await assert.rejects(world.discriminate(1, config, pause.signal), /paused/);
      stored.push(world.store.ratings.verdicts(1, "draw").length);
    }
    world.onRated = () => {};
    assert.ok((stored[2] ?? 0) > (stored[0] ?? 0), `the pauses made progress: ${stored}`);
    assert.ok((stored[2] ?? 0) < undisturbed.length);
    assert.deepEqual(await world.discriminate(1, config), undisturbed);
    assert.deepEqual({ student: world.asked.student.size, referee: world.asked.referee.size }, asked);
  });
}
