import assert from "node:assert/strict";
import { test } from "node:test";
import { noticeText } from "../../../src/shell/noticeText.ts";

/** How the editor finds links in a notification (parseLinkedText in its sources). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

test("a notification shows no link, whatever somebody has written", () => {
  for (const target of ["command:workbench.action.quit", "https://example.org/", "file:///etc/passwd"]) {
    for (const hostile of [`[Set key](${target})`, `[a\u200b]\u202e(${target})`, `[[x]](${target} "title")`]) {
      assert.doesNotMatch(noticeText(`The endpoint said: ${hostile}.`), LINK);
    }
  }
});

test("a notification is one line of moderate length, and keeps a sentence as it is", () => {
  assert.equal(
    noticeText("rows.jsonl: 3 imported, [2] refused (see below)."),
    "rows.jsonl: 3 imported, [2] refused (see below).",
  );
  assert.equal(noticeText("one\ntwo\u001b[31m\u202ered"), "one two [31m red");
  assert.ok(noticeText("long ".repeat(10_000)).length <= 1000);
});
