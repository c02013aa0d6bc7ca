import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { keysOfPage } from "../../../src/shell/panels/pageKeys.ts";
import { refusalReasons } from "../../../src/shell/panels/refusalReasons.ts";
import { english } from "./english.ts";

interface Binding {
  readonly key: string;
  readonly command: string;
  readonly when: string;
  readonly args?: unknown;
}

const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as {
  contributes: { commands: Array<{ command: string; category?: string; enablement?: string }>; keybindings: Binding[] };
};

const PANELS = ["lion.reviewPanel", "lion.comparePanel"];
const ofPanel = (panel: string): Binding[] => contributes.keybindings.filter(({ when }) => when.includes(`'${panel}'`));

/** Every key of the pages with its command. */
const BOTH = {
  ...{ j: "lion.queue.next", k: "lion.queue.previous", s: "lion.queue.skip", u: "lion.undo", "shift+u": "lion.redo" },
  ...{ f: "lion.queue.choose", x: "lion.queue.exclude", n: "lion.queue.note", e: "lion.queue.edit" },
  ...{ p: "lion.queue.plain", m: "lion.queue.marks", i: "lion.queue.details", d: "lion.queue.diff" },
  ...{ enter: "lion.queue.accept", "shift+/": "lion.queue.help" },
  ...{ escape: "lion.queue.cancelEdit", "ctrl+enter": "lion.queue.saveEdit" },
};
const OWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "lion.reviewPanel": {
    ...{ a: "lion.candidate.approve", r: "lion.candidate.refuse", b: "lion.candidate.bulk" },
    ...Object.fromEntries(refusalReasons(english).map(({ key }) => [key, "lion.candidate.refuseAs"])),
  },
  "lion.comparePanel": {
    ...{ a: "lion.compare.agree", 1: "lion.compare.left", 2: "lion.compare.tie", 3: "lion.compare.right" },
    ...{ h: "lion.compare.hard", y: "lion.compare.easy", w: "lion.compare.askAgain", g: "lion.compare.score" },
    ...{ b: "lion.compare.blind", t: "lion.compare.tau" },
  },
};

describe("the keys of the pages on which a person decides", () => {
  it("are bound, each to one command a page", () => {
    for (const panel of PANELS) {
      const bound = ofPanel(panel);
      const keys = bound.map(({ key }) => key);
      assert.deepEqual(keys, [...new Set(keys)], `a key of ${panel} is bound twice`);
      const wanted = { ...BOTH, ...OWN[panel] };
      assert.deepEqual(Object.fromEntries(bound.map(({ key, command }) => [key, command])), wanted);
    }
  });

  it("run commands that can be found in the palette and say when they can be run", () => {
    const commands = new Map(contributes.commands.map((command) => [command.command, command]));
    for (const { command } of PANELS.flatMap(ofPanel)) {
      assert.equal(commands.get(command)?.category, "Lion", command);
      assert.ok(commands.get(command)?.enablement, command);
    }
  });

  it("are letters where something is typed", () => {
    for (const { key, when } of PANELS.flatMap(ofPanel)) {
      const isForEditing = key === "escape" || key === "ctrl+enter";
      assert.equal(when.includes("&& !inputFocus && !listFocus && !lion.editing"), !isForEditing, `${key}: ${when}`);
    }
  });

  it("refuse for the reasons that they are shown beside", () => {
    const refusing = ofPanel("lion.reviewPanel").filter(({ command }) => command === "lion.candidate.refuseAs");
    assert.deepEqual(
      refusing.map(({ key, args }) => [key, args]),
      refusalReasons(english).map(({ key, code }) => [key, code]),
    );
  });

  it("are shown on buttons as people read them", () => {
    const keys = keysOfPage(contributes.keybindings, "lion.reviewPanel");
    assert.equal(keys["lion.queue.next"], "J");
    assert.equal(keys["lion.redo"], "Shift+U");
    assert.equal(keys["lion.queue.help"], "?");
    assert.equal(keys["lion.queue.saveEdit"], "Ctrl+Enter");
    assert.equal(keys["lion.queue.cancelEdit"], "Esc");
    assert.equal(keys["lion.candidate.refuseAs"], undefined);
    assert.equal(keys["lion.compare.agree"], undefined);
  });
});
