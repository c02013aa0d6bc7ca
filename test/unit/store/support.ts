import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Clock } from "../../../src/core/clock.ts";
import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { parseProject } from "../../../src/core/project/project.ts";
import type { ProjectConfig } from "../../../src/core/project/schema.ts";
import type { Candidate } from "../../../src/core/store/candidates.ts";
import { Store } from "../../../src/core/store/store.ts";

/** A clock that a test sets by hand. Milliseconds. */
export class HandClock implements Clock {
  time: number;

  constructor(time = 1_000_000) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

/** A folder that goes when the tests of this file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lion-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let stores = 0;

/** A new, empty store in a folder; closed when the tests of this file are over. */
export function newStore(folder: string): Store {
  const store = new Store(join(folder, `${stores++}.db`));
  after(() => store.close());
  return store;
}

/** A configuration with small numbers. */
export function smallConfig(changes: Record<string, unknown> = {}): ProjectConfig {
  return parseProject(
    JSON.stringify({
      name: "small",
      profiles: { any: { kind: "sandbox", model: "oracle-teacher" } },
      roles: { teacher: "any", student: "any", referee: "any", generator: "any" },
      sandbox: { mind: "oracle" },
      loop: { newInstructions: 10 },
      ...changes,
    }),
  );
}

/** Adds an instruction. Returns its id. */
export function addInstruction(store: Store, text: string): number {
  return store.instructions.insert({ ...singleTurn(text), origin: "generated" }, 1);
}

/** Adds an instruction with its candidate row. Returns its id. */
export function addCandidate(store: Store, text: string, changes: Partial<Candidate> = {}): number {
  const instructionId = addInstruction(store, text);
  const { iteration = 1, half = "hard" } = changes;
  store.candidates.add(
    {
      instructionId,
      iteration,
      half,
      ordinal: half === null ? 0 : store.candidates.lastOrdinal(iteration, half) + 1,
      parentId: null,
      answerId: null,
      filter: null,
      filterDetail: null,
      nearestId: null,
      nearestScore: null,
      ...changes,
    },
    1,
  );
  return instructionId;
}
