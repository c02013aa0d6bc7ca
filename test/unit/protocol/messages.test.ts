import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Handlers, LARGEST_MESSAGE, MessageHandler } from "../../../src/protocol/messages.ts";

type EditorCalls = {
  readonly double: { body: number; reply: number };
  readonly fail: { body: null; reply: null };
  readonly never: { body: null; reply: null };
  readonly long: { body: number; reply: string };
};
type PageCalls = { readonly note: { body: string; reply: null } };

/** Both ends of a conversation, joined by structured copies as the editor's messages are. */
function conversation(options: { timeoutMs?: number } = {}) {
  const notes: string[] = [];
  const problems: string[] = [];
  const travelled: unknown[] = [];
  const answers: Handlers<EditorCalls> = {
    double: async (value) => 2 * value,
    fail: () => {
      throw new Error("The disk is full.");
    },
    never: () => new Promise(() => {}),
    long: (length) => "x".repeat(length),
  };
  const editor: MessageHandler<PageCalls, EditorCalls> = new MessageHandler(
    (message) => {
      travelled.push(message);
      queueMicrotask(() => page.receive(structuredClone(message)));
    },
    answers,
    { onProblem: (problem) => problems.push(problem) },
  );
  const page: MessageHandler<EditorCalls, PageCalls> = new MessageHandler(
    (message) => {
      travelled.push(message);
      queueMicrotask(() => editor.receive(structuredClone(message)));
    },
    {
      note: (text) => {
        notes.push(text);
        return null;
      },
    },
    { ...options, onProblem: (problem) => problems.push(problem) },
  );
  return { editor, page, notes, problems, travelled };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe("messages between the editor and a page", () => {
  it("answers each request under its own id, in whichever order the answers come", async () => {
    const { page } = conversation();
    assert.deepEqual(await Promise.all([page.request("double", 1), page.request("double", 2)]), [2, 4]);
  });

  it("tells without waiting", async () => {
    const { editor, notes } = conversation();
    editor.tell("note", "changed");
    await settle();
    assert.deepEqual(notes, ["changed"]);
  });

  it("rejects the peer with the sentence of what was thrown", async () => {
    const { page } = conversation();
    await assert.rejects(page.request("fail", null), /^Error: The disk is full\.$/);
  });

  it("rejects a request that nobody there answers, also one named like a method of every object", async () => {
    const { page } = conversation();
    const unknown = page as unknown as MessageHandler<{ toString: { body: null; reply: null } }, PageCalls>;
    await assert.rejects(unknown.request("toString", null), /Nobody here answers “toString”/);
  });

  it("rejects a request without a reply after its time", async () => {
    const { page } = conversation({ timeoutMs: 20 });
    await assert.rejects(page.request("never", null), /No reply to “never” within 0\.02 s/);
  });

  it("rejects everything that waits when it is disposed of, and everything afterwards", async () => {
    const { page } = conversation();
    const waiting = page.request("never", null);
    page.dispose();
    await assert.rejects(waiting, /closed/);
    await assert.rejects(page.request("double", 1), /closed/);
  });

  it("sends no message above the limit, and the asker hears why", async () => {
    const { page, travelled } = conversation();
    const fits = LARGEST_MESSAGE - 100;
    assert.equal((await page.request("long", fits)).length, fits);
    await assert.rejects(page.request("long", LARGEST_MESSAGE), /is the limit: ask for less/);
    for (const message of travelled) {
      assert.ok(JSON.stringify(message).length <= LARGEST_MESSAGE);
    }
  });

  it("reports an event whose handler threw, and leaves foreign messages alone", async () => {
    const { editor, page, problems, notes } = conversation();
    (page as unknown as MessageHandler<{ fail: { body: null; reply: null } }, PageCalls>).tell("fail", null);
    for (const foreign of [
      null,
      7,
      "note",
      {},
      { type: "event" },
      { type: "reply" },
      { type: "request", kind: "note" },
    ]) {
      page.receive(foreign);
      editor.receive(foreign);
    }
    await settle();
    assert.deepEqual(problems, ["The disk is full."]);
    assert.deepEqual(notes, []);
  });
});
