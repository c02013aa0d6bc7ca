import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnswerFacts } from "../../../src/core/browse/answerFacts.ts";
import type { CandidateFacts } from "../../../src/core/browse/candidateItem.ts";
import type { CompareFacts } from "../../../src/core/browse/compareItem.ts";
import type { DecisionFacts } from "../../../src/core/browse/decisionFacts.ts";
import type { LineageFacts } from "../../../src/core/browse/lineage.ts";
import { candidateView } from "../../../src/shell/panels/candidateView.ts";
import { compareView } from "../../../src/shell/panels/compareView.ts";
import { english } from "./english.ts";

const text = (ref: string, head: string) => ({ ref, head, length: head.length });

const answer = (role: "teacher" | "student", change: Partial<AnswerFacts> = {}): AnswerFacts => ({
  ...{ answerId: role === "teacher" ? 1 : 2, role, writtenBy: `${role}-model`, origin: "model", studentVersion: null },
  ...{ kind: "complete", finishReason: "stop", text: text(`answer:${role}`, `the ${role}'s`), words: 2 },
  ...change,
});

const decision = (change: Partial<DecisionFacts>): DecisionFacts => ({
  ...{ decisionId: 5, actor: "Ada", kind: "override", what: "override:student", subject: "verdict:2:12", at: 0 },
  ...{ half: "easy", gap: null, reason: null, note: null, isBlind: false, isSecond: false },
  ...change,
});

const lineage: LineageFacts = {
  ...{ origin: "imported", sourceName: "seed.jsonl", sourceLine: 3, parent: null, children: [], childCount: 0 },
  ...{ supersedes: null, replacedBy: null, checkpoints: [1] },
};

const compared: CompareFacts = {
  ...{ instructionId: 12, iteration: 2, input: null, system: null, lineage, isDisputed: true, excluded: null },
  turns: [{ role: "user", text: text("turn:12:0", "Add 2 and 2.") }],
  teacher: answer("teacher"),
  student: answer("student", { studentVersion: 1, kind: "cut" }),
  referee: {
    ...{ teacherScore: 8, studentScore: 5, gap: 3, tau: 1, half: "hard", warnings: [] },
    ratings: [
      {
        ...{ ratingId: 7, firstShown: "teacher", scores: null, unparsed: "no score", model: "referee" },
        ...{ reply: text("rating:7", "Well"), promptVersion: "1" },
      },
    ],
  },
  history: [
    {
      ...{ iteration: 2, scope: "draw", studentVersion: 1, gap: 3, teacherScore: 8, studentScore: 5 },
      ...{ override: null, isShown: true },
    },
  ],
  standing: [decision({})],
  suggestions: [decision({ kind: "agree", what: "agree", half: "hard", actor: "agent (x)" })],
};

describe("a comparison as the page shows it", () => {
  it("names the sides, the teacher's on the left, and says what was decided", () => {
    const item = compareView(compared, { actor: "Ada", blind: false, sides: ["student", "teacher"] }, english);
    assert.deepEqual(
      item.sides.map(({ role, by, flaw }) => [role, by, flaw]),
      [
        ["teacher", "teacher-model", null],
        ["student", "student-model, student v1", "cut"],
      ],
    );
    assert.deepEqual(
      item.standing.map(({ mine, text }) => [mine, text]),
      [[true, "Student better: easy"]],
    );
    assert.equal(item.suggestions[0]?.text, "Agreed: hard");
    assert.match(item.referee?.ratings[0]?.unparsed ?? "", /could not be read as scores: no score/);
    assert.equal(item.lineage.origin, "Imported, seed.jsonl, line 3");
    assert.deepEqual(item.lineage.checkpoints, ["Student v1"]);
  });

  it("tells nothing while it is blind that could sway the person", () => {
    const item = compareView(compared, { actor: "Ada", blind: true, sides: ["student", "teacher"] }, english);
    assert.deepEqual(
      item.sides.map(({ text, role, by, origin }) => [text.head, role, by, origin]),
      [
        ["the student's", null, null, null],
        ["the teacher's", null, null, null],
      ],
    );
    const { referee, history, standing, suggestions, disputed } = item;
    assert.deepEqual(
      { referee, history, standing, suggestions, disputed },
      {
        ...{ referee: null, history: [], standing: [], suggestions: [], disputed: false },
      },
    );
  });

  it("shows an answer that is not there as an empty one", () => {
    const viewer = { actor: "Ada", blind: false, sides: ["teacher", "student"] } as const;
    const item = compareView({ ...compared, student: null, referee: null }, viewer, english);
    assert.deepEqual([item.sides[1].answerId, item.sides[1].flaw, item.referee], [0, "empty", null]);
  });
});

const candidate: CandidateFacts = {
  ...{ instructionId: 12, iteration: 2, input: null, system: null, state: "refused", stateReason: "unclear" },
  ...{ words: 4, half: "hard", origin: "generated", generator: "gen-x", parent: null, neighbour: null },
  turns: [{ role: "user", text: text("turn:12:0", "Add 2 and 2.") }],
  checks: [
    { code: "too-short", passed: false, detail: "It has 1, the least is 3." },
    { code: "too-similar", passed: true, detail: "" },
  ],
  ...{ duplicates: [], teacher: null, editedFrom: null, trainedIn: [2, 3] },
  standing: [decision({ kind: "refuse", what: "refuse", half: null, reason: "unclear" })],
  ...{ suggestions: [], isDisputed: false, excluded: null },
};

describe("a candidate as the page shows it", () => {
  const viewer = { actor: "Grace", blind: false, teacher: { state: "waiting" } } as const;

  it("says where it stands and why, who made it, what its checks found and who was trained on it", () => {
    const item = candidateView(candidate, viewer, english);
    assert.equal(item?.stateText, "Refused: It does not say what is wanted.");
    assert.equal(item?.madeBy, "Generated from a hard instruction by gen-x");
    assert.deepEqual(
      item?.checks.map(({ name, detail }) => [name, detail]),
      [
        ["Long enough", "The instruction has too few words. It has 1, the least is 3."],
        ["Differs from what is known", ""],
      ],
    );
    assert.equal(item?.trainedIn, "Student v2, Student v3");
    assert.deepEqual(item?.teacher, { state: "waiting" });
    assert.ok(item?.standing[0] && !item.standing[0].mine);
  });

  it("shows the teacher's answer where there is one, with what is wrong with it", () => {
    const teacher = { ...answer("teacher", { kind: "refused" }), isUsable: false };
    const item = candidateView({ ...candidate, teacher }, viewer, english);
    assert.ok(item?.teacher.state === "answered" && item.teacher.answer.flaw === "refused");
  });

  it("is shown without what others decided to somebody who is asked blind, and not at all once it is replaced", () => {
    const item = candidateView(candidate, { ...viewer, blind: true }, english);
    assert.deepEqual([item?.state, item?.stateText, item?.standing], ["waiting", "Waiting", []]);
    const like = { instructionId: 13, text: "Add 2 and 3.", state: "approved", score: 0.6 } as const;
    const states = (blind: boolean): unknown =>
      candidateView({ ...candidate, duplicates: [like] }, { ...viewer, blind }, english)?.duplicates[0]?.state;
    assert.deepEqual([states(false), states(true)], ["Approved", ""]);
    assert.equal(candidateView({ ...candidate, state: "replaced" }, viewer, english), null);
  });
});
