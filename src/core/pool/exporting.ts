import { setImmediate as othersTurn } from "node:timers/promises";
import { LionError } from "../errors.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { isHard } from "../referee/verdict.ts";
import { stateOf } from "../review/candidateState.ts";
import { type EffectiveState, effectiveState, halfOf, verdictSubject } from "../review/fold.ts";
import { currentPools, withoutExcluded } from "../review/pools.ts";
import type { Store } from "../store/store.ts";
import { type AlpacaRow, writeAlpaca, writeJsonl } from "./formats/write.ts";
import { type Instruction, type InstructionText, instructionOf } from "./instruction.ts";

export type ExportKind = "train" | "cache" | "candidates" | "verdicts" | "ratings" | "decisions" | "problems";

export interface ExportOptions {
  /** Told now and then how many rows were written, and of how many where that is known. */
  readonly onProgress?: (written: number, total: number | null) => void;
  /** Stops the export; the file is as it was before. */
  readonly signal?: AbortSignal;
}

const ROWS_BETWEEN_NEWS = 500;

/**
 * Writes a part of the project to a file: the pools as they stand as Alpaca JSON, with the teacher's answer as the
 * output, and the rest as JSONL, one row a line. Equal rows give equal bytes. Excluded instructions are left out, except
 * of the decisions, which say that they are; so are candidates in whose place an edit stands.
 *
 * @returns how many rows were written.
 * @throws LionError when the file cannot be written, and of kind `interrupted` when it was stopped.
 */
export async function exportRows(
  store: Store,
  config: ProjectConfig,
  what: ExportKind,
  file: string,
  options: ExportOptions = {},
): Promise<{ written: number }> {
  const decided = effectiveState(store.decisions.upTo());
  if (what === "train" || what === "cache") {
    const ids = withoutExcluded(currentPools(store)[what], decided);
    const rows = new Watch(options, ids.length).over(alpacaRows(store, config, decided, ids));
    return { written: await writeAlpaca(file, rows, { withSystem: await anySystem(store, ids) }) };
  }
  const rows = rowsOf(store, config, what, decided);
  return { written: await writeJsonl(file, new Watch(options, null).over(rows)) };
}

function rowsOf(
  store: Store,
  config: ProjectConfig,
  what: Exclude<ExportKind, "train" | "cache">,
  decided: EffectiveState,
): Iterable<Record<string, unknown>> {
  switch (what) {
    case "candidates":
      return candidateRows(store, decided);
    case "verdicts":
      return verdictRows(store, config, decided);
    case "ratings":
      return ratingRows(store, decided);
    case "decisions":
      return decisionRows(store);
    case "problems":
      return problemRows(store, decided);
  }
}

/** Rows are passed on, while somebody is told of them and may stop them. */
class Watch {
  readonly #options: ExportOptions;
  readonly #total: number | null;
  #rows = 0;

  constructor(options: ExportOptions, total: number | null) {
    this.#options = options;
    this.#total = total;
  }

  *over<T>(rows: Iterable<T>): Generator<T> {
    const { signal, onProgress } = this.#options;
    for (const row of rows) {
      if (signal?.aborted) {
        throw new LionError("interrupted", "The export was stopped: nothing was written.");
      }
      yield row;
      this.#rows++;
      if (this.#rows % ROWS_BETWEEN_NEWS === 0) {
        onProgress?.(this.#rows, this.#total);
      }
    }
  }
}

/** Whether any of the instructions has a system message. */
async function anySystem(store: Store, ids: readonly number[]): Promise<boolean> {
  for (let start = 0; start < ids.length; start += ROWS_BETWEEN_NEWS) {
    if (store.instructions.getMany(ids.slice(start, start + ROWS_BETWEEN_NEWS)).some(({ system }) => system !== "")) {
      return true;
    }
    await othersTurn();
  }
  return false;
}

function* alpacaRows(
  store: Store,
  config: ProjectConfig,
  decided: EffectiveState,
  ids: readonly number[],
): Generator<AlpacaRow> {
  const profile = config.profiles[config.roles.teacher];
  const teacher = { profile: config.roles.teacher, model: profile && "model" in profile ? profile.model : "" };
  for (const id of ids) {
    const instruction = store.instructions.get(id);
    if (instruction) {
      const answer = store.ledger.usableTeacherAnswer(id, teacher, decided);
      yield { ...alpacaText(instruction), output: answer?.text ?? "" };
    }
  }
}

/** Alpaca's form has one user turn: the earlier turns of a conversation stand before the last one, each with its speaker. */
function alpacaText(text: InstructionText): Omit<AlpacaRow, "output"> {
  const { turns, input, system } = text;
  const speakers = { user: "User", assistant: "Assistant" } as const;
  const instruction =
    turns.length === 1
      ? instructionOf(text)
      : turns.map(({ role, content }) => `${speakers[role]}: ${content}`).join("\n\n");
  return { instruction, input, system };
}

/** Requests without a usable answer: failed ones, and the teacher's refused, empty and cut-off replies. */
function* problemRows(store: Store, decided: EffectiveState): Generator<Record<string, unknown>> {
  for (const { instructionId, ...problem } of store.ledger.problems()) {
    const instruction = instructionId === null ? null : store.instructions.get(instructionId);
    if (instruction && !decided.excluded.has(instruction.id)) {
      yield { ...textFields(instruction), ...problem };
    }
  }
}

function* candidateRows(store: Store, decided: EffectiveState): Generator<Record<string, unknown>> {
  for (const candidate of store.candidates.all()) {
    const instruction = store.instructions.get(candidate.instructionId);
    const state = stateOf(candidate, decided);
    if (!instruction || state === "excluded" || state === "replaced") {
      continue;
    }
    const { half, filter, filterDetail, nearestId, nearestScore, parentId, iteration, ordinal } = candidate;
    yield {
      ...textFields(instruction),
      iteration,
      state,
      half,
      ordinal,
      parentId,
      filter,
      filterDetail,
      reason: decided.refused.get(instruction.id)?.reason ?? null,
      nearestId,
      nearestScore,
    };
  }
}

function* verdictRows(
  store: Store,
  config: ProjectConfig,
  decided: EffectiveState,
): Generator<Record<string, unknown>> {
  const taus = new Map(store.iterations.all().map(({ number, config }) => [number, config.discrimination.tau]));
  for (const verdict of store.ratings.allVerdicts()) {
    const { iteration, scope, position, instructionId, state, gap, teacherScore, studentScore } = verdict;
    const instruction = store.instructions.get(instructionId);
    if (!instruction || decided.excluded.has(instructionId)) {
      continue;
    }
    const tau = taus.get(iteration) ?? config.discrimination.tau;
    const override = decided.overrides.get(verdictSubject(iteration, instructionId));
    const rated = gap === null ? null : isHard(gap, tau);
    yield {
      ...textFields(instruction),
      iteration,
      scope,
      position,
      state,
      gap,
      teacherScore,
      studentScore,
      tau,
      hard: override ? halfOf(override, tau) === "hard" : rated,
      contradictory: verdict.contradictory,
      source: override ? "person" : verdict.source,
      teacherAnswerId: verdict.teacherAnswerId,
      studentAnswerId: verdict.studentAnswerId,
    };
  }
}

function* ratingRows(store: Store, decided: EffectiveState): Generator<Record<string, unknown>> {
  for (const rating of store.ratings.all()) {
    if (decided.excluded.has(rating.instructionId)) {
      continue;
    }
    const reply = store.ledger.answer(rating.answerId);
    yield {
      id: rating.instructionId,
      iteration: rating.iteration,
      firstShown: rating.firstShown,
      teacherScore: rating.scores?.teacher ?? null,
      studentScore: rating.scores?.student ?? null,
      unparsed: rating.unparsed,
      promptVersion: rating.promptVersion,
      teacherAnswerId: rating.teacherAnswerId,
      studentAnswerId: rating.studentAnswerId,
      referee: reply.writtenBy,
      text: reply.text,
    };
  }
}

function* decisionRows(store: Store): Generator<Record<string, unknown>> {
  for (const { groupId, createdAt, ...decision } of store.decisions.upTo()) {
    yield { ...decision, group: groupId, time: new Date(createdAt).toISOString() };
  }
}

function textFields(instruction: Instruction): Record<string, unknown> {
  const { id, turns, input, system } = instruction;
  return {
    id,
    instruction: instructionOf(instruction),
    input,
    ...(system !== "" && { system }),
    ...(turns.length > 1 && { turns }),
  };
}
