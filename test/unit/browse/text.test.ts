import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { longText, pieceOf } from "../../../src/core/browse/text.ts";
import { TEXT_HEAD } from "../../../src/protocol/queue.ts";
import { newStore, temporaryFolder } from "../store/support.ts";
import { ItemWorld } from "./itemWorld.ts";

const world = new ItemWorld(newStore(temporaryFolder()));

test("pieces put together are the text, and none ends or begins within a character", () => {
  const piece = fc.constantFrom("a", "é", "😀", "\u{10ffff}", "\n");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (pieces, length) => {
      const whole = pieces.join("");
      const id = world.answer("teacher", whole);
      const parts: string[] = [];
      for (let from: number | null = 0; from !== null; ) {
        const { text, next } = pieceOf(world.store, `answer:${id}`, from, length);
        assert.ok(text.length <= Math.max(2, length) && text.isWellFormed());
        parts.push(text);
        from = next;
      }
      assert.equal(parts.join(""), whole);
    }),
    { numRuns: 100 },
  );
});

test("a piece that is asked for from within a character begins with the whole of it", () => {
  const id = world.answer("teacher", "a😀b");
  assert.deepEqual(pieceOf(world.store, `answer:${id}`, 2, 2), { text: "😀", next: 3 });
  assert.deepEqual(pieceOf(world.store, `answer:${id}`, -5, 2), { text: "a", next: 1 });
  assert.deepEqual(pieceOf(world.store, `answer:${id}`, 99, 2), { text: "", next: null });
});

test("every text of an item is found by its name", () => {
  const { store } = world;
  const turns = [
    { role: "user" as const, content: "one" },
    { role: "assistant" as const, content: "two" },
    { role: "user" as const, content: "three" },
  ];
  const id = store.instructions.insert({ turns, input: "material", system: "be brief", origin: "written" }, 1);
  const rated = world.rated({ gap: 2 });
  const [rating] = store.ratings.ofInstruction(rated);
  const whole = (ref: string): string => pieceOf(store, ref, 0, 1000).text;
  assert.deepEqual([`turn:${id}:0`, `turn:${id}:2`, `input:${id}`, `system:${id}`].map(whole), [
    "one",
    "three",
    "material",
    "be brief",
  ]);
  assert.equal(whole(`rating:${rating?.id}`), "The teacher's is better.");
});

test("a name that nothing has is refused in a sentence", () => {
  for (const ref of [
    "answer:999999",
    "rating:0",
    "turn:1:77",
    "turn:1",
    "answer:1:0",
    "../lion.json",
    "input:-1",
    "",
  ]) {
    assert.throws(() => pieceOf(world.store, ref, 0, 10), {
      name: "LionError",
      kind: "input",
      message: /no text .* show/,
    });
  }
});

test("a long text is sent by its beginning, whole characters only", () => {
  const text = `${"x".repeat(TEXT_HEAD - 1)}😀😀`;
  const { head, length, ref } = longText("answer:1", text);
  assert.deepEqual([head.length, length, ref], [TEXT_HEAD - 1, TEXT_HEAD + 3, "answer:1"]);
});
