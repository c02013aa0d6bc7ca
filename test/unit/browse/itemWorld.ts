import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import type { PoolState } from "../../../src/core/browse/poolState.ts";
import type { ProjectConfig } from "../../../src/core/project/schema.ts";
import { instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import type { NewDecision } from "../../../src/core/store/decisions.ts";
import type { NewAnswer } from "../../../src/core/store/ledger.ts";
import type { Verdict } from "../../../src/core/store/ratings.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addInstruction, smallConfig } from "../store/support.ts";

type Scores = { readonly teacher: number; readonly student: number };

/** What a rated instruction may have otherwise than usual. */
export interface RatedChanges {
  readonly iteration?: number;
  readonly gap?: number | null;
  readonly contradictory?: boolean;
  readonly teacher?: string;
  readonly student?: string;
  readonly teacherFirst?: Scores | null;
  readonly studentFirst?: Scores | null;
}

/** A project of which single items are looked at closely. */
export class ItemWorld {
  readonly store: Store;
  readonly state: PoolState;
  readonly config: ProjectConfig;
  #decisions = 0;

  constructor(store: Store, config: Record<string, unknown> = {}) {
    this.store = store;
    this.config = smallConfig(config);
    this.state = new PoolBrowser(store).state;
  }

  openIteration(number: number): void {
    this.store.iterations.open({ number, config: this.config, prompts: {}, decisionFloor: 0 }, 1);
  }

  answer(role: NewAnswer["role"], text: string, changes: Partial<NewAnswer> = {}): number {
    const { id } = this.store.ledger.insertAnswer(
      {
        ...{ requestKey: null, role, origin: "model", writtenBy: `${role}-1`, profile: "any" },
        ...{ modelAsked: "oracle-teacher", parameters: "{}", text, kind: "complete", finishReason: "stop" },
        ...{ inputTokens: 1, outputTokens: 1, cost: null },
        ...changes,
      },
      1,
    );
    return id;
  }

  /** An instruction with both answers, both orders rated and a verdict of the draw. */
  rated(changes: RatedChanges = {}): number {
    const { iteration = 1, gap = 2, contradictory = false } = changes;
    const instructionId = addInstruction(this.store, "Name three rivers.");
    const teacherAnswerId = this.answer("teacher", changes.teacher ?? "Rhine, Rhone, Danube");
    const studentAnswerId = this.answer("student", changes.student ?? "Rhine and two others");
    this.store.ledger.link(instructionId, "teacher", teacherAnswerId);
    this.store.ledger.link(instructionId, "student", studentAnswerId);
    const usual = { teacher: 8, student: Math.min(10, Math.max(1, 8 - (gap ?? 0))) };
    const pair = { instructionId, iteration, teacherAnswerId, studentAnswerId };
    for (const [firstShown, scores] of [
      ["teacher", changes.teacherFirst === undefined ? usual : changes.teacherFirst],
      ["student", changes.studentFirst === undefined ? usual : changes.studentFirst],
    ] as const) {
      const answerId = this.answer("referee", "The teacher's is better.", { writtenBy: "judge-1" });
      const unparsed = scores ? null : "no scores";
      this.store.ratings.add({ ...pair, firstShown, answerId, promptVersion: "referee/1", scores, unparsed }, 1);
    }
    this.verdict({ ...pair, gap, contradictory });
    return instructionId;
  }

  verdict(changes: Partial<Verdict> & Pick<Verdict, "instructionId" | "teacherAnswerId" | "studentAnswerId">): void {
    const { gap = 2 } = changes;
    this.store.ratings.putVerdict({
      ...{ iteration: 1, scope: "draw", position: changes.instructionId, contradictory: false, source: "referee", gap },
      state: gap === null ? "unscored" : "scored",
      teacherScore: gap === null ? null : 8,
      studentScore: gap === null ? null : 8 - gap,
      ...changes,
    });
  }

  /** A decision by an act of its own. Returns its id. */
  decide(subject: string, kind: NewDecision["kind"], changes: Partial<NewDecision> = {}): number {
    return this.store.decisions.add(
      { actor: "Ada", kind, subject, payload: {}, groupId: `act-${this.#decisions++}`, ...changes },
      5,
    );
  }

  aboutInstruction(id: number, kind: NewDecision["kind"], changes: Partial<NewDecision> = {}): number {
    return this.decide(instructionSubject(id), kind, changes);
  }

  aboutVerdict(id: number, kind: NewDecision["kind"], changes: Partial<NewDecision> = {}): number {
    return this.decide(verdictSubject(1, id), kind, changes);
  }
}
