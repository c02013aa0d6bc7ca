import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { Attendance } from "../../../src/engine/attendance.ts";

type Situation = { phase: "idle" | "running" | "pausing"; unattended: boolean; clients: number };

describe("Attendance", () => {
  let situation: Situation;
  let acts: string[];
  let attendance: Attendance;

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    situation = { phase: "idle", unattended: false, clients: 0 };
    acts = [];
    attendance = new Attendance(() => situation, { pause: () => acts.push("pause"), end: () => acts.push("end") });
  });
  afterEach(() => mock.timers.reset());

  function become(part: Partial<Situation>): void {
    situation = { ...situation, ...part };
    attendance.update();
  }

  it("waits longer for its first client than for another", () => {
    mock.timers.tick(5000);
    assert.deepEqual(acts, []);
    become({ clients: 1 });
    mock.timers.tick(60_000);
    assert.deepEqual(acts, [], "somebody is there");
    become({ clients: 0 });
    mock.timers.tick(1999);
    assert.deepEqual(acts, []);
    mock.timers.tick(1);
    assert.deepEqual(acts, ["end"]);
  });

  it("ends when the first client never comes", () => {
    mock.timers.tick(15_000);
    assert.deepEqual(acts, ["end"]);
  });

  it("pauses attended work after a grace in which a window can come back", () => {
    become({ clients: 1, phase: "running" });
    become({ clients: 0 });
    mock.timers.tick(2900);
    become({ clients: 1 });
    mock.timers.tick(10_000);
    assert.deepEqual(acts, []);
    become({ clients: 0 });
    mock.timers.tick(2000);
    // Progress goes on meanwhile and must not put the moment off.
    become({});
    mock.timers.tick(1000);
    assert.deepEqual(acts, ["pause"]);
    become({ phase: "pausing" });
    mock.timers.tick(60_000);
    assert.deepEqual(acts, ["pause"], "what is in flight may take its time");
    become({ phase: "idle" });
    mock.timers.tick(2000);
    assert.deepEqual(acts, ["pause", "end"]);
  });

  it("lets unattended work go on, and ends after it", () => {
    become({ clients: 1, phase: "running", unattended: true });
    become({ clients: 0 });
    mock.timers.tick(3_600_000);
    assert.deepEqual(acts, []);
    become({ phase: "idle" });
    mock.timers.tick(2000);
    assert.deepEqual(acts, ["end"]);
  });

  it("watches over work that was made attended again", () => {
    become({ clients: 0, phase: "running", unattended: true });
    become({ unattended: false });
    mock.timers.tick(3000);
    assert.deepEqual(acts, ["pause"]);
  });
});
