import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import * as vscode from "vscode";
import { instructionSubject } from "../../src/core/review/fold.ts";
import type { LionExports } from "../../src/extension.ts";
import type { Shell } from "../../src/shell/shell.ts";
import { shellForTests } from "./support.ts";

const NAMES = [
  "lion_get_instruction",
  "lion_list_candidates",
  "lion_list_hard_instructions",
  "lion_pool_statistics",
  "lion_propose_decision",
];

/** The JSON in a result. */
function dataOf({ content }: vscode.LanguageModelToolResult): Record<string, unknown> {
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(/<<<data \w+>>>\n(.*)\n<<<end/.exec(part.value)?.[1] ?? part.value);
}

describe("the language-model tools", () => {
  let shell: Shell;

  before(async () => {
    shell = await shellForTests();
  });

  /** As another extension, or a chat, calls them. */
  const invoke = async (name: string, input: object = {}): Promise<Record<string, unknown>> =>
    dataOf(await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined }));

  it("are known to the editor with their schemas", () => {
    const known = vscode.lm.tools.filter(({ name }) => name.startsWith("lion_"));
    assert.deepEqual(known.map(({ name }) => name).sort(), NAMES);
    assert.ok(known.every(({ description, inputSchema, tags }) => description && inputSchema && tags.includes("lion")));
  });

  it("read the project that is open", async () => {
    const { store } = shell.projects.require();
    const hard = await invoke("lion_list_hard_instructions", { limit: 2 });
    const [first] = hard.instructions as Array<{ id: number; gap: number }>;
    assert.ok(first && first.gap >= Number(hard.tau));
    const one = await invoke("lion_get_instruction", { id: first.id });
    assert.ok((one.teacherAnswers as unknown[]).length > 0 && (one.referee as unknown[]).length > 0);
    const { candidates } = await invoke("lion_list_candidates", { state: "waiting", limit: 3 });
    assert.ok(Array.isArray(candidates));
    const { iterations } = await invoke("lion_pool_statistics");
    assert.equal((iterations as unknown[]).length, store.iterations.all().length);
  });

  it("tell a model what it asked for wrongly", async () => {
    await assert.rejects(invoke("lion_get_instruction", { id: 99_999_999 }), /no instruction #99999999/);
  });

  it("ask a person before a suggestion is stored, and store it as one", async () => {
    const { store } = shell.projects.require();
    const { tools } = await extensionOf().onDemand();
    const id = store.pools.cache(1)[0] ?? assert.fail("the demo has a Cache");
    const input = { kind: "exclude", subject: instructionSubject(id), code: "unclear", reason: "a *test* says so" };
    const { confirmationMessages } = await tools.prepare("lion_propose_decision", input);
    const message = confirmationMessages?.message;
    assert.ok(message instanceof vscode.MarkdownString);
    assert.ok(message.value.includes("\\*test\\*") && message.value.includes(`#${id}`), message.value);
    const before = store.decisions.highestId();
    await tools.call("lion_propose_decision", input);
    const [stored, ...others] = store.decisions.since(before);
    assert.deepEqual([stored?.kind, stored?.context, others.length], ["exclude", "suggestion", 0]);
    assert.match(stored?.actor ?? "", /^agent \(.+\)$/);
  });
});

/** Calls past the editor, which would wait for a person to confirm. */
function extensionOf(): LionExports {
  const extension = vscode.extensions.getExtension<LionExports>("lion-curator.lion-curator");
  return extension?.exports ?? assert.fail("the extension is not active");
}
