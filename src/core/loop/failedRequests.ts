import type { ReplyKind, Role } from "../models/types.ts";
import { effectiveState } from "../review/fold.ts";
import { FailureRepository, type Unanswered } from "../store/failures.ts";
import type { Store } from "../store/store.ts";
import { endpointOf } from "./context.ts";

/** Failures that have the same cause. */
export interface FailedRequests {
  readonly role: Role;
  readonly profile: string;
  readonly kind: ReplyKind | "failed";
  readonly reason: string;
  readonly count: number;
}

/** Reasons beyond this length differ by nothing that a person would tell them apart by. */
const LONGEST_REASON = 160;

/** Instructions without a usable answer, by role, profile and reason, the most frequent first. */
export function failedRequests(store: Store): FailedRequests[] {
  const failures = new FailureRepository(store.connection);
  const groups = new Map<string, FailedRequests>();
  for (const { role, profile, kind, reason } of [...teacherFailures(store), ...failures.ofStudent()]) {
    const short = reason.slice(0, LONGEST_REASON);
    const key = JSON.stringify([role, profile, kind, short]);
    const count = (groups.get(key)?.count ?? 0) + 1;
    groups.set(key, { role, profile, kind, reason: short, count });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** Instructions, excluded ones left out, without a usable teacher's answer, as the running iteration sees it: it goes on with the teacher that it froze. */
export function teacherFailures(store: Store): Unanswered[] {
  const iteration = store.iterations.latest();
  if (!iteration) {
    return [];
  }
  const { name, profile } = endpointOf(iteration.config, "teacher");
  const decided = effectiveState(store.decisions.upTo());
  return new FailureRepository(store.connection)
    .ofTeacher({ profile: name, model: profile.model }, decided)
    .filter(({ instructionId }) => !decided.excluded.has(instructionId));
}
