import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createProject } from "../../src/core/project/create.ts";
import { look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { workFolder } from "./harness/projects.ts";

const ROWS = [
  '{"instruction": "Name a river in Europe.", "input": "", "output": "The Rhine."}',
  '{"instruction": "Name a river',
  '{"instruction": "", "input": "", "output": "nothing was asked"}',
  '{"instruction": "Add the numbers.", "input": "2 3", "output": "5"}',
  '{"instruction": ["a", "list"], "output": ""}',
  '{"output": "nobody asked"}',
  '{"instruction": "Say it in French.", "input": "Good morning", "output": "Bonjour"}',
];

describe("importing a file with bad rows", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  async function importByHand({ quickInput }: EditorWindow): Promise<void> {
    await quickInput.pick("rows.jsonl");
    await quickInput.pick("Both Pools");
    await quickInput.pick("The Teacher's Answers");
    await quickInput.answer("Who wrote the outputs?", "a friend");
    await quickInput.answer("Under which licence?", "CC0-1.0");
  }

  it("brings in what is good, lists the rest by line, and adds nothing the second time", async (context) => {
    const folder = workFolder(context);
    createProject(folder, { name: "rivers" });
    writeFileSync(join(folder, "rows.jsonl"), ROWS.join("\n"));
    const window = await editor.openWindow(context, { folder });
    await window.activityBar.open("Lion");

    const train = window.tree("Train Pool");
    await train.show();
    await train.welcome.getByRole("button", { name: "Import…" }).click();
    await importByHand(window);
    await window.notifications.choose("rows.jsonl: 3 imported, 0 there already, 4 refused.", "Show Refused Rows");
    await window.editors.tab(/refused/).waitFor();
    const text = await window.editors.text();
    assert.match(text, /these 4 rows were refused/);
    for (const line of [2, 3, 5, 6]) {
      assert.match(text, new RegExp(`^\\s*${line}  \\S`, "m"), `line ${line} is listed`);
    }
    await train.row(/^Imported/).waitFor();
    await train.expand(train.row(/^Imported/));
    await train.row(/Add the numbers\./).waitFor();

    await window.quickInput.runCommand("Lion: Import…");
    await importByHand(window);
    await window.notifications.toast("rows.jsonl: 0 imported, 3 there already, 4 refused.").waitFor();
    assert.deepEqual(
      look(folder, ({ pools, instructions }) => [
        pools.train(1).length,
        instructions.getMany(pools.train(1)).map(({ licence }) => licence),
      ]),
      [3, ["CC0-1.0", "CC0-1.0", "CC0-1.0"]],
    );
    assertHealthy(editor, [window]);
  });
});
