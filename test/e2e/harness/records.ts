import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import Database from "better-sqlite3";
import { Lease } from "../../../src/core/store/lease.ts";
import { atEnd } from "./atEnd.ts";

/** What a project's database says, read beside the editor. */
export class Records {
  readonly #db: Database.Database;

  /** @param folder the project's; its database is let go of with the test. */
  constructor(context: TestContext, folder: string) {
    this.#db = new Database(join(folder, ".lion", "lion.db"), { readonly: true, timeout: 5000 });
    atEnd(context, () => {
      this.#db.close();
    });
  }

  /** The process that works on the project, or null. */
  get engine(): number | null {
    return Lease.holder(this.#db);
  }

  /** The state of a stage; null when it has not begun. */
  stage(iteration: number, name: "imitation" | "discrimination" | "generation"): string | null {
    const row = this.#db.prepare("SELECT state FROM stage WHERE iteration = ? AND name = ?").get(iteration, name);
    return (row as { state: string } | undefined)?.state ?? null;
  }

  /** The models' answers by the requests that they settle. */
  answers(): ReadonlyMap<string, { readonly id: number; readonly text: string }> {
    const rows = this.#db
      .prepare("SELECT request_key AS request, id, text FROM answer WHERE request_key IS NOT NULL")
      .all() as Array<{ request: string; id: number; text: string }>;
    return new Map(rows.map(({ request, id, text }) => [request, { id, text }]));
  }

  /** The instructions that somebody has approved. */
  approved(): number[] {
    const rows = this.#db.prepare("SELECT DISTINCT subject FROM decision WHERE kind = 'approve'").all();
    return (rows as Array<{ subject: string }>).map(({ subject }) => Number(subject.split(":")[1]));
  }

  /** The jobs of a kind, first submitted first. */
  jobs(kind: "train" | "generate"): Array<{ readonly id: string; readonly target: string; readonly state: string }> {
    const rows = this.#db.prepare("SELECT id, target, state FROM job WHERE kind = ? ORDER BY created_at").all(kind);
    return rows as Array<{ id: string; target: string; state: string }>;
  }

  checkpoints(): Array<{ readonly iteration: number; readonly target: string }> {
    const rows = this.#db.prepare("SELECT iteration, target FROM checkpoint ORDER BY iteration").all();
    return rows as Array<{ iteration: number; target: string }>;
  }

  /** Asserts that every request has an end, and that none was sent again after its answer was stored. */
  assertAskedOnce(): void {
    const count = (sql: string): unknown => this.#db.prepare(sql).pluck().get();
    assert.equal(count("SELECT count(*) FROM request WHERE state = 'open'"), 0, "requests without an end");
    assert.equal(count("SELECT count(*) FROM attempt WHERE state = 'sent'"), 0, "attempts without an end");
    const again = `SELECT count(*) FROM (SELECT 1 FROM attempt WHERE state = 'settled' GROUP BY request_key HAVING count(*) > 1)`;
    assert.equal(count(again), 0, "requests answered twice");
    const late = `SELECT count(*) FROM attempt later JOIN attempt earlier USING (request_key)
      WHERE earlier.state = 'settled' AND later.id > earlier.id`;
    assert.equal(count(late), 0, "requests sent again though their answer was stored");
  }
}

/** Asserts that everything stored before is stored as it was. */
export function assertKept(before: ReturnType<Records["answers"]>, after: ReturnType<Records["answers"]>): void {
  for (const [request, answer] of before) {
    assert.deepEqual(after.get(request), answer);
  }
}
