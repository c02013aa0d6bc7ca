import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CandidateItem, CandidateString, Stretch } from "../../../src/protocol/candidates.ts";
import { actionsOf, keyGroupsOf } from "../../../webview/candidates/candidateActions.ts";
import { topOf } from "../../../webview/candidates/scale.ts";
import { joined } from "../../../webview/candidates/stretches.ts";
import { piecesOf } from "../../../webview/candidates/wordChanges.ts";

describe("the marks of shared words", () => {
  it("take words in a row as one", () => {
    assert.deepEqual(
      joined("write a  short poem", [
        [0, 5],
        [6, 7],
        [9, 14],
      ]),
      [[0, 14]],
    );
    assert.deepEqual(
      joined("write, a poem", [
        [0, 5],
        [7, 8],
      ]),
      [
        [0, 5],
        [7, 8],
      ],
    );
  });

  it("end with the text, and leave out what lies beyond it or holds nothing", () => {
    assert.deepEqual(
      joined("short", [
        [3, 90],
        [70, 80],
        [2, 1],
      ]),
      [[3, 5]],
    );
  });

  it("are in order and apart from each other, whatever they were", () => {
    const stretch = fc.tuple(fc.nat(60), fc.nat(60));
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.array(stretch), (text, stretches: Stretch[]) => {
        let end = -1;
        for (const [from, to] of joined(text, stretches)) {
          assert.ok(from > end && to > from && to <= text.length);
          end = to;
        }
      }),
    );
  });
});

describe("what was edited", () => {
  it("is told word by word", () => {
    assert.deepEqual(piecesOf("Name a red bird.", "Name a blue bird."), [
      { text: "Name a ", change: null },
      { text: "red", change: "removed" },
      { text: "blue", change: "added" },
      { text: " bird.", change: null },
    ]);
  });

  it("adds up to both texts", () => {
    const words = fc.array(fc.constantFrom("a", "b", "cd", " ", "\n", "é", "."), { maxLength: 30 });
    fc.assert(
      fc.property(words, words, (one, other) => {
        const [before, after] = [one.join(""), other.join("")];
        const pieces = piecesOf(before, after);
        const without = (left: string) => pieces.filter(({ change }) => change !== left).map(({ text }) => text);
        assert.equal(without("added").join(""), before);
        assert.equal(without("removed").join(""), after);
      }),
    );
  });

  it("is the whole of both texts when looking for words would take too long", () => {
    const [before, after] = ["a", "b"].map((word) =>
      Array.from({ length: 20_000 }, (_, index) => `${word}${index}`).join(" "),
    );
    const started = performance.now();
    const pieces = piecesOf(before ?? "", after ?? "");
    assert.ok(performance.now() - started < 1000);
    assert.deepEqual(
      pieces.map(({ change }) => change),
      ["removed", "added"],
    );
  });
});

describe("the scale of a bound", () => {
  it("has room for the bound and for twice the limit, and keeps its end while the bound tightens", () => {
    assert.equal(topOf(0.95, 0.1), 1);
    assert.equal(topOf(0.12, 0.1), 0.2);
    assert.equal(topOf(0.06, 0.1), 0.2);
    assert.equal(topOf(0.03, 0.05), 0.1);
  });
});

describe("the buttons under a candidate", () => {
  const text = (key: CandidateString) => key;
  const item = (state: CandidateItem["state"]) => ({ state }) as CandidateItem;
  const all = (state: CandidateItem["state"], can: { decides: boolean; moves: boolean }) =>
    actionsOf(item(state), { text }, can).flat();

  it("approve a candidate, and overrule the filter that refused it", () => {
    const can = { decides: true, moves: true };
    assert.equal(all("waiting", can)[0]?.label, undefined);
    assert.equal(all("filtered", can)[0]?.label, "overrule");
    assert.equal(all("filtered", can)[0]?.command, "lion.candidate.approve");
  });

  it("only move where nothing can be decided, and do nothing while something is written", () => {
    const enabled = (can: { decides: boolean; moves: boolean }) =>
      all("waiting", can)
        .filter(({ disabled }) => !disabled)
        .map(({ command }) => command);
    assert.deepEqual(enabled({ decides: false, moves: true }), [
      "lion.queue.skip",
      "lion.queue.previous",
      "lion.queue.next",
    ]);
    assert.deepEqual(enabled({ decides: false, moves: false }), []);
  });

  it("have their keys on the cheat sheet, refusal reasons by number", () => {
    const reasons = [{ code: "unclear", meaning: "It is unclear.", key: "1" }];
    const keyOf = (command: string) => (command === "lion.candidate.approve" ? "A" : null);
    const groups = keyGroupsOf({ text, keyOf, act: () => {} } as never, reasons);
    assert.deepEqual(
      groups.map(({ title }) => title),
      ["groupDecide", "refuseReasons"],
    );
    assert.deepEqual(groups[1]?.entries, [{ key: "1", label: "It is unclear." }]);
  });
});
