import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Page, PagedTree, type PageSource } from "../../../src/shell/trees/pagedTree.ts";

interface Row {
  readonly id: number;
  readonly text: string;
}

interface Drawer {
  readonly id: string;
  readonly count: number;
}

/** Buckets of numbered rows; counts what is read. */
class Drawers implements PageSource<Drawer, Row, number> {
  readonly contents = new Map<string, number[]>();
  reads: string[] = [];
  countsRead = 0;
  text = "as it was";

  constructor(contents: Readonly<Record<string, number[]>>) {
    for (const [id, rows] of Object.entries(contents)) {
      this.contents.set(id, rows);
    }
  }

  buckets(): Drawer[] {
    this.countsRead++;
    return [...this.contents].map(([id, rows]) => ({ id, count: rows.length }));
  }

  page({ id }: Drawer, after: number | null, limit: number): Page<Row, number> {
    this.reads.push(`${id} after ${after} limit ${limit}`);
    const behind = (this.contents.get(id) ?? []).filter((row) => after === null || row > after);
    const rows = behind.slice(0, limit).map((row) => ({ id: row, text: this.text }));
    return { rows, next: behind.length > limit ? (rows.at(-1)?.id ?? null) : null };
  }

  pageSize(): number {
    return 10;
  }

  iterationOf(): number {
    return 2;
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

function open(contents: Readonly<Record<string, number[]>>) {
  const source = new Drawers(contents);
  const tree = new PagedTree<Drawer, Row, number>(source);
  const bucket = (id: string) => {
    const node = tree.bucket(id);
    assert.ok(node, id);
    return node;
  };
  const shown = (id: string): string[] =>
    tree.children(bucket(id)).map((node) => (node.kind === "row" ? String(node.row.id) : nameOf(node)));
  return { source, tree, bucket, shown };
}

const nameOf = (node: { kind: string; left?: number }): string => `${node.kind} ${node.left}`;

describe("a tree of pages", () => {
  it("reads nothing but counts before a bucket is opened", () => {
    const { source, tree } = open({ hard: numbers(1, 25), easy: [] });
    assert.deepEqual(
      tree.roots().map(({ bucket }) => bucket.id),
      ["hard", "easy"],
    );
    assert.deepEqual(source.reads, []);
    assert.equal(source.countsRead, 1);
  });

  it("loads a page and says what is left, then the next one", () => {
    const { source, tree, bucket, shown } = open({ hard: numbers(1, 25) });
    assert.deepEqual(shown("hard"), [...numbers(1, 10).map(String), "more 15"]);
    tree.loadMore(bucket("hard"));
    assert.deepEqual(shown("hard"), [...numbers(1, 20).map(String), "more 5"]);
    tree.loadMore(bucket("hard"));
    assert.deepEqual(shown("hard"), numbers(1, 25).map(String));
    tree.loadMore(bucket("hard"));
    assert.deepEqual(source.reads, ["hard after null limit 10", "hard after 10 limit 10", "hard after 20 limit 10"]);
  });

  it("does not read a bucket again that has not changed, and draws only those that have", () => {
    const { source, tree, bucket, shown } = open({ hard: numbers(1, 5), easy: numbers(100, 103) });
    shown("hard");
    shown("easy");
    source.reads = [];
    assert.deepEqual(tree.refresh({ everything: false }), []);
    source.contents.set("easy", numbers(100, 104));
    assert.deepEqual(tree.refresh({ everything: false }), [bucket("easy")]);
    shown("hard");
    assert.deepEqual(shown("easy"), numbers(100, 104).map(String));
    assert.deepEqual(source.reads, ["easy after null limit 10"]);
  });

  it("only counts what is more than a page while numbers change, and reads it when anything may have", () => {
    const { source, tree, bucket, shown } = open({ hard: numbers(1, 40) });
    tree.loadMore(bucket("hard"));
    source.reads = [];
    source.contents.set("hard", numbers(2, 43));
    assert.deepEqual(tree.refresh({ everything: false }), [bucket("hard")]);
    assert.deepEqual([shown("hard")[0], shown("hard").at(-1), source.reads.length], ["1", "more 22", 0]);
    tree.refresh({ everything: true });
    assert.equal(shown("hard")[0], "2");
  });

  it("keeps the nodes of rows that are still there, with their new content", () => {
    const { source, tree, bucket } = open({ hard: [1, 2, 3] });
    const before = new Map(tree.children(bucket("hard")).map((node) => [node.kind === "row" && node.row.id, node]));
    source.contents.set("hard", [2, 3, 4]);
    source.text = "as it is";
    tree.refresh({ everything: true });
    const after = tree.children(bucket("hard"));
    assert.equal(after[0], before.get(2));
    assert.equal(after[1], before.get(3));
    assert.ok(after[0]?.kind === "row" && after[0].row.text === "as it is");
  });

  it("reads as much again as was loaded", () => {
    const { source, tree, bucket, shown } = open({ hard: numbers(1, 40) });
    tree.loadMore(bucket("hard"));
    tree.refresh({ everything: true });
    source.reads = [];
    assert.equal(shown("hard").length, 21);
    assert.deepEqual(source.reads, ["hard after null limit 20"]);
  });

  it("draws everything when there are other buckets, and forgets those that are gone", () => {
    const { source, tree, bucket, shown } = open({ hard: [1], easy: [2] });
    const easy = bucket("easy");
    shown("easy");
    source.contents.delete("hard");
    source.contents.set("unscored", [3]);
    assert.equal(tree.refresh({ everything: false }), "all");
    assert.deepEqual(
      tree.roots().map((node) => node.bucket.id),
      ["easy", "unscored"],
    );
    assert.equal(tree.roots()[0], easy);
    assert.equal(tree.bucket("hard"), undefined);
  });

  it("reaches a row a few pages on by loading them, and one far away by moving there", () => {
    const { source, tree, bucket, shown } = open({ hard: numbers(1, 50_000) });
    const near = tree.reach(bucket("hard"), 33, { position: 32, before: 30, skipped: 30 });
    assert.equal(near?.row.id, 33);
    assert.deepEqual(shown("hard"), [...numbers(1, 33).map(String), "more 49967"]);
    source.reads = [];
    const far = tree.reach(bucket("hard"), 40_005, { position: 40_004, before: 40_000, skipped: 40_000 });
    assert.equal(far?.row.id, 40_005);
    assert.deepEqual(shown("hard"), ["earlier 40000", ...numbers(40_001, 40_010).map(String), "more 9990"]);
    assert.deepEqual(source.reads, ["hard after 40000 limit 10"]);
    tree.loadMore(bucket("hard"), "earlier");
    assert.equal(shown("hard")[0], "1");
  });

  it("gives rows their bucket as parent, and does not find what is not there", () => {
    const { tree, bucket } = open({ hard: [1] });
    const [row] = tree.children(bucket("hard"));
    assert.ok(row);
    assert.equal(tree.parent(row), bucket("hard"));
    assert.equal(tree.parent(bucket("hard")), undefined);
    assert.equal(tree.reach(bucket("hard"), 9, { position: 0, before: null, skipped: 0 }), undefined);
  });
});
