import { type LevelScore, scoreByLevel } from "../evaluation/levels.ts";
import type { Role } from "../models/types.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { isHard, isStudentAhead } from "../referee/verdict.ts";
import { approvalCounts } from "../review/approval.ts";
import { type EffectiveState, effectiveState } from "../review/fold.ts";
import { currentPools, withoutExcluded } from "../review/pools.ts";
import { STAGES, type Stage } from "../store/iterations.ts";
import type { Scope, Verdict } from "../store/ratings.ts";
import type { Store } from "../store/store.ts";
import { type RefereeFigures, refereeFigures } from "./refereeFigures.ts";

export interface GapFigures {
  readonly rated: number;
  readonly hard: number;
  readonly easy: number;
  readonly unscored: number;
  readonly contradictory: number;
  /** The student is ahead by at least τ: where the teacher may be wrong. */
  readonly studentAhead: number;
  /** Mean of teacher minus student over the scored; null when nothing is scored. */
  readonly meanGap: number | null;
  /** Hard over scored; null when nothing is scored. */
  readonly hardShare: number | null;
}

export interface IterationStatus extends Omit<GapFigures, "hardShare"> {
  readonly number: number;
  readonly trainPool: number;
  readonly cachePool: number;
  readonly mode: "lazy" | "full";
  readonly tau: number;
  readonly hardShare: number | null;
  readonly panel: { readonly rated: number; readonly meanGap: number | null; readonly hardShare: number | null };
  readonly calls: Readonly<Record<Exclude<Role, "evaluator">, number>>;
  readonly evaluation: LevelScore | null;
  readonly referee: RefereeFigures;
  readonly stages: ReadonlyArray<Pick<Stage, "name" | "state" | "note"> & { readonly seconds: number }>;
  readonly seconds: number;
}

export interface ProjectStatus {
  /** The pools as they stand: after Finish Approval already those of the coming iteration. */
  readonly trainPool: number;
  readonly cachePool: number;
  readonly toReview: number;
  readonly evaluationSet: number;
  readonly iterations: readonly IterationStatus[];
}

/** Counts and means over verdicts; hard and easy follow from τ. */
export function gapFigures(verdicts: readonly Verdict[], tau: number): GapFigures {
  const gaps = verdicts.flatMap(({ gap }) => (gap === null ? [] : [gap]));
  const hard = gaps.filter((gap) => isHard(gap, tau)).length;
  const scored = gaps.length;
  return {
    rated: verdicts.length,
    hard,
    easy: scored - hard,
    unscored: verdicts.length - scored,
    contradictory: verdicts.filter((verdict) => verdict.contradictory).length,
    studentAhead: gaps.filter((gap) => isStudentAhead(gap, tau)).length,
    meanGap: scored === 0 ? null : gaps.reduce((sum, gap) => sum + gap, 0) / scored,
    hardShare: scored === 0 ? null : hard / scored,
  };
}

/** Where a project stands. */
export function projectStatus(store: Store): ProjectStatus {
  const decided = effectiveState(store.decisions.upTo());
  const pools = currentPools(store);
  return {
    trainPool: withoutExcluded(pools.train, decided).length,
    cachePool: withoutExcluded(pools.cache, decided).length,
    toReview: approvalCounts(store).waiting,
    evaluationSet: store.instructions.evaluationSet().length,
    iterations: store.iterations.all().map(({ number, config }) => iterationStatus(store, decided, number, config)),
  };
}

function iterationStatus(
  store: Store,
  decided: EffectiveState,
  number: number,
  config: ProjectConfig,
): IterationStatus {
  const { tau, mode } = config.discrimination;
  const figures = (scope: Scope): GapFigures => {
    const verdicts = store.ratings.verdicts(number, scope);
    return gapFigures(
      verdicts.filter(({ instructionId }) => !decided.excluded.has(instructionId)),
      tau,
    );
  };
  const draw = figures("draw");
  const panel = figures("panel");
  const calls = store.ledger.callsByRole(number);
  const stages = STAGES.flatMap((name) => {
    const stage = store.iterations.stage(number, name);
    return stage ? [{ name, state: stage.state, note: stage.note, seconds: stage.milliseconds / 1000 }] : [];
  });
  return {
    number,
    trainPool: withoutExcluded(store.pools.train(number), decided).length,
    cachePool: withoutExcluded(store.pools.cache(number), decided).length,
    mode,
    tau,
    ...draw,
    panel: { rated: panel.rated, meanGap: panel.meanGap, hardShare: panel.hardShare },
    calls: {
      teacher: calls.get("teacher") ?? 0,
      student: (calls.get("student") ?? 0) + store.ledger.collectedByRole(number, "student"),
      referee: calls.get("referee") ?? 0,
      generator: calls.get("generator") ?? 0,
    },
    evaluation: evaluationOf(store, number),
    referee: refereeFigures(
      store.ratings.behindVerdicts(number).filter(({ instructionId }) => !decided.excluded.has(instructionId)),
    ),
    stages,
    seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0),
  };
}

function evaluationOf(store: Store, iteration: number): LevelScore | null {
  const rows = store.training.evaluation(iteration);
  if (rows.length === 0) {
    return null;
  }
  const tags = new Map(store.instructions.evaluationSet().map((instruction) => [instruction.id, instruction.tags]));
  return scoreByLevel(rows.map(({ instructionId, correct }) => ({ correct, tags: tags.get(instructionId) ?? {} })));
}
