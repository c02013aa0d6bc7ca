import type { ProjectConfig } from "../project/schema.ts";
import type { Counted, MeasureRepository } from "../store/measures.ts";
import type { Store } from "../store/store.ts";
import type { AnswerDecisions } from "../store/usableAnswer.ts";
import { endpointOf, profileOf } from "./context.ts";

/** What a sample of the instructions that may yet be drawn says about the requests that each costs. */
export interface PairFacts {
  /** How many were looked at; all of them, or a sample. */
  readonly sampled: number;
  readonly complete: boolean;
  /** Those whose teacher's answer has to be asked for. */
  readonly teacherOpen: Counted;
  /** Those whose student's answer has to be asked for. */
  readonly studentOpen: Counted;
  /** Those that the referee has to rate. */
  readonly pairOpen: Counted;
  /** Mean lengths in characters; null where none is known. */
  readonly instructionLength: number | null;
  readonly teacherLength: number | null;
}

/** Enough for a share to be known to some three points; a few ten milliseconds. */
const SAMPLED = 1000;

/** Looks at instructions of the Cache that the draw has not rated, evenly spread from the oldest to the newest. */
export function pairFacts(
  store: Store,
  measures: MeasureRepository,
  {
    iteration,
    config,
    cache,
    imitates,
    teacher,
    train,
  }: {
    readonly iteration: number;
    readonly config: ProjectConfig;
    readonly cache: readonly number[];
    /** Whether an imitation comes first: it asks the teacher, and changes a checkpoint. */
    readonly imitates: boolean;
    readonly teacher: TeacherBook;
    /** The pool of that imitation: the teacher has answered it before anything is drawn. */
    readonly train: ReadonlySet<number>;
  },
): PairFacts {
  const drawn = new Set(measures.drawn(iteration));
  const left = cache.filter((id) => !drawn.has(id));
  const sample = evenly(left, SAMPLED);
  const student = studentOf(store, config, iteration, imitates);
  let [teacherOpen, studentOpen, pairOpen] = [0, 0, 0];
  const lengths = { instruction: 0, teacher: 0, answers: 0 };
  for (const id of sample) {
    lengths.instruction += measures.lengthOf(id);
    const usable = teacher.usable(id);
    const hopeless = !usable && teacher.isHopeless(id);
    const answer = student === null ? null : measures.answerBy(id, "student", student);
    teacherOpen += usable || hopeless || train.has(id) ? 0 : 1;
    studentOpen += answer === null ? 1 : 0;
    pairOpen += hopeless || (usable && answer !== null && measures.isRated(id, usable.id, answer)) ? 0 : 1;
    lengths.teacher += usable?.length ?? 0;
    lengths.answers += usable ? 1 : 0;
  }
  const count = sample.length;
  return {
    sampled: count,
    complete: count === left.length,
    teacherOpen: { hits: teacherOpen, count },
    studentOpen: { hits: studentOpen, count },
    pairOpen: { hits: pairOpen, count },
    instructionLength: count === 0 ? null : lengths.instruction / count,
    teacherLength: lengths.answers === 0 ? null : lengths.teacher / lengths.answers,
  };
}

/** Up to `most` items, evenly spread from the first to the last. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  const step = items.length / most;
  return step <= 1 ? items : Array.from({ length: most }, (_, at) => items[Math.floor(at * step)] as T);
}

/** What is known of the teacher's answers. */
export interface TeacherBook {
  /** The id and length (in characters) of the usable answer; null when there is none. */
  usable(id: number): { readonly id: number; readonly length: number } | null;
  /** Whether the teacher is not asked by itself: it was and that came to nothing usable, or a person found it wrong. */
  isHopeless(id: number): boolean;
}

export function teacherBook(measures: MeasureRepository, config: ProjectConfig, decided: AnswerDecisions): TeacherBook {
  const { name, profile } = endpointOf(config, "teacher");
  const failed = new Set(measures.failedTeacherRequests(name));
  return {
    usable: (id) => measures.usableTeacherAnswer(id, { profile: name, model: profile.model }, decided),
    isHopeless: (id) =>
      decided.rejected.has(id) ||
      failed.has(id) ||
      measures.answerBy(id, "teacher", { profile: name, model: profile.model }) !== null,
  };
}

/** By whom stored answers of the student would be reused; null when the coming imitation makes a new student. */
function studentOf(
  store: Store,
  config: ProjectConfig,
  iteration: number,
  imitates: boolean,
): { profile: string; model: string } | { checkpoint: number } | null {
  const { name, profile } = profileOf(config, "student");
  if (profile.kind !== "checkpoint") {
    return { profile: name, model: profile.model };
  }
  const checkpoint = imitates ? null : store.training.latestCheckpoint(iteration);
  return checkpoint && { checkpoint: checkpoint.id };
}
