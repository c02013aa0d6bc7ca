import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import type { Clock } from "../../../src/core/clock.ts";
import { LionError } from "../../../src/core/errors.ts";
import { Asker, type Question, type WaitingEvent } from "../../../src/core/models/asker.ts";
import { Endpoints } from "../../../src/core/models/endpoints.ts";
import { type Profile, projectSchema } from "../../../src/core/project/schema.ts";
import { type Connection, openDatabase } from "../../../src/core/store/database.ts";
import type { Answer } from "../../../src/core/store/ledger.ts";
import { LedgerRepository } from "../../../src/core/store/ledger.ts";
import { JumpingClock } from "../../support/fakeClock.ts";
import { reply, ScriptedEndpoint } from "../../support/scriptedEndpoint.ts";

export const KEY = "sk-secret-0123456789";
export const PRICES = { inputPerMillion: 1, outputPerMillion: 2, currency: "USD" };

interface Attempt {
  readonly state: string;
  readonly cost: number | null;
}

/** A real server and a real database, new for each test, and askers over them. */
export class AskerWorld {
  readonly endpoint = new ScriptedEndpoint();
  folder = "";
  db!: Connection;
  ledger!: LedgerRepository;
  events: WaitingEvent[] = [];

  /** Call it at the top of a test file. */
  install(): void {
    before(() => this.endpoint.listen());
    after(() => this.endpoint.close());
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), "lion-models-"));
      this.#open();
      this.events = [];
      this.endpoint.received.length = 0;
      this.endpoint.mostInFlight = 0;
      this.endpoint.script = ({ text }, response) => reply(response, `echo: ${text}`);
    });
    afterEach(() => {
      this.db.close();
      rmSync(this.folder, { recursive: true });
    });
  }

  profile(overrides: Record<string, unknown> = {}): Profile {
    const written = {
      kind: "openai",
      baseUrl: this.endpoint.url,
      model: "m-1",
      apiKeyEnv: "TEACHER_KEY",
      ...overrides,
    };
    const roles = { teacher: "t", student: "t", referee: "t", generator: "t" };
    return projectSchema.parse({ name: "p", profiles: { t: written }, roles }).profiles.t as Profile;
  }

  /** An asker with nothing in memory: a new process, as it were, over the same database. */
  bench(
    profiles: Record<string, Profile> = { t: this.profile() },
    clock: Clock = new JumpingClock(),
    key = KEY,
  ): { asker: Asker; endpoints: Endpoints } {
    const endpoints = new Endpoints({
      profiles,
      clock,
      keyOf: (_name, _origin, variable) => (variable === "TEACHER_KEY" && key !== "" ? key : undefined),
      sandboxUrl: () => this.endpoint.url,
      spending: (name) => this.ledger.spending(name),
    });
    const { ledger } = this;
    return { endpoints, asker: new Asker({ ledger, clock, endpoints, onEvent: (event) => this.events.push(event) }) };
  }

  attempts(): Attempt[] {
    return this.db.prepare("SELECT state, cost FROM attempt ORDER BY id").all() as Attempt[];
  }

  reopenDatabase(): void {
    this.db.close();
    this.#open();
  }

  #open(): void {
    this.db = openDatabase(join(this.folder, "lion.db"));
    this.ledger = new LedgerRepository(this.db);
  }
}

export function question(text: string, overrides: Partial<Question> = {}): Question {
  return {
    role: "teacher",
    profile: "t",
    messages: [{ role: "user", content: text }],
    promptVersion: "plain/1",
    draw: 0,
    instructionId: null,
    iteration: 1,
    ...overrides,
  };
}

/** `q0`, `q1`, … */
export function questions(count: number): Question[] {
  return Array.from({ length: count }, (_, i) => question(`q${i}`));
}

/** Asks all at once and waits for all. */
export async function askAll(
  asker: Asker,
  asked: readonly Question[],
  signal?: AbortSignal,
): Promise<{ answers: Answer[]; errors: Error[] }> {
  const results = await Promise.allSettled(asked.map((one) => asker.ask(one, signal)));
  return {
    answers: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
    errors: results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : [])),
  };
}

/** Expects a failure that is meant for the user, of a kind and with certain words. */
export async function failing(
  promise: Promise<unknown>,
  kind: LionError["kind"],
  ...patterns: RegExp[]
): Promise<LionError> {
  const error = await promise.then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LionError, String(error));
  assert.equal(error.kind, kind, error.message);
  for (const pattern of patterns) {
    assert.match(error.message, pattern);
  }
  return error;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
