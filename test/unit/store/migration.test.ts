import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import { MIGRATIONS } from "../../../src/core/store/schema.ts";
import { Store } from "../../../src/core/store/store.ts";
import { addInstruction, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

/** A database as the given version left it, with an instruction in both pools, an attempt, a verdict and a checkpoint. */
function databaseOf(version: number): string {
  const file = join(folder, `version-${version}.db`);
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  for (const migration of MIGRATIONS.slice(0, version)) {
    database.exec(migration);
  }
  database.pragma(`user_version = ${version}`);
  database.exec(`
    INSERT INTO instruction (turns, input, system, content_hash, origin, purpose, tags, created_at)
      VALUES ('[{"role":"user","content":"An older needle"}]', 'hay', '', 'h', 'imported', 'training', '{}', 1);
    INSERT INTO pool_member VALUES ('train', 1, 0, 1), ('cache', 1, 0, 1);
    INSERT INTO request (key, role, profile, model, prompt_version, draw, parameters, iteration, state, created_at)
      VALUES ('k', 'teacher', 't', 'm', 'p', 0, '{}', 1, 'stored', 1);
    INSERT INTO attempt (request_key, profile, role, iteration, state, reserved_cost, cost, sent_at)
      VALUES ('k', 't', 'teacher', 1, 'settled', 9, 5, 1);
    INSERT INTO answer (request_key, role, origin, written_by, parameters, text, kind, finish_reason, created_at)
      VALUES ('k', 'teacher', 'model', 'm', '{}', 'x', 'complete', 'stop', 1);
    INSERT INTO verdict (iteration, scope, position, instruction_id, state, gap, teacher_score, student_score,
        contradictory, source, teacher_answer_id, student_answer_id)
      VALUES (1, 'draw', 0, 1, 'scored', 2, 8, 6, 0, 'referee', 1, 1);
    INSERT INTO checkpoint (iteration, directory, weights_sha256, template, manifest, created_at)
      VALUES (1, 'jobs/j/out/checkpoint', 'w', 'lion@1', '{}', 1);`);
  database.close();
  return file;
}

for (const version of [1, 2, 3, 4]) {
  test(`a database of version ${version} is brought up to date after a backup, counted and searchable`, () => {
    const file = databaseOf(version);
    const store = new Store(file);
    const all = (sql: string): unknown => store.connection.prepare(sql).raw().all();
    assert.ok(existsSync(`${file}.before-schema-${MIGRATIONS.length}`));
    assert.deepEqual(all("SELECT * FROM pool_tally"), [
      ["cache", 1, "imported", 0, 1],
      ["train", 1, "imported", 0, 1],
    ]);
    assert.deepEqual(all("SELECT iteration, role, profile, calls, cost FROM call_tally"), [[1, "teacher", "t", 1, 5]]);
    assert.equal(store.training.checkpointOf(1)?.target, "local");
    const browser = new PoolBrowser(store);
    const counts = browser.cacheCounts({ iteration: 1, tau: 1 });
    assert.deepEqual(
      counts.map(({ key, count }) => [key, count]),
      [
        ["hard", 1],
        ["easy", 0],
        ["unscored", 0],
        ["not-rated", 0],
      ],
    );
    store.pools.add("cache", 1, [addInstruction(store, "A newer needle")]);
    assert.deepEqual(
      browser
        .search("needle", { limit: 9 })
        .map(({ text }) => text)
        .sort(),
      ["A newer needle", "An older needle"],
    );
    assert.equal(browser.search("hay", { limit: 9 }).length, 1);
    store.close();
  });
}

test("pool members are never changed nor deleted, so that their tally stays right", () => {
  const store = new Store(join(folder, "members.db"));
  store.pools.add("cache", 1, [addInstruction(store, "a")]);
  assert.throws(() => store.connection.exec("DELETE FROM pool_member"), /a pool member is never deleted/);
  assert.throws(() => store.connection.exec("UPDATE pool_member SET position = 4"), /a pool member is never updated/);
  store.close();
});
