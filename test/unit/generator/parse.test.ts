import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseGenerated } from "../../../src/core/generator/parse.ts";

const CASES: ReadonlyArray<readonly [name: string, reply: string, instruction: string, input?: string]> = [
  ["a bare instruction", "Write a poem about rain.", "Write a poem about rain."],
  ["white space", "\n  Write a poem.\r\n\r\n", "Write a poem."],
  ["a label", "New instruction: Write a poem.", "Write a poem."],
  ["a label in bold", "**Instruction**: Write a poem.", "Write a poem."],
  ["a bold label with its colon", "**New Instruction:** Write a poem.", "Write a poem."],
  ["a label as a heading", "### New Task\nWrite a poem.", "Write a poem."],
  ["a label between signs", "#Created Prompt#:\nWrite a poem.", "Write a poem."],
  ["a label between signs, no colon", "#Created Prompt#\nWrite a poem.", "Write a poem."],
  ["a label in brackets", "[Created Instruction] Write a poem.", "Write a poem."],
  ["only one label", "Task: Instruction: Write a poem.", "Instruction: Write a poem."],
  ["a courtesy", "Sure! Here is a new instruction:\n\nWrite a poem.", "Write a poem."],
  ["quotes", '"Write a poem about rain."', "Write a poem about rain."],
  ["curly quotes behind a label", "New instruction: “Write a poem.”", "Write a poem."],
  ["a code fence", "```text\nWrite a poem.\nMake it rhyme.\n```", "Write a poem.\nMake it rhyme."],
  ["a tag", "<instruction>Write a poem.</instruction>", "Write a poem."],
  ["several lines", "Write a poem.\n\nIt must rhyme.", "Write a poem.\n\nIt must rhyme."],
  ["an input", "Sort the numbers.\nInput: 3 1 2", "Sort the numbers.", "3 1 2"],
  ["an input of several lines", "Instruction: Sort them.\n\n**Input:**\n3\n1\n2", "Sort them.", "3\n1\n2"],
  ["no input", "Write a poem.\nInput: <noinput>", "Write a poem."],
  ["quotes inside", '"Yes" and "no": when are they wrong?', '"Yes" and "no": when are they wrong?'],
  ["a quote at the end", 'Translate into French: "Good morning."', 'Translate into French: "Good morning."'],
  ["the word within a text", "Rewrite this instruction: close the door.", "Rewrite this instruction: close the door."],
  [
    "a text about input",
    "Input: what does the word mean in computing?",
    "Input: what does the word mean in computing?",
  ],
  [
    "a text that begins with the word",
    "Instruction manuals are boring: say why.",
    "Instruction manuals are boring: say why.",
  ],
  ["code inside", "Explain this:\n```js\nx++\n```", "Explain this:\n```js\nx++\n```"],
  ["nothing", "  \n", ""],
  ["a label and nothing", "New instruction:", "New instruction:"],
];

describe("parseGenerated", () => {
  for (const [name, reply, instruction, input = ""] of CASES) {
    it(name, () => {
      assert.deepEqual(parseGenerated(reply), { instruction, input });
    });
  }

  it("never throws, adds nothing, and leaves an instruction that it has read once as it is", () => {
    const part = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 15 }),
      fc.constantFrom(
        "New instruction: ",
        "**",
        '"',
        "```\n",
        "\n",
        "Input: ",
        "#Created Prompt#",
        "Here is a task:\n",
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const reply = parts.join("");
        const { instruction, input } = parseGenerated(reply);
        const plain = reply.replaceAll(/\r\n?/gu, "\n");
        assert.ok(plain.includes(instruction) && plain.includes(input));
        assert.equal(instruction, instruction.trim());
      }),
    );
  });
});
