import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InstructionDetail } from "../../../src/core/browse/instructionDetail.ts";
import type { Answer } from "../../../src/core/store/ledger.ts";
import type { Verdict } from "../../../src/core/store/ratings.ts";
import {
  answerText,
  comparedAnswers,
  comparisonTitle,
  instructionText,
} from "../../../src/shell/documents/instructionText.ts";
import { Localizer } from "../../../src/shell/trees/localizer.ts";

const words = new Localizer(
  (message, ...args) => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])),
  "en",
);

function answer(id: number, role: "teacher" | "student", text: string): Answer {
  return {
    id,
    role,
    text,
    requestKey: null,
    origin: "model",
    writtenBy: `${role}-model`,
    profile: role,
    modelAsked: role,
    checkpointId: null,
    parameters: "{}",
    kind: "complete",
    finishReason: "stop",
    inputTokens: 3,
    outputTokens: 1200,
    cost: null,
    createdAt: 0,
  };
}

function verdict(iteration: number, gap: number | null, teacherAnswerId = 1, studentAnswerId = 2): Verdict {
  return {
    iteration,
    scope: "draw",
    position: 0,
    instructionId: 7,
    state: gap === null ? "unscored" : "scored",
    gap,
    teacherScore: gap === null ? null : 9,
    studentScore: gap === null ? null : 9 - gap,
    contradictory: false,
    source: "referee",
    teacherAnswerId,
    studentAnswerId,
  };
}

const hostile = "<script>alert(1)</script> [run](command:workbench.action.quit) $(rm -rf ~)";

const detail: InstructionDetail = {
  instruction: {
    id: 7,
    turns: [{ role: "user", content: hostile }],
    input: "",
    system: "",
    origin: "generated",
    purpose: "training",
    sourceId: null,
    sourceLine: null,
    supersedes: null,
    licence: null,
    tags: { level: 3 },
    contentHash: "",
    createdAt: 0,
  },
  sourceName: null,
  verdicts: [verdict(1, 2.5), verdict(2, null, 1, 3)],
  overrides: [],
  ratings: [
    {
      id: 1,
      instructionId: 7,
      iteration: 1,
      firstShown: "student",
      teacherAnswerId: 1,
      studentAnswerId: 2,
      answerId: 9,
      promptVersion: "p",
      scores: { teacher: 9, student: 6.5 },
      unparsed: null,
      reply: "The first one is worse.",
      reratingId: null,
    },
  ],
  teacherAnswers: [answer(1, "teacher", "right")],
  studentAnswers: [answer(3, "student", "newer"), answer(2, "student", "older")],
  parentId: 4,
  childIds: [],
  replacedBy: null,
  correctedAnswerId: null,
  rejectedAnswerIds: [],
};

describe("an instruction as a document", () => {
  const text = instructionText(detail, words);

  it("says everything that is known, in plain text", () => {
    for (const part of [
      "#7  Generated · written from #4 · level 3",
      "Iteration 1: gap +2.5 (teacher 9, student 6.5)",
      "Iteration 2: unscored",
      "Teacher (teacher-model, 1,200 tokens)",
      "Referee, iteration 1, student shown first: teacher 9, student 6.5",
      "The first one is worse.",
    ]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
  });

  it("shows a hostile text as it is", () => {
    assert.ok(text.includes(hostile));
  });

  it("says which answer a person put in the teacher's place, and which one was found wrong", () => {
    const own = (id: number): Answer => ({
      ...answer(id, "teacher", "mine"),
      origin: "person",
      writtenBy: "ada",
      outputTokens: null,
    });
    const decided = instructionText(
      {
        ...detail,
        teacherAnswers: [own(9), own(8), ...detail.teacherAnswers],
        correctedAnswerId: 9,
        rejectedAnswerIds: [1],
      },
      words,
    );
    for (const part of [
      "Teacher (ada, stands in the teacher's place)",
      "Teacher (ada, withdrawn)",
      "Teacher (teacher-model, 1,200 tokens, found wrong)",
    ]) {
      assert.ok(decided.includes(part), `${part} in\n${decided}`);
    }
  });

  it("cuts what would take the window seconds, and says so", () => {
    const long = answerText(detail, answer(1, "teacher", "x".repeat(300_000)), words);
    assert.ok(long.length < 201_000);
    assert.match(long, /100,000 more characters are not shown/);
  });

  it("says that an answer is empty", () => {
    assert.match(answerText(detail, answer(1, "student", ""), words), /─\n\(empty\)\n$/);
  });
});

describe("the comparison of an instruction", () => {
  it("shows the answers that the verdict of the iteration rests on", () => {
    assert.equal(comparedAnswers(detail, 1)?.student.text, "older");
    assert.equal(comparedAnswers(detail, 2)?.student.text, "newer");
    assert.equal(comparedAnswers(detail)?.verdict?.iteration, 2);
  });

  it("needs both answers", () => {
    assert.equal(comparedAnswers({ ...detail, studentAnswers: [] }), null);
  });

  it("has the gap in its title where there is one", () => {
    assert.equal(comparisonTitle(7, verdict(1, 2.5), words), "#7 teacher ↔ student · gap +2.5");
    assert.equal(comparisonTitle(7, verdict(2, null), words), "#7 teacher ↔ student");
  });
});
