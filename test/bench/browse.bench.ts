// npm run bench:browse [-- FOLDER]: how long the views' readings take on the project that bigProject.mts makes (in FOLDER,
// by default in a temporary folder where it is kept), beside what the editor allows for them. Milliseconds.
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { PoolBrowser } from "../../src/core/browse/poolBrowser.ts";
import type { Bucket, Cursor, PoolFilter, RowSort } from "../../src/core/browse/types.ts";
import { projectPaths } from "../../src/core/project/project.ts";
import { ChangeWatcher } from "../../src/core/store/changes.ts";
import { Store } from "../../src/core/store/store.ts";
import { makeBigProject } from "../support/bigProject.ts";

const AIMS = { open: 300, expand: 100, one: 10, search: 30, summaries: 20, poll: 0.2 } as const;
const ROUNDS = 25;
const WIDTH = 66;
const LIMIT = 100;
const SORTS: readonly RowSort[] = ["gap", "newest", "oldest", "length"];
const ITERATION = 3;
let tau = 1;
let over = 0;

const [folder = join(tmpdir(), "lion-big-project")] = process.argv.slice(2);
if (!existsSync(projectPaths(folder).configFile)) {
  makeBigProject(folder, { log: console.log });
}
const file = projectPaths(folder).databaseFile;

/** Wall time of the first and of further runs, and the processor's time, which tells more where others work as well. */
function measure(what: string, aim: number, work: () => unknown, rounds = ROUNDS): void {
  const first = timed(work);
  const before = process.cpuUsage();
  const times = Array.from({ length: rounds }, () => timed(work)).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  const at = (share: number): number => times[Math.floor(share * times.length)] as number;
  const isOver = at(0.95) > aim;
  over += isOver ? 1 : 0;
  const figures = [first, at(0.5), at(0.95), (user + system) / 1000 / rounds];
  const columns = figures.map((time) => time.toFixed(2).padStart(9)).join(" ");
  console.log(`${what.padEnd(WIDTH)} ${columns} ${String(aim).padStart(6)}${isOver ? "  OVER" : ""}`);
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Another τ by nothing that matters: what was counted for the last one is not used again. */
function another(): { iteration: number; tau: number } {
  tau += 1e-9;
  return { iteration: ITERATION, tau };
}

function title(text: string): void {
  const columns = ["first", "median", "p95", "processor"].map((name) => name.padStart(9)).join(" ");
  console.log(`\n${text.padEnd(WIDTH)} ${columns}    aim`);
}

title("the project");
measure("open the store, decisions taken over", AIMS.open, () => {
  const store = new Store(file, { busyTimeout: 0 });
  new PoolBrowser(store).current();
  store.close();
});
const store = new Store(file, { busyTimeout: 0 });
const browser = new PoolBrowser(store);
measure(
  "iteration summaries, first time",
  AIMS.summaries,
  freshly((fresh) => fresh.iterationSummaries()),
);
measure("iteration summaries, again", AIMS.summaries, () => browser.iterationSummaries());
measure(
  "n of N rated, first time",
  AIMS.one,
  freshly((fresh) => fresh.ratedOf({ iteration: ITERATION })),
);
const watcher = new ChangeWatcher(store.connection);
measure("look for changes, none", AIMS.poll, () => watcher.poll(), 1000);

title("counts");
const filters: Readonly<Record<string, PoolFilter>> = {
  all: {},
  contradictory: { contradictory: true },
  "student ahead": { studentAhead: true },
  written: { origin: "written" },
  "joined in 2": { joined: 2 },
  "frequent word": { hasText: frequentWord() },
};
for (const [name, filter] of Object.entries(filters)) {
  for (const grouping of ["verdict", "origin", "iteration"] as const) {
    measure(`Cache by ${grouping}, ${name}`, AIMS.expand, () =>
      browser.cacheCounts({ ...another(), grouping, filter }),
    );
  }
}
for (const grouping of ["origin", "source"] as const) {
  measure(`Train by ${grouping}`, AIMS.expand, () => browser.trainCounts({ ...another(), grouping }));
}
measure("candidates", AIMS.expand, () => browser.candidates.counts());

/** The work on one browser after the other, none of which has counted anything yet. */
function freshly(work: (fresh: PoolBrowser) => unknown): () => unknown {
  const browsers = Array.from({ length: ROUNDS + 1 }, () => new PoolBrowser(store));
  for (const fresh of browsers) {
    fresh.current();
  }
  return () => work(browsers.pop() as PoolBrowser);
}

/** A page at the beginning, and one behind nine tenths of the bucket. */
function pages(bucket: Bucket, sort: RowSort): void {
  const name = `${bucket.id} (${bucket.count.toLocaleString("en")})${JSON.stringify(bucket.filter)} ${sort}`;
  measure(name, AIMS.expand, () => browser.page(bucket, { sort, limit: LIMIT }));
  const id = idAt(bucket, sort, Math.floor(0.9 * bucket.count));
  if (id !== null) {
    let after: Cursor | null = null;
    const find = (): void => {
      after = browser.locate(id, [bucket], { sort, limit: LIMIT })?.before ?? null;
    };
    measure(`${name}, find`, AIMS.expand, find, 5);
    measure(`${name}, deep`, AIMS.expand, () => browser.page(bucket, { sort, after, limit: LIMIT }));
  }
}

/** The instruction at a place of a bucket. */
function idAt(bucket: Bucket, sort: RowSort, place: number): number | null {
  const rows = browser.page(bucket, { sort, limit: place + 1 }).rows;
  return rows[place]?.id ?? null;
}

title(`pages of ${LIMIT}`);
const shown = { iteration: ITERATION, tau: 1 };
for (const bucket of [
  ...browser.cacheCounts({ ...shown, grouping: "verdict" }),
  ...browser.cacheCounts({ ...shown, grouping: "origin" }),
  ...browser.cacheCounts({ ...shown, grouping: "iteration" }),
  ...browser.trainCounts({ ...shown, grouping: "origin" }),
  ...browser.cacheCounts({ ...shown, filter: { contradictory: true } }),
  ...browser.cacheCounts({ ...shown, filter: { hasText: frequentWord() } }),
  ...browser.cacheCounts({ ...shown, filter: { origin: "written" } }),
].filter(({ count }) => count > 0)) {
  for (const sort of SORTS) {
    pages(bucket, sort);
  }
}
for (const sort of ["oldest", "newest", "length", "nearest"] as const) {
  measure(`review/waiting ${sort}`, AIMS.expand, () => browser.candidates.page("waiting", { sort, limit: LIMIT }));
}

title("search and details");
const words = sampleText().split(" ");
measure(`a word that is nearly everywhere (${frequentWord()})`, AIMS.search, () =>
  browser.search(`${frequentWord()} `, { limit: 50 }),
);
measure("two letters", AIMS.search, () => browser.search("st", { limit: 50 }));
measure("three letters", AIMS.search, () => browser.search("str", { limit: 50 }));
measure("a rare word", AIMS.search, () =>
  browser.search(words.toSorted((a, b) => b.length - a.length)[0] ?? "", { limit: 50 }),
);
measure("three words", AIMS.search, () => browser.search(words.slice(0, 3).join(" "), { limit: 50 }));
measure("details of a rated instruction", AIMS.one, () => browser.instructionDetail(5));
store.close();
console.log(over === 0 ? "\nEverything within its aim." : `\n${over} over their aims.`);
process.exitCode = over === 0 ? 0 : 1;

function sampleText(): string {
  return browser.instructionDetail(12_345)?.instruction.turns[0]?.content ?? "";
}

/** The word that most instructions have. */
function frequentWord(): string {
  const counts = new Map<string, number>();
  for (let id = 1; id < 500; id++) {
    for (const word of new Set(store.instructions.get(id)?.turns[0]?.content.replace(/\./g, "").split(" "))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}
