import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { doneSentence, redoneSentence, undoneSentence } from "../../../src/shell/commands/decisionWords.ts";
import { instructionIds, textOf } from "../../../src/shell/commands/targets.ts";
import { candidateFilterChoices, poolFilterChoices } from "../../../src/shell/trees/filterChoices.ts";
import { readCandidateFilter } from "../../../src/shell/trees/reviewFilter.ts";
import {
  DEFAULT_OPTIONS,
  filterWords,
  isFiltered,
  readFilter,
  readOptions,
} from "../../../src/shell/trees/viewOptions.ts";
import { english } from "./english.ts";

describe("what a command is about", () => {
  it("is the selection when a node of it was clicked, else the node, else the ids given", () => {
    const node = (instructionId: number) => ({ kind: "row", instructionId });
    assert.deepEqual(instructionIds(node(1), [node(1), node(2), { kind: "bucket" }, node(2)]), [1, 2]);
    assert.deepEqual(instructionIds(node(3), undefined), [3]);
    assert.deepEqual(instructionIds({ instructionIds: [4, 5] }), [4, 5]);
    assert.deepEqual(instructionIds(undefined, undefined), []);
    assert.deepEqual(instructionIds({ instructionId: "6; DROP" }), []);
    assert.deepEqual(instructionIds("text"), []);
  });

  it("may come with texts", () => {
    assert.equal(textOf({ reason: "unclear" }, "reason"), "unclear");
    assert.equal(textOf({ reason: 3 }, "reason"), undefined);
    assert.equal(textOf(undefined, "reason"), undefined);
  });
});

describe("what was decided, in words", () => {
  it("names one by its number and counts more", () => {
    assert.equal(doneSentence("approve", [12], english), "Approved #12.");
    assert.equal(doneSentence("refuse", [1, 2, 3], english), "Refused 3 candidates.");
    assert.equal(doneSentence("exclude", [1, 2], english), "Excluded 2 instructions.");
  });

  it("says what an undo took back", () => {
    const decision = (kind: "approve" | "refuse" | "override" | "finish", subject: string) => ({ kind, subject });
    assert.equal(undoneSentence([], english), "There is nothing of yours left to undo.");
    assert.equal(undoneSentence([decision("approve", "instruction:12")], english), "Undone: the approval of #12.");
    assert.equal(
      undoneSentence([decision("override", "verdict:2:12")], english),
      "Undone: the changed verdict of #12 in iteration 2.",
    );
    assert.equal(
      undoneSentence([decision("finish", "iteration:2")], english),
      "Undone: the finished approval of iteration 2.",
    );
    const three = [1, 2, 3].map((id) => decision("refuse", `instruction:${id}`));
    assert.equal(
      undoneSentence([...three, decision("approve", "instruction:4")], english),
      "Undone: 3 refusals, 1 approvals.",
    );
    assert.equal(redoneSentence([], english), "There is nothing of yours left to redo.");
    assert.equal(redoneSentence([decision("approve", "instruction:12")], english), "Done again: the approval of #12.");
  });
});

describe("how a view is set", () => {
  it("survives whatever an older version or a stranger has stored", () => {
    for (const stored of [undefined, null, 3, "x", { grouping: "colour", sort: 1, iteration: -2, filter: "x" }]) {
      assert.deepEqual(readOptions(stored), DEFAULT_OPTIONS);
    }
    const options = { grouping: "origin", sort: "length", iteration: 2, filter: { joined: 1, hasText: "a\nb" } };
    assert.deepEqual(readOptions(options), { ...options, filter: { joined: 1, hasText: "a b" } });
  });

  it("takes over only conditions that there are", () => {
    assert.deepEqual(readFilter({ contradictory: "yes", origin: "stolen", joined: 1.5, hasText: "  " }), {});
    assert.deepEqual(readFilter({ studentAhead: true, origin: "written" }), { studentAhead: true, origin: "written" });
    assert.deepEqual(readCandidateFilter({ half: "soft", iteration: 2 }), { iteration: 2 });
    assert.ok(!isFiltered({}));
    assert.ok(isFiltered({ joined: 1 }));
  });

  it("is said in words, a long search cut", () => {
    const words = filterWords({ joined: 2, hasText: "x".repeat(100) }, english);
    assert.deepEqual(words, ["joined in iteration 2", `“${"x".repeat(39)}…”`]);
  });
});

describe("the choices of a filter", () => {
  it("add a condition, take away one that holds, and replace one of the same kind", () => {
    const facts = { pool: "cache", iterations: [1, 2] } as const;
    const choices = poolFilterChoices({ contradictory: true, origin: "written" }, facts, english);
    const set = (label: RegExp) => {
      const choice = choices.find((one) => label.test(one.label));
      assert.ok(choice?.kind === "set", String(label));
      return choice;
    };
    assert.ok(set(/^Contradictory/).on);
    assert.deepEqual(set(/^Contradictory/).filter, { origin: "written" });
    assert.deepEqual(set(/^Origin: Imported/).filter, { contradictory: true, origin: "imported" });
    assert.deepEqual(set(/^Joined in iteration 2/).filter, { contradictory: true, origin: "written", joined: 2 });
    assert.ok(choices.some(({ kind }) => kind === "clear"));
    assert.ok(!poolFilterChoices({}, facts, english).some(({ kind }) => kind === "clear"));
  });

  it("for the Train pool leave out when something joined", () => {
    const choices = poolFilterChoices({}, { pool: "train", iterations: [1, 2] }, english);
    assert.ok(!choices.some(({ label }) => label.startsWith("Joined")));
  });

  it("for candidates are the half, the iteration and words", () => {
    const labels = candidateFilterChoices({ half: "easy" }, [1], english).map(({ label }) => label);
    assert.deepEqual(labels, [
      "Only from hard ones",
      "Only from easy ones",
      "Only imported",
      "Of iteration 1",
      "Text…",
      "Clear filters",
    ]);
  });
});
