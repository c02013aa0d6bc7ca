import assert from "node:assert/strict";
import { test } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import { textQuery } from "../../../src/core/browse/textQuery.ts";
import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { instructionSubject } from "../../../src/core/review/fold.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addInstruction, newStore, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();

function poolOf(...texts: readonly string[]): { store: Store; browser: PoolBrowser; ids: number[] } {
  const store = newStore(folder);
  const ids = texts.map((text) => addInstruction(store, text));
  store.pools.add("cache", 1, ids);
  return { store, browser: new PoolBrowser(store), ids };
}

function found(browser: PoolBrowser, typed: string): number[] {
  return browser.search(typed, { limit: 10 }).map(({ id }) => id);
}

test("all words must occur, in any order, case and accents apart; the last one may be a beginning", () => {
  const { browser, ids } = poolOf("Sort the Café's bills", "Sort the bills", "cafe at night");
  const [first, second, third] = ids;
  assert.deepEqual(found(browser, "bills sort").sort(), [first, second]);
  assert.deepEqual(found(browser, "café sort"), [first]);
  assert.deepEqual(found(browser, "CAF").sort(), [first, third]);
  assert.deepEqual(found(browser, "caf "), [], "a word that is ended by a blank is whole");
  assert.deepEqual(found(browser, "caf bills"), [], "only the last word may be a beginning");
  assert.deepEqual(found(browser, "c"), [], "one letter is a word, not a beginning");
});

test("what matches better comes first", () => {
  const { browser, ids } = poolOf("a river and a great many other words that say nothing of it", "river river");
  assert.deepEqual(found(browser, "river"), [ids[1], ids[0]]);
});

test("nothing that is typed is an operator or breaks the query", () => {
  const { browser, ids } = poolOf('say "x" OR y', "NEAR the end", "text: 3.14 * 2", "it's -- done");
  const [quoted, near, number, apostrophe] = ids;
  assert.deepEqual(found(browser, '"x" OR'), [quoted]);
  assert.deepEqual(found(browser, "NEAR("), [near]);
  assert.deepEqual(found(browser, "text:3.14*"), [number]);
  assert.deepEqual(found(browser, "it's --"), [apostrophe]);
  assert.deepEqual(found(browser, "x AND NOT y"), []);
  for (const typed of [
    "",
    "   ",
    '"',
    '"""',
    "*",
    "^",
    "()",
    "{}",
    "-",
    "a\0b",
    "\ud800",
    "'; DROP TABLE instruction; --",
  ]) {
    assert.doesNotThrow(() => found(browser, typed), JSON.stringify(typed));
  }
  assert.deepEqual(found(browser, "!?"), []);
});

test("a long pasted text is a query too", () => {
  const words = Array.from({ length: 20_000 }, (_, at) => `word${at}`);
  const { browser, ids } = poolOf(words.join(" "));
  assert.deepEqual(found(browser, words.join(" ")), ids);
});

test("a query is the words, quoted", () => {
  assert.equal(textQuery("Two words"), '"Two" "words"*');
  assert.equal(textQuery("ended "), '"ended"');
  assert.equal(textQuery("日本語 テスト"), '"日本語" "テスト"*');
  assert.equal(textQuery("… — !"), null);
});

test("input, system and earlier turns are searched, and what stands in no pool or is excluded is not found", () => {
  const { store, browser } = poolOf();
  const insert = (text: Parameters<Store["instructions"]["insert"]>[0]): number => store.instructions.insert(text, 1);
  const withInput = insert({ ...singleTurn("Summarize", "needle in the input", "be kind"), origin: "imported" });
  const conversation = insert({
    turns: [
      { role: "user", content: "needle first" },
      { role: "assistant", content: "haystack" },
      { role: "user", content: "and now?" },
    ],
    input: "",
    system: "",
    origin: "imported",
  });
  insert({ ...singleTurn("needle outside"), origin: "imported" });
  const excluded = insert({ ...singleTurn("needle excluded"), origin: "imported" });
  store.pools.add("cache", 1, [withInput, conversation, excluded]);
  store.decisions.add(
    { actor: "me", kind: "exclude", subject: instructionSubject(excluded), payload: {}, groupId: "g" },
    1,
  );
  assert.deepEqual(found(browser, "needle").sort(), [withInput, conversation]);
  assert.deepEqual(found(browser, "kind"), [withInput]);
  assert.deepEqual(found(browser, "haystack"), [], "what an assistant said is no instruction");
  assert.equal(browser.search("needle first", { limit: 1 })[0]?.text, "and now?");
});

test("of a long text only the beginning is read", () => {
  const { browser } = poolOf("x".repeat(10_000));
  const [bucket] = browser.trainCounts();
  assert.equal(bucket, undefined);
  const [cache] = browser.cacheCounts({ iteration: 1, tau: 1, grouping: "origin" });
  assert.ok(cache);
  assert.equal(browser.page(cache, { limit: 1 }).rows[0]?.text.length, 200);
});
