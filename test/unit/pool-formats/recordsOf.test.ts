import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImportedRecord, RefusedRow } from "../../../src/core/pool/formats/record.ts";
import { recordsOf } from "../../../src/core/pool/formats/recordsOf.ts";

function one(row: unknown): ImportedRecord {
  const records = recordsOf(row);
  assert.equal(records.length, 1);
  return records[0] as ImportedRecord;
}

const refuses = (row: unknown, reason: RegExp): void =>
  assert.throws(
    () => recordsOf(row),
    (error) => error instanceof RefusedRow && reason.test(error.message),
  );

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

test("Alpaca, with a system message and fields of its own", () => {
  const row = {
    id: "t-7",
    instruction: "Translate.",
    input: "chat",
    output: "cat",
    system: "Be brief.",
    level: 3,
    family: "words",
    checked: true,
    nested: { a: 1 },
    long: "x".repeat(201),
    none: null,
  };
  assert.deepEqual(one(row), {
    turns: [user("Translate.")],
    input: "chat",
    system: "Be brief.",
    output: "cat",
    tags: { id: "t-7", level: 3, family: "words", checked: "true" },
    sourceId: "t-7",
  });
});

test("texts stay as they are, half surrogates excepted", () => {
  const record = one({ instruction: "  Two\r\nlines \u2028 ", input: "\tx ", output: "half \ud83d" });
  assert.deepEqual(record.turns, [user("  Two\r\nlines \u2028 ")]);
  assert.deepEqual([record.input, record.output], ["\tx ", "half \ufffd"]);
});

test("twenty tags at most, none of them a trap", () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, i]));
  assert.equal(Object.keys(one({ instruction: "Do.", ...many }).tags).length, 20);
  const { tags } = one(JSON.parse('{"instruction": "Do.", "__proto__": "x", "constructor": "y"}'));
  assert.deepEqual(Object.entries(tags), [["constructor", "y"]]);
  assert.equal(Object.getPrototypeOf(tags), Object.prototype);
});

for (const marker of [
  "<noinput>",
  "noinput",
  "NoInput",
  "No input.",
  "< noinput >",
  '"<noinput>"',
  "\\<noinput\\>",
  "<noinput",
  "No input required.",
  "N/A",
  "<N/A>",
  "n/a",
  " ",
  null,
]) {
  test(`${JSON.stringify(marker)} means that there is no input`, () => {
    assert.equal(one({ instruction: "Do.", input: marker }).input, "");
  });
}

for (const material of ["none", "<noinput> 8", "He was <noinput>", "[3, 4, <noinput>]", "Na", "no", "N/A and 4", "0"]) {
  test(`${JSON.stringify(material)} is an input`, () => {
    assert.equal(one({ instruction: "Do.", input: material }).input, material);
  });
}

test("numbers and truth values as input or output are taken as they are written", () => {
  assert.deepEqual(
    [one({ instruction: "Do.", input: 12, output: false })].map(({ input, output }) => [input, output]),
    [["12", "false"]],
  );
});

for (const empty of ["", " \n", "<nooutput>", "No Output", "<no output>.", null, undefined]) {
  test(`${JSON.stringify(empty)} means that there is no output`, () => {
    assert.equal(one({ instruction: "Do.", output: empty }).output, null);
  });
}

test("self-instruct seeds give a record for each instance", () => {
  const row = { id: "seed_1", name: "sum", instruction: "Add.", is_classification: false };
  const instances = [
    { input: "1 2", output: "3" },
    { input: "<noinput>", output: "0" },
  ];
  const common = {
    turns: [user("Add.")],
    system: "",
    tags: { id: "seed_1", name: "sum", is_classification: "false" },
    sourceId: "seed_1",
  };
  assert.deepEqual(recordsOf({ ...row, instances }), [
    { ...common, input: "1 2", output: "3" },
    { ...common, input: "", output: "0" },
  ]);
  assert.deepEqual(recordsOf({ ...row, instances: [] }), [{ ...common, input: "", output: null }]);
  refuses({ ...row, instances: "none" }, /^has instances that are not a list of objects$/);
  refuses({ ...row, instances: [3] }, /^has instances that are not a list of objects$/);
});

test("FastChat's questions, not its answers and reviews", () => {
  const expected = {
    turns: [user("Why?")],
    input: "",
    system: "",
    output: null,
    tags: { question_id: 4, category: "generic" },
    sourceId: "4",
  };
  assert.deepEqual(one({ question_id: 4, text: "Why?", category: "generic" }), expected);
  assert.deepEqual(one({ question_id: 4, turns: ["Why?"], category: "generic" }), expected);
  refuses({ question_id: 4, turns: ["Why?", "And then?"] }, /^has several questions without the answers/);
  refuses({ question_id: 4, turns: [] }, /^has no question$/);
  refuses({ answer_id: "a", question_id: 4, text: "Because." }, /^is one of FastChat's answers, not a question$/);
  refuses({ review_id: "r", question_id: 4, text: "8 9" }, /^is one of FastChat's reviews, not a question$/);
});

test("WizardLM's test set and self-instruct's predictions", () => {
  const { turns, tags, sourceId } = one({ idx: 9, Skill: "Math", Difficulty: 2, Instruction: "Prove it." });
  assert.deepEqual(
    { turns, tags, sourceId },
    { turns: [user("Prove it.")], tags: { idx: 9, Skill: "Math", Difficulty: 2 }, sourceId: "9" },
  );
  assert.equal(one({ instruction: "Do.", response: "Done." }).output, "Done.");
});

test("conversations: the last reply is the output, everything before it the turns", () => {
  const messages = [
    { role: "system", content: "Be kind." },
    user("Hello?"),
    assistant("Hi."),
    user("Why?"),
    assistant("So."),
  ];
  const record = one({ id: 1, messages });
  assert.deepEqual(record, {
    turns: [user("Hello?"), assistant("Hi."), user("Why?")],
    input: "",
    system: "Be kind.",
    output: "So.",
    tags: { id: 1 },
    sourceId: "1",
  });
  assert.equal(one({ messages: messages.slice(0, 4) }).output, null);
  assert.equal(one({ messages: [user("Hello?"), assistant("")] }).output, null);
  assert.equal(one({ system: "From the row.", messages: [user("Hello?")] }).system, "From the row.");
  const parts = [
    { type: "text", text: "Hel" },
    { type: "text", text: "lo?" },
  ];
  assert.deepEqual(one({ messages: [{ role: "user", content: parts }] }).turns, [user("Hello?")]);
});

test("ShareGPT's names", () => {
  const conversations = [
    { from: "human", value: "Hello?" },
    { from: "gpt", value: "Hi." },
  ];
  const { turns, output, sourceId } = one({ id: "abc_0", conversations });
  assert.deepEqual({ turns, output, sourceId }, { turns: [user("Hello?")], output: "Hi.", sourceId: "abc_0" });
});

test("conversations that can't be used say why", () => {
  refuses({ messages: "hi" }, /^has a text as its messages, not a list$/);
  refuses({ conversations: {} }, /^has an object as its conversations, not a list$/);
  refuses({ messages: [] }, /^has no turn of the user's$/);
  refuses({ messages: [assistant("Hi.")] }, /^has no turn of the user's$/);
  refuses({ messages: ["hi"] }, /^has a text as its turn 1, not an object$/);
  refuses(
    { messages: [{ role: "tool", content: "x" }] },
    /^has a turn \(number 1\) that is neither the user's nor the assistant's$/,
  );
  refuses({ messages: [{ role: "toString", content: "x" }] }, /neither the user's/);
  refuses(
    { messages: [assistant("Hi."), user("Hello?")] },
    /^has a turn of the assistant's where the user's is due \(number 1\)$/,
  );
  refuses(
    { messages: [user("One."), user("Two.")] },
    /^has a turn of the user's where the assistant's is due \(number 2\)$/,
  );
  refuses({ messages: [user("One."), assistant(" "), user("Two.")] }, /^has an empty turn 2$/);
  refuses({ messages: [user("One."), { role: "system", content: "x" }] }, /where the assistant's is due/);
  refuses(
    { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
    /^has something else than text in its turn 1$/,
  );
});

test("field names in a reason stay short", () => {
  const row = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}${"x".repeat(100)}`, 1]));
  assert.throws(
    () => recordsOf({ ...row }),
    (error) => error instanceof RefusedRow && error.message.length < 260 && error.message.endsWith("… …)"),
  );
});
