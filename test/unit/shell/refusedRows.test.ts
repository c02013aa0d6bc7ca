import assert from "node:assert/strict";
import { it } from "node:test";
import { refusedRowsText } from "../../../src/shell/refusedRows.ts";

it("lists refused rows with their lines under each other", () => {
  const refused = [
    { line: 7, reason: "this row is not valid JSON" },
    { line: 1234, reason: "this row has no instruction" },
  ];
  assert.equal(
    refusedRowsText("a.jsonl: two", refused),
    "a.jsonl: two\n\n   7  this row is not valid JSON\n1234  this row has no instruction\n",
  );
});

it("keeps a row's own words on one line, and short", () => {
  const text = refusedRowsText("x", [{ line: 1, reason: `its fields are a\nb\u2028c\u0007${"d".repeat(900)}` }]);
  assert.equal(text.trimEnd().split("\n").length, 3);
  assert.match(text, /its fields are a b c d/);
  assert.ok(text.length < 600);
});
