import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { inEditorWords } from "../../../src/shell/wording.ts";

describe("the editor's words for the command line's", () => {
  it("names commands by their titles", () => {
    assert.equal(
      inEditorWords("12 candidates wait: `lion review list` shows them, `lion review finish` ends the approval."),
      "12 candidates wait: the To Review view shows them, “Lion: Finish Approval” ends the approval.",
    );
    assert.equal(inEditorWords("run `lion run discrimination` first."), "run “Lion: Run Discrimination” first.");
  });

  it("leaves other sentences alone", () => {
    assert.equal(inEditorWords("The disk is full: free some space."), "The disk is full: free some space.");
  });

  it("knows every command that a sentence of the core names", () => {
    const unknown = globSync("src/{core,engine}/**/*.ts").flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/\\?`lion [a-z][^`$]*?\\?`/g)]
        .map(([named]) => named.replaceAll("\\", ""))
        .filter((named) => inEditorWords(named).includes("`lion")),
    );
    assert.deepEqual([...new Set(unknown)], []);
  });
});
