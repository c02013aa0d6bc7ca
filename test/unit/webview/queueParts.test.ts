import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { QueueString } from "../../../src/protocol/queue.ts";
import { keyGroup } from "../../../webview/ui/cheatSheet.ts";
import { Formats } from "../../../webview/ui/format.ts";
import { ariaShortcut, isForControl } from "../../../webview/ui/keys.ts";
import { paceOf } from "../../../webview/ui/queueHeader.ts";
import { rowsOf } from "../../../webview/ui/rows.ts";
import { toolsOf } from "../../../webview/ui/tools.ts";

/** Each text is its own name, followed by what is filled in. */
const strings = new Proxy({} as Record<QueueString, string>, { get: (_, name) => `${String(name)} {0}` });
const keys = { "lion.queue.next": "J", "lion.redo": "Shift+U" };
const tools = toolsOf<QueueString>({ strings, language: "en", keys }, () => {});

const pressed = (key: string, changes = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...changes });

describe("the keys on buttons", () => {
  it("are named as aria-keyshortcuts names them", () => {
    assert.equal(ariaShortcut("J"), "J");
    assert.equal(ariaShortcut("Ctrl+Enter"), "Control+Enter");
    assert.equal(ariaShortcut("Shift+U"), "Shift+U");
    assert.equal(ariaShortcut("Esc"), "Escape");
    assert.equal(ariaShortcut("⌘+S"), "Meta+S");
    assert.equal(ariaShortcut("Ctrl++"), "Control++");
  });

  it("are the control's where it needs them: letters in a text, Enter and the space bar on a button", () => {
    assert.equal(isForControl(pressed("a"), "text"), true);
    assert.equal(isForControl(pressed("Enter"), "text"), true);
    assert.equal(isForControl(pressed("Enter"), "button"), true);
    assert.equal(isForControl(pressed(" "), "button"), true);
  });

  it("are the editor's everywhere else, so that a key decides although a button has the focus", () => {
    assert.equal(isForControl(pressed("a"), "button"), false);
    assert.equal(isForControl(pressed("Enter"), "elsewhere"), false);
    assert.equal(isForControl(pressed("Escape"), "text"), false);
    assert.equal(isForControl(pressed("Enter", { ctrlKey: true }), "text"), false);
  });

  it("are listed on the cheat sheet, commands without one left out", () => {
    assert.deepEqual(keyGroup("Move", ["lion.queue.next", "lion.queue.skip", "lion.redo"], tools), {
      title: "Move",
      entries: [
        { key: "J", label: "lion.queue.next {0}" },
        { key: "Shift+U", label: "lion.redo {0}" },
      ],
    });
  });
});

describe("the head's pace", () => {
  const pace = (perHour: number | null, minutesLeft: number | null, left = 10) =>
    paceOf({ perHour, minutesLeft, left }, { text: tools.text, formats: new Formats("en") });

  it("says nothing before there is enough to tell", () => {
    assert.deepEqual(pace(null, null), []);
  });

  it("says minutes, at least one, and from an hour and a half on hours", () => {
    assert.deepEqual(pace(612.4, 36.4), ["perHour 612", "minutesLeft 36"]);
    assert.deepEqual(pace(600, 0.2), ["perHour 600", "minutesLeft 1"]);
    assert.deepEqual(pace(600, 100), ["perHour 600", "hoursLeft 1.7"]);
  });

  it("says nothing of the rest when nothing is left", () => {
    assert.deepEqual(pace(600, 5, 0), ["perHour 600"]);
  });
});

describe("the form's fields", () => {
  it("are as high as their text, within bounds", () => {
    assert.equal(rowsOf(""), 3);
    assert.equal(rowsOf("a\nb\nc\nd"), 5);
    assert.equal(rowsOf("word ".repeat(100)), 7);
    assert.equal(rowsOf("line\n".repeat(10_000)), 22);
    assert.equal(rowsOf("x".repeat(1_000_000)), 22);
  });
});
