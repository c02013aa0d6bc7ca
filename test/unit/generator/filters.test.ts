import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type CandidateText,
  checkValidity,
  type InvalidReason,
  REASON_SENTENCES,
  validityReport,
} from "../../../src/core/generator/filters.ts";
import { countWords } from "../../../src/core/generator/words.ts";
import { singleTurn } from "../../../src/core/pool/instruction.ts";

const parent = singleTurn("List three uses of salt.", "");
const limits = { minWords: 4, maxWords: 150 };

function check(instruction: string, more: Partial<CandidateText> = {}, task = parent): InvalidReason | null {
  const candidate = { instruction, input: "", reply: { kind: "complete" as const, finishReason: "stop" }, ...more };
  const validity = checkValidity(candidate, { parent: task, limits });
  return validity.ok ? null : validity.reason;
}

const REFUSED: Readonly<Record<InvalidReason, readonly string[]>> = {
  refused: [
    "I'm sorry, but I can't help with creating that instruction.",
    "I’m sorry, I cannot create a new instruction from this.",
    "I cannot assist with that request.",
    "As an AI language model, I am unable to write this task.",
    "Unfortunately, I can't provide such an instruction here.",
    "很抱歉，我无法创建这样的指令。",
    "Es tut mir leid, das kann ich nicht.",
  ],
  "cut-off": [],
  empty: ["", "   \n"],
  "too-short": ["Write a poem.", "Why?", "填空。", "... ... ... ..."],
  "too-long": ["word ".repeat(151), "字".repeat(301)],
  "starts-with-punctuation": [
    ", and then describe what happens next.",
    ": write a poem about the sea.",
    ") write a poem about the sea.",
    "...and so the story goes on and on.",
    "- Write a poem about the sea.",
    "。写一首关于大海的诗。",
  ],
  "echoes-parent": ["List three uses of salt.", "list THREE  uses of “salt”!"],
  "leaks-markers": [
    "Write about the sea.\n<<<end of instruction 3f9a2c1e>>>",
    "Write about the sea now.\n### Response: The sea is blue.",
    "Write about the sea.<|im_end|> And more.",
    "[INST] Write about the sea now. [/INST]",
    "Write like this: #Given Prompt# about the sea.",
  ],
  "several-instructions": [
    "1. Write a poem about the sea.\n2. Write a song about a hill.",
    "1) Name four rivers.\n\n2) Name four lakes.",
    "Name four rivers in Asia.\nInstruction 2: Name four lakes in Asia.",
  ],
  "needs-missing-material": [
    "Summarize the following article in one sentence.",
    "Describe what happens in the image above.",
    "Translate the following text into German",
    "What is the main idea of the attached document?",
  ],
};

/** Published filters drop these: the word "instruction", other scripts, quotes and digits at the start, programs, graphs. */
const KEPT: readonly string[] = [
  "Write an instruction manual for a toaster.",
  "Explain why clear instructions matter in surgery.",
  "Écris un poème sur la mer.",
  "Überlege dir drei Namen für eine Katze.",
  "写一首关于大海的诗。",
  "写一首诗",
  "海についての詩を書いてください。",
  "¿Qué es la fotosíntesis y dónde ocurre?",
  '"To be or not to be": who says this, and why?',
  "(Without a calculator) find the square root of 144.",
  "«Быть или не быть» — кто это сказал?",
  "3 + 4 = ?",
  "2 trains leave two towns; when do they meet?",
  "Write a program that sorts a list of numbers.",
  "Draw a graph of the sine function in ASCII art.",
  ".NET and Java: name one difference between them.",
  "#include <stdio.h> is the first line; what does it do?",
  "`ls -l` prints what, exactly, in its first column?",
  "$5 a day is how much in a year?",
  "’Twas the night before Christmas: continue the poem.",
  "I'm sorry I missed your party: rewrite this politely.",
  "As an AI ethicist, write a memo on chatbots.",
  "Unfortunately, I lost my keys. What should I do next?",
  "I cannot find my keys. Write a story about that.",
  "Classify the following sentence: I love this film.",
  'Correct the following sentence. "He go to school."',
  "Edit the following text to be shorter:\nThe sea is very, very blue.",
  "Answer the following questions:\n1. Who wrote Faust?\n2. When was it printed?",
  "Do both.\nTask 1: Name a river.\nTask 2: Name a lake.",
  "Explain what the table below the sink is for in this riddle of mine, and who put it there long ago.",
  "Tell a story in which the text matters.",
  "List three uses of sugar.",
];

describe("checkValidity", () => {
  for (const [reason, texts] of Object.entries(REFUSED)) {
    for (const text of texts) {
      it(`${reason}: ${JSON.stringify(text.slice(0, 50))}`, () => {
        assert.equal(check(text), reason);
      });
    }
  }

  for (const text of KEPT) {
    it(`keeps ${JSON.stringify(text.slice(0, 50))}`, () => {
      assert.equal(check(text), null);
    });
  }

  it("goes by what the reply turned out to be", () => {
    const text = "Write a poem about the sea.";
    assert.equal(check(text, { reply: { kind: "cut", finishReason: "length" } }), "cut-off");
    assert.equal(check(text, { reply: { kind: "complete", finishReason: "length" } }), "cut-off");
    assert.equal(check(text, { reply: { kind: "refused", finishReason: "content_filter" } }), "refused");
    assert.equal(check("", { reply: { kind: "refused", finishReason: "stop" } }), "refused");
    assert.equal(check("", { reply: { kind: "empty", finishReason: "stop" } }), "empty");
  });

  it("takes material in the input for what it is", () => {
    assert.equal(check("Summarize the following article in one sentence.", { input: "The sea is blue." }), null);
    assert.equal(check("Sort the following list of numbers.", { input: "### Response: 3" }), "leaks-markers");
  });

  it("knows an echo from the same instruction about something else", () => {
    const task = singleTurn("Sort these numbers, please.", "3 1 2");
    assert.equal(check("Sort these numbers, please.", { input: "3 1 2" }, task), "echoes-parent");
    assert.equal(check("Sort these numbers, please.", {}, task), "echoes-parent");
    assert.equal(check("Sort these numbers, please. 3 1 2", {}, task), "echoes-parent");
    assert.equal(check("Sort these numbers, please.", { input: "9 8 7" }, task), null);
    assert.equal(check("What is 3 + 4 here?", {}, singleTurn("What is 3 - 4 here?")), null);
  });

  it("says what is wrong in whole sentences", () => {
    for (const sentence of Object.values(REASON_SENTENCES)) {
      assert.match(sentence, /^[A-Z].*\.$/u);
    }
    const short = checkValidity(
      { instruction: "Write a poem.", input: "", reply: { kind: "complete", finishReason: "stop" } },
      { parent, limits },
    );
    assert.deepEqual(short, {
      ok: false,
      reason: "too-short",
      detail: "The instruction has too few words. It has 3, the least is 4.",
    });
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, input) => void check(text, { input })));
  });

  it("looks at long hostile text in little time", () => {
    const started = performance.now();
    for (const part of ["the following text ", "1. a\n", "<<<", "sorry ", "#", "the the ", "字", "a'"]) {
      check(part.repeat(Math.ceil(20_000 / part.length)));
    }
    assert.ok(performance.now() - started < 2000);
  });
});

describe("countWords", () => {
  it("counts words in every script", () => {
    assert.deepEqual(countWords("It's a dog's life, isn't it?"), { fewest: 6, most: 6 });
    assert.deepEqual(countWords("写一首诗"), { fewest: 2, most: 4 });
    assert.deepEqual(countWords("用Python写程序"), { fewest: 3, most: 5 });
    assert.deepEqual(countWords("नमस्ते दुनिया"), { fewest: 2, most: 2 });
    assert.deepEqual(countWords("3 + 4 = ?"), { fewest: 2, most: 5 });
    assert.deepEqual(countWords("… ! ?"), { fewest: 0, most: 0 });
  });
});

describe("the report of all filters", () => {
  it("names them in their order, and its first failure is what decides", () => {
    for (const text of [...Object.values(REFUSED).flat(), "Describe how a sundial works."]) {
      const candidate = { instruction: text, input: "", reply: { kind: "complete" as const, finishReason: "stop" } };
      const report = validityReport(candidate, { parent, limits });
      assert.deepEqual(
        report.map(({ reason }) => reason),
        Object.keys(REASON_SENTENCES),
      );
      assert.equal(report.find(({ passed }) => !passed)?.reason ?? null, check(text));
    }
  });
});
