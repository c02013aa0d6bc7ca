import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { generatorMessages, type Operator } from "../../../src/core/generator/prompt.ts";
import { singleTurn } from "../../../src/core/pool/instruction.ts";

const parent = singleTurn("Sort these numbers.", "3 1 2", "Be brief.");
const text = (operator: Operator, custom?: string): string =>
  generatorMessages({ parent, operator, ...(custom !== undefined && { custom }) }).messages.at(-1)?.content ?? "";

describe("generatorMessages", () => {
  it("shows the task and its input between marked lines, not the system message", () => {
    const prompt = text("hard");
    const mark = /<<<instruction ([0-9a-f]{8})>>>\nSort these numbers\.\n<<<end of instruction \1>>>/u.exec(
      prompt,
    )?.[1];
    assert.ok(prompt.includes(`<<<input ${mark}>>>\n3 1 2\n<<<end of input ${mark}>>>`));
    assert.ok(!prompt.includes("Be brief."));
    assert.ok(
      !generatorMessages({ parent: singleTurn("Sort."), operator: "hard" }).messages[1]?.content.includes("<<<input"),
    );
  });

  it("asks for the same kind of task, or for a rarer one", () => {
    assert.match(text("hard"), /brand-new.*same domain.*same kind of task/su);
    assert.doesNotMatch(text("hard"), /rarer|long-tail/u);
    assert.match(text("easy"), /same domain.*rarer.*long-tail/su);
    assert.doesNotMatch(text("easy"), /same kind of task/u);
    for (const operator of ["hard", "easy"] as const) {
      assert.match(text(operator), /stand on its own/u);
      assert.match(text(operator), /bare text of the new instruction and nothing else/u);
    }
  });

  it("has a version for each operator and for each text of the project's own prompt", () => {
    const versions = [
      generatorMessages({ parent, operator: "hard" }),
      generatorMessages({ parent, operator: "easy" }),
      generatorMessages({ parent, operator: "easy", custom: "Like {instruction}" }),
      generatorMessages({ parent, operator: "easy", custom: "As {instruction}" }),
    ].map(({ promptVersion }) => promptVersion);
    assert.equal(new Set(versions).size, 4);
    assert.match(versions[2] ?? "", /^custom\/[0-9a-f]{8}$/u);
  });

  it("fills the project's own prompt", () => {
    assert.match(
      text("hard", "Another one, please:\n{instruction}\n{input}\nThanks."),
      /^Another one.*Sort.*\n.*3 1 2.*Thanks\.$/su,
    );
    assert.match(text("hard", "Like {instruction}"), /Sort these numbers\..*3 1 2/su);
    const tricky = singleTurn("Explain {input} and $&.", "x");
    const [message] = generatorMessages({
      parent: tricky,
      operator: "hard",
      custom: "{instruction}\n{input}",
    }).messages;
    assert.ok(message?.content.includes("\nExplain {input} and $&.\n"));
  });

  it("refuses a prompt without the task", () => {
    assert.throws(
      () => text("easy", "Write something."),
      (error) => error instanceof LionError && error.message.includes("easy generator prompt lacks {instruction}"),
    );
  });
});
