import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EngineState } from "../../../src/protocol/engine.ts";
import { announcementOf, resumeAnnouncement, trainedAnnouncement } from "../../../src/shell/status/announcement.ts";
import type { Standing } from "../../../src/shell/status/standing.ts";
import { statusText } from "../../../src/shell/status/statusText.ts";
import { english } from "./english.ts";

const IDLE: EngineState = {
  phase: "idle",
  unattended: false,
  clients: 0,
  progress: null,
  asking: 0,
  lastEnd: null,
  spent: null,
};
const RUNNING: EngineState = {
  ...IDLE,
  phase: "running",
  progress: { iteration: 2, stage: "discrimination", step: "rated", done: 120, total: 300, detail: "" },
  spent: { calls: 512, cost: 0.42, currency: "USD" },
};
const BETWEEN: Standing = { kind: "between", iteration: 2, stage: "discrimination" };

const shown = (standing: Standing, engine = IDLE): string | undefined =>
  statusText("Demo", standing, engine, english)?.text;

describe("the status bar's text", () => {
  it("shows stage, progress and spend while the engine works", () => {
    assert.equal(shown(BETWEEN, RUNNING), "$(sync~spin) Lion: discrimination 120/300 · 0.42 USD");
    assert.equal(shown(BETWEEN, { ...RUNNING, spent: null }), "$(sync~spin) Lion: discrimination 120/300");
    assert.equal(
      shown(BETWEEN, {
        ...RUNNING,
        progress: { iteration: 2, stage: "generation", step: "kept", done: 9, total: null, detail: "" },
        spent: null,
      }),
      "$(sync~spin) Lion: generation 9",
    );
    assert.equal(shown(BETWEEN, { ...RUNNING, phase: "pausing", spent: null }), "$(sync~spin) Lion: pausing");
    assert.equal(shown(BETWEEN, { ...IDLE, phase: "running" }), "$(sync~spin) Lion: at work");
  });

  it("says where a person is needed, with the command that fits", () => {
    const waiting = statusText("Demo", { kind: "approval", iteration: 2, waiting: 37, approved: 3 }, IDLE, english);
    assert.equal(waiting?.text, "$(checklist) Lion: 37 to review");
    assert.equal(waiting?.command, "lion.review.focus");
    assert.equal(waiting?.spoken, "Lion: 37 to review");
    const finish = statusText("Demo", { kind: "approval", iteration: 2, waiting: 0, approved: 40 }, IDLE, english);
    assert.equal(finish?.command, "lion.finishApproval");
  });

  it("stands out when a stage was stopped by more than a pause", () => {
    const standing: Standing = { kind: "stopped", iteration: 1, stage: "imitation", note: "x", died: false, job: null };
    const attention = (engine: EngineState, died = false): boolean | undefined =>
      statusText("Demo", { ...standing, died }, engine, english)?.attention;
    assert.equal(attention(IDLE), false);
    assert.equal(attention(IDLE, true), true);
    assert.equal(attention({ ...IDLE, lastEnd: { outcome: "limit", kind: "limit", message: "" } }), true);
  });

  it("is hidden before anything has run", () => {
    assert.equal(shown({ kind: "empty" }), undefined);
    assert.equal(shown({ kind: "new" }), undefined);
  });

  it("shows a hostile note and name as one plain line each", () => {
    const note = "line 1\nline 2 [x](command:evil)\u202e";
    const text = statusText(
      "De\nmo",
      { kind: "stopped", iteration: 1, stage: "imitation", note, died: false, job: null },
      IDLE,
      english,
    );
    assert.equal(text?.tooltip, "De mo\nline 1 line 2 [x](command:evil)");
  });
});

describe("what a run's end is announced with", () => {
  const approval: Standing = { kind: "approval", iteration: 2, waiting: 37, approved: 3 };

  it("says nothing where nobody must act", () => {
    assert.equal(announcementOf({ outcome: "done", kind: null, message: "" }, approval, english), null);
    assert.equal(announcementOf({ outcome: "paused", kind: "interrupted", message: "p" }, approval, english), null);
  });

  it("leads from waiting candidates to the review", () => {
    const said = announcementOf({ outcome: "waiting", kind: "person", message: "m" }, approval, english);
    assert.equal(said?.message, "Iteration 2: 37 candidates wait for approval.");
    assert.deepEqual(
      said?.offers.map(({ command }) => command),
      ["lion.review.focus", "lion.finishApproval"],
    );
  });

  it("offers to raise an allowance, and names lion.json for a limit of the project", () => {
    const raised = announcementOf(
      { outcome: "limit", kind: "limit", message: "m", problem: { code: "allowance", iteration: 2 } },
      BETWEEN,
      english,
    );
    assert.deepEqual(raised?.offers[0]?.argument, { raiseAllowance: true });
    const limit = announcementOf(
      { outcome: "limit", kind: "limit", message: "Raise it and `lion run`." },
      BETWEEN,
      english,
    );
    assert.equal(limit?.offers[0]?.command, "lion.openConfig");
    assert.equal(limit?.message, "Raise it and “Lion: Run Next Iteration”.");
  });

  it("asks for the key of the origin that misses one, and goes on then", () => {
    const problem = { code: "missing-key", origin: "https://api.example", profile: "p" } as const;
    const said = announcementOf({ outcome: "failed", kind: "input", message: "m", problem }, BETWEEN, english);
    assert.deepEqual(said?.offers[0], {
      title: "Set API Key…",
      command: "lion.setApiKey",
      argument: { origin: "https://api.example" },
      resumes: true,
    });
  });

  it("says of a job that was left whether it goes on, and offers to take over one that has ended", () => {
    const stopped = { kind: "stopped", iteration: 2, stage: "imitation", note: "", died: false } as const;
    const left = (ended: boolean) => ({ ...stopped, job: { id: "j", kind: "train", ended } }) as const;
    const going = resumeAnnouncement(left(false), null, english);
    assert.equal(going.message, "The training of iteration 2 goes on by itself; nobody waits for its end.");
    assert.equal(going.offers[0]?.title, "Resume");
    const over = resumeAnnouncement(left(true), null, english);
    assert.equal(over.message, "The training of iteration 2 has ended.");
    assert.deepEqual(over.offers, [{ title: "Go On", command: "lion.resume" }]);
    const text = (ended: boolean) => statusText("p", left(ended), IDLE, english);
    assert.equal(text(false)?.text, "$(server-process) Lion: training goes on");
    assert.deepEqual([text(true)?.text, text(true)?.attention], ["$(pass) Lion: training has ended", true]);
    assert.equal(text(true)?.command, "lion.resume");
  });

  it("offers the log of a job that a run has failed with, and to look at its host", () => {
    const end = { outcome: "failed", kind: "environment", message: "The training failed." } as const;
    const titles = (isElsewhere: boolean) =>
      announcementOf(end, BETWEEN, english, { id: "j", target: "gpu", isElsewhere })?.offers.map(({ title }) => title);
    assert.deepEqual(titles(false), ["Open Job Log", "Resume"]);
    assert.deepEqual(titles(true), ["Open Job Log", "Check Training Target…", "Resume"]);
    assert.deepEqual(
      announcementOf(end, BETWEEN, english)?.offers.map(({ title }) => title),
      ["Resume", "Show Log"],
    );
  });

  it("offers the next stage after a training that was run by itself, if there is one", () => {
    const titles = (standing: Standing) => trainedAnnouncement(1, standing, english).offers.map(({ title }) => title);
    assert.deepEqual(titles({ kind: "between", iteration: 1, stage: "discrimination" }), [
      "Run Discrimination",
      "Open Training",
    ]);
    assert.deepEqual(titles({ kind: "complete", iterations: 1 }), ["Open Training"]);
  });

  it("says how far a stopped stage had come", () => {
    const standing = {
      kind: "stopped",
      iteration: 2,
      stage: "discrimination",
      note: "",
      died: true,
      job: null,
    } as const;
    assert.equal(
      resumeAnnouncement(standing, { done: 120, total: 300 }, english).message,
      "Iteration 2's discrimination stopped at 120 of 300.",
    );
    assert.equal(resumeAnnouncement(standing, null, english).message, "Iteration 2's discrimination was stopped.");
  });

  it("offers to resume between two stages as within one", () => {
    const between = { kind: "between", iteration: 2, stage: "discrimination" } as const;
    assert.deepEqual(resumeAnnouncement(between, null, english), {
      level: "info",
      message: "Iteration 2 goes on with its discrimination.",
      offers: [{ title: "Resume", command: "lion.resume" }],
    });
  });
});
