import assert from "node:assert/strict";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import type { Verdict } from "../../../src/core/store/ratings.ts";
import type { Store } from "../../../src/core/store/store.ts";
import type { LionTool, ToolContext } from "../../../src/shell/lm/tool.ts";
import { LARGEST_RESULT } from "../../../src/shell/lm/toolText.ts";
import { addInstruction, HandClock, smallConfig } from "../store/support.ts";
import { english } from "./english.ts";

/** A store as a tool sees it. */
export function toolContext(store: Store, changes: Partial<ToolContext> = {}): ToolContext {
  return {
    store,
    browser: new PoolBrowser(store),
    config: smallConfig(),
    clock: new HandClock(),
    words: english,
    agent: "agent (test)",
    onlyRead: null,
    write: async (work) => store.write(work),
    ...changes,
  };
}

/** Calls a tool and reads the JSON in its result, which must be within the bound. */
export async function data(tool: LionTool, input: unknown, context: ToolContext): Promise<Record<string, unknown>> {
  const text = await tool.run(input, context);
  assert.ok(Buffer.byteLength(text) <= LARGEST_RESULT, `${Buffer.byteLength(text)} bytes`);
  const fence = /<<<data (\w+)>>>\n(.*)\n<<<end of data \1>>>$/.exec(text);
  assert.ok(fence, text.slice(0, 300));
  return JSON.parse(fence[2] ?? "");
}

/** An iteration with the Cache that it looked at. */
export function openIteration(store: Store, number: number): void {
  store.iterations.open({ number, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
}

export function addAnswer(store: Store, role: "teacher" | "student" | "referee", text: string): number {
  return store.ledger.insertAnswer(
    {
      ...{ requestKey: null, role, origin: "imported", writtenBy: "test", profile: null, modelAsked: null },
      ...{ parameters: "{}", text, kind: "complete", finishReason: "stop" },
      ...{ inputTokens: null, outputTokens: null, cost: null },
    },
    1,
  ).id;
}

/** An instruction of the Cache that the first iteration rated, with both answers and one rating. */
export function addRated(store: Store, text: string, gap: number | null, changes: Partial<Verdict> = {}): number {
  const instructionId = addInstruction(store, text);
  store.pools.add("cache", 1, [instructionId]);
  const teacherAnswerId = addAnswer(store, "teacher", `teacher on ${text}`);
  const studentAnswerId = addAnswer(store, "student", `student on ${text}`);
  store.ledger.link(instructionId, "teacher", teacherAnswerId);
  store.ledger.link(instructionId, "student", studentAnswerId);
  const scores = gap === null ? null : { teacher: 7, student: 7 - gap };
  store.ratings.add(
    {
      ...{ instructionId, iteration: 1, firstShown: "teacher", teacherAnswerId, studentAnswerId },
      ...{ answerId: addAnswer(store, "referee", `referee on ${text}`), promptVersion: "1" },
      ...{ scores, unparsed: scores ? null : "no scores" },
    },
    1,
  );
  store.ratings.putVerdict({
    ...{ iteration: 1, scope: "draw", position: instructionId, instructionId, gap },
    state: gap === null ? "unscored" : "scored",
    teacherScore: scores?.teacher ?? null,
    studentScore: scores?.student ?? null,
    ...{ contradictory: false, source: "referee", teacherAnswerId, studentAnswerId },
    ...changes,
  });
  return instructionId;
}
