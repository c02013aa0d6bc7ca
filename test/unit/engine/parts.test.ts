import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import type { LoopEvent } from "../../../src/core/loop/events.ts";
import { endedBy, failureOf } from "../../../src/engine/ended.ts";
import { KeyRing } from "../../../src/engine/keyRing.ts";
import { ProgressFeed } from "../../../src/engine/progressFeed.ts";

describe("KeyRing", () => {
  it("finds a key under its origin alone, replaces it and takes it back", () => {
    const keys = new KeyRing();
    keys.give({ "https://a.example": "one", "http://127.0.0.1:8000": "two" });
    assert.equal(keys.of("https://a.example"), "one");
    assert.equal(keys.of("http://a.example"), undefined);
    assert.equal(keys.of("https://a.example:8443"), undefined);
    assert.equal(keys.of("http://127.0.0.1:8000"), "two");
    keys.give({ "https://a.example": "three", "http://127.0.0.1:8000": "" });
    assert.equal(keys.of("https://a.example"), "three");
    assert.equal(keys.of("http://127.0.0.1:8000"), undefined);
  });

  it("refuses what is no origin, without telling the key", () => {
    for (const address of ["https://a.example/v1", "a.example", "", "https://user@a.example", "HTTPS://A.example"]) {
      assert.throws(
        () => new KeyRing().give({ [address]: "sk-secret" }),
        (error) => error instanceof LionError && error.kind === "input" && !error.message.includes("sk-secret"),
        address,
      );
    }
  });
});

describe("how work ended", () => {
  it("is told with its kind, its sentence and the problem", () => {
    const problem = { code: "allowance", iteration: 2 } as const;
    assert.deepEqual(endedBy(new LionError("limit", "Used up.", { problem })), {
      outcome: "limit",
      kind: "limit",
      message: "Used up.",
      problem,
    });
    assert.equal(endedBy(new LionError("person", "Wait.")).outcome, "waiting");
    assert.equal(endedBy(new LionError("interrupted", "Paused.")).outcome, "paused");
    assert.equal(endedBy(new LionError("input", "Wrong.")).outcome, "failed");
    assert.deepEqual(endedBy(new TypeError("x is undefined")), {
      outcome: "failed",
      kind: null,
      message: "x is undefined",
    });
    assert.equal(failureOf(new TypeError("x")).kind, "environment");
  });
});

describe("ProgressFeed", () => {
  const progress = (step: string, done: number, total = 100): LoopEvent => ({
    ...{ event: "progress", iteration: 1, stage: "imitation", detail: "" },
    ...{ step, done, total },
  });
  const told = (events: LoopEvent[]): string[] =>
    events.map((event) => (event.event === "progress" ? `${event.step} ${event.done}` : event.event));

  it("passes the first and the last of a step, and a tenth of a second's newest between", (context) => {
    mock.timers.enable({ apis: ["setTimeout", "Date"] });
    context.after(() => mock.timers.reset());
    const events: LoopEvent[] = [];
    const feed = new ProgressFeed((event) => events.push(event));
    for (let done = 1; done <= 50; done++) {
      feed.take(progress("answers", done));
    }
    assert.deepEqual(told(events), ["answers 1"]);
    mock.timers.tick(100);
    assert.deepEqual(told(events), ["answers 1", "answers 50"]);
    feed.take(progress("answers", 99));
    feed.take(progress("answers", 100));
    assert.deepEqual(told(events).slice(2), ["answers 100"]);
    feed.take(progress("rated", 1));
    feed.take(progress("rated", 2));
    feed.take({ event: "note", text: "" });
    assert.deepEqual(told(events).slice(3), ["rated 1", "rated 2", "note"], "a note comes after what was before it");
    mock.timers.tick(1000);
    assert.equal(events.length, 6, "nothing is told twice");
  });
});
