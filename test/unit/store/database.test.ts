import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { LionError } from "../../../src/core/errors.ts";
import { asStoreError, backUp, backUpDaily, openDatabase, schemaAge } from "../../../src/core/store/database.ts";
import { MIGRATIONS } from "../../../src/core/store/schema.ts";
import { Store } from "../../../src/core/store/store.ts";
import { addInstruction, newStore, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

test("a new database has the current version, WAL and foreign keys", () => {
  const { connection } = newStore(folder);
  assert.equal(connection.pragma("user_version", { simple: true }), MIGRATIONS.length);
  assert.equal(connection.pragma("journal_mode", { simple: true }), "wal");
  assert.equal(connection.pragma("foreign_keys", { simple: true }), 1);
  assert.throws(() => connection.exec("INSERT INTO panel VALUES (0, 4711)"), /FOREIGN KEY/);
});

test("opening again changes nothing", () => {
  const file = join(folder, "again.db");
  const first = new Store(file);
  const id = addInstruction(first, "kept");
  first.close();
  const second = new Store(file);
  assert.equal(second.instructions.get(id)?.turns[0]?.content, "kept");
  second.close();
  assert.ok(!existsSync(`${file}.before-schema-${MIGRATIONS.length}`));
});

test("a database says whether its schema is this version's, without being changed", () => {
  const file = join(folder, "age.db");
  assert.equal(schemaAge(file), null);
  assert.ok(!existsSync(file));
  for (const [version, age] of [
    [MIGRATIONS.length, "current"],
    [MIGRATIONS.length - 1, "older"],
    [MIGRATIONS.length + 1, "newer"],
  ] as const) {
    const connection = new Database(file);
    connection.pragma(`user_version = ${version}`);
    connection.close();
    assert.equal(schemaAge(file), age);
  }
});

test("a database from a newer version is refused for writing, unharmed, and can be read", () => {
  const file = join(folder, "newer.db");
  const store = new Store(file);
  const id = addInstruction(store, "from the future");
  store.connection.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  store.close();
  assert.throws(() => new Store(file), {
    name: "LionError",
    kind: "environment",
    message: /newer version .*update Lion Curator.*can only be read/,
  });
  const reader = new Store(file, { readonly: true });
  assert.equal(reader.instructions.get(id)?.turns[0]?.content, "from the future");
  assert.equal(reader.connection.pragma("user_version", { simple: true }), MIGRATIONS.length + 1);
  assert.throws(() => addInstruction(reader, "x"), /readonly/);
  reader.close();
});

test("reading needs a database that is there, and makes none", () => {
  const file = join(folder, "none.db");
  assert.throws(() => openDatabase(file, { readonly: true }), { kind: "input", message: /lion init/ });
  assert.ok(!existsSync(file));
});

test("a file that is no database is refused in one sentence and left as it is", () => {
  const file = join(folder, "text.db");
  writeFileSync(file, "this is no database, but it is long enough to look like one".repeat(50));
  assert.throws(() => openDatabase(file), {
    name: "LionError",
    kind: "environment",
    message: /not a sound database: restore a backup/,
  });
});

test("a folder in the database's place is told", () => {
  const file = join(folder, "folder.db");
  mkdirSync(file);
  assert.throws(() => openDatabase(file), { name: "LionError", message: /cannot be opened for writing/ });
});

test("errors of the disk become sentences; everything else stays what it is", () => {
  const cases: Array<[string, RegExp]> = [
    ["SQLITE_FULL", /disk .* is full: free some space/],
    ["SQLITE_IOERR_WRITE", /SQLITE_IOERR_WRITE.*check the disk/],
    ["SQLITE_CORRUPT", /restore a backup/],
    ["SQLITE_CANTOPEN", /cannot be opened/],
    ["SQLITE_READONLY_DBMOVED", /cannot be opened/],
    ["SQLITE_BUSY", /in use by another program/],
  ];
  for (const [code, sentence] of cases) {
    const error = asStoreError(new Database.SqliteError("raw", code), "/p/lion.db");
    assert.ok(error instanceof LionError && error.kind === "environment");
    assert.match(error.message, sentence);
    assert.match(error.message, /\/p\/lion\.db/);
  }
  const constraint = new Database.SqliteError("raw", "SQLITE_CONSTRAINT_CHECK");
  assert.equal(asStoreError(constraint, "f"), constraint);
  const other = new TypeError("x");
  assert.equal(asStoreError(other, "f"), other);
});

test("a full disk ends the transaction as a whole", () => {
  const store = newStore(folder);
  addInstruction(store, "before");
  const pages = store.connection.pragma("page_count", { simple: true }) as number;
  // The database may not grow any more, which is what a full disk looks like to it.
  store.connection.pragma(`max_page_count = ${pages + 1}`);
  assert.throws(
    () =>
      store.write(() => {
        for (let i = 0; i < 100; i++) {
          addInstruction(store, "x".repeat(2000));
        }
      }),
    { name: "LionError", message: /is full/ },
  );
  assert.equal(store.connection.prepare("SELECT count(*) FROM instruction").pluck().get(), 1);
  assert.equal(store.connection.pragma("integrity_check", { simple: true }), "ok");
});

test("a write is all or nothing, also nested ones", () => {
  const store = newStore(folder);
  assert.throws(
    () =>
      store.write(() => {
        addInstruction(store, "a");
        store.write(() => addInstruction(store, "b"));
        throw new Error("no");
      }),
    /no/,
  );
  assert.equal(store.connection.prepare("SELECT count(*) FROM instruction").pluck().get(), 0);
});

test("one backup a day, three are kept, other files are left alone", async () => {
  const store = newStore(folder);
  const backups = join(folder, "backups");
  const day = 24 * 3600 * 1000;
  const start = Date.UTC(2026, 0, 30);
  await backUpDaily(store.connection, backups, start);
  const id = addInstruction(store, "after the first");
  await backUpDaily(store.connection, backups, start + 1000);
  const first = new Store(join(backups, "lion-2026-01-30.db"), { readonly: true });
  assert.equal(first.instructions.get(id), null);
  first.close();
  writeFileSync(join(backups, "mine.db"), "");
  for (let i = 1; i <= 4; i++) {
    await backUpDaily(store.connection, backups, start + i * day);
  }
  assert.deepEqual(
    readdirSync(backups)
      .filter((name) => name.endsWith(".db"))
      .sort(),
    ["lion-2026-02-01.db", "lion-2026-02-02.db", "lion-2026-02-03.db", "mine.db"],
  );
  const latest = new Store(join(backups, "lion-2026-02-03.db"), { readonly: true });
  assert.equal(latest.instructions.get(id)?.turns[0]?.content, "after the first");
  latest.close();
});

test("a backup that cannot be written is told in one sentence", async () => {
  const store = newStore(folder);
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  await assert.rejects(backUp(store.connection, join(file, "x.db")), {
    name: "LionError",
    message: /backup could not be written/,
  });
});

test("a backup tells how far it is; one that is stopped leaves nothing, and the one before it alone", async () => {
  const store = newStore(folder);
  for (let row = 0; row < 60; row++) {
    addInstruction(store, `${row} ${"long ".repeat(20_000)}`);
  }
  const file = join(folder, "stopped.db");
  const shares: number[] = [];
  await backUp(store.connection, file, { onProgress: (share) => shares.push(share) });
  assert.ok(shares.length > 2 && shares.every((share, place) => share >= (shares[place - 1] ?? 0) && share <= 1));
  const size = statSync(file).size;
  const stop = new AbortController();
  const stopped = backUp(store.connection, file, { signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(stopped, { kind: "interrupted", message: /nothing was written/ });
  assert.equal(statSync(file).size, size);
  assert.ok(!existsSync(`${file}.part`));
});

test("a backup of what is written to all the time comes to its end, and is of one moment", async () => {
  const store = newStore(folder);
  for (let row = 0; row < 60; row++) {
    addInstruction(store, `${row} ${"long ".repeat(20_000)}`);
  }
  const other = new Store(store.file);
  const file = join(folder, "busy.db");
  let steps = 0;
  await backUp(store.connection, file, {
    onProgress: () => {
      steps++;
      assert.ok(steps < 100, "it begins again and again");
      addInstruction(other, `written meanwhile ${steps}`);
      addInstruction(store, `written here ${steps}`);
    },
  });
  assert.ok(steps > 2);
  other.close();
  const copy = new Store(file, { readonly: true });
  assert.equal(copy.connection.prepare("SELECT count(*) FROM instruction").pluck().get(), 60);
  copy.close();
});
