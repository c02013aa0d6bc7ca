import type { Store } from "../../../src/core/store/store.ts";
import { smallConfig } from "../store/support.ts";

/** Adds a teacher's answer to an instruction. Returns its id. */
export function addTeacherAnswer(store: Store, instructionId: number, text = "It is so."): number {
  const { id } = store.ledger.insertAnswer(
    {
      ...{ requestKey: null, role: "teacher", origin: "model", writtenBy: "m", profile: "any", modelAsked: "m" },
      ...{ parameters: "{}", text, kind: "complete", finishReason: "stop" },
      ...{ inputTokens: 1, outputTokens: 1, cost: null },
    },
    1,
  );
  store.ledger.link(instructionId, "teacher", id);
  return id;
}

/** Adds a verdict, and its iteration (τ = 1) where there is none. Returns the id of the teacher's answer. */
export function addVerdict(
  store: Store,
  { instructionId, iteration, gap }: { instructionId: number; iteration: number; gap: number | null },
): number {
  if (!store.iterations.all().some(({ number }) => number === iteration)) {
    store.iterations.open({ number: iteration, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  }
  const answer = addTeacherAnswer(store, instructionId);
  store.ratings.putVerdict({
    ...{ iteration, scope: "draw", position: instructionId, instructionId, gap },
    state: gap === null ? "unscored" : "scored",
    teacherScore: gap === null ? null : 8,
    studentScore: gap === null ? null : 8 - gap,
    ...{ contradictory: false, source: "referee", teacherAnswerId: answer, studentAnswerId: answer },
  });
  return answer;
}
