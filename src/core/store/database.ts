import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { LionError, messageOf } from "../errors.ts";
import { MIGRATIONS } from "./schema.ts";
import { requireNodeApi, unsupportedHost } from "./unsupportedHost.ts";

export type Connection = Database.Database;

const BACKUPS_KEPT = 3;
const BUSY_TIMEOUT_MS = 300;

export interface OpenOptions {
  readonly readonly?: boolean;
  /** Milliseconds that a statement blocks this thread while another process holds the lock; 0 gives up at once. */
  readonly busyTimeout?: number;
}

/**
 * Opens the project's database in WAL mode and brings it to the current version, after a backup.
 * A file that a newer version has written is refused for writing and can be opened with `readonly`.
 *
 * @throws LionError when the host, the file or the disk does not allow it.
 */
export function openDatabase(file: string, options: OpenOptions = {}): Connection {
  requireNodeApi();
  const isNew = !existsSync(file);
  if (isNew && options.readonly) {
    throw new LionError("input", `There is no database at ${file}: run \`lion init\` first.`);
  }
  mkdirSync(dirname(file), { recursive: true });
  if (isNew) {
    // SQLite would let nobody else write to it, whatever the umask says; its -wal and -shm get the file's own mode.
    closeSync(openSync(file, "a"));
  }
  const connection = connect(file, options);
  try {
    const version = connection.pragma("user_version", { simple: true }) as number;
    if (version > MIGRATIONS.length && !options.readonly) {
      throw new LionError(
        "environment",
        `${file} was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length}): update Lion Curator; it can only be read here.`,
      );
    }
    if (!options.readonly) {
      configureForWriting(connection, file);
      migrate(connection, file, version, isNew);
    }
  } catch (error) {
    connection.close();
    throw asStoreError(error, file);
  }
  return connection;
}

/** How the schema of a database compares with the one that this version writes; null when there is no database yet. */
export function schemaAge(file: string): "older" | "current" | "newer" | null {
  requireNodeApi();
  if (!existsSync(file)) {
    return null;
  }
  const connection = connect(file, { readonly: true });
  try {
    const version = connection.pragma("user_version", { simple: true }) as number;
    return version === MIGRATIONS.length ? "current" : version < MIGRATIONS.length ? "older" : "newer";
  } catch (error) {
    throw asStoreError(error, file);
  } finally {
    connection.close();
  }
}

function connect(file: string, { readonly = false, busyTimeout = BUSY_TIMEOUT_MS }: OpenOptions): Connection {
  try {
    return new Database(file, { readonly, timeout: busyTimeout });
  } catch (error) {
    throw unsupportedHost(error) ?? asStoreError(error, file);
  }
}

function configureForWriting(connection: Connection, file: string): void {
  const mode = connection.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal") {
    throw new LionError(
      "environment",
      `The folder of ${file} does not allow SQLite's WAL mode (a network drive?): move the project to a local disk.`,
    );
  }
  // A paid reply must survive a power cut, not only a crash of this process; a commit costs about 0.2 ms this way.
  connection.pragma("synchronous = FULL");
  connection.pragma("foreign_keys = ON");
}

function migrate(connection: Connection, file: string, version: number, isNew: boolean): void {
  if (version >= MIGRATIONS.length) {
    return;
  }
  if (!isNew && version > 0) {
    connection.pragma("wal_checkpoint(TRUNCATE)");
    copyFileSync(file, `${file}.before-schema-${MIGRATIONS.length}`);
  }
  connection
    .transaction(() => {
      for (const statement of MIGRATIONS.slice(connection.pragma("user_version", { simple: true }) as number)) {
        connection.exec(statement);
      }
      connection.pragma(`user_version = ${MIGRATIONS.length}`);
    })
    .immediate();
}

/** Turns an error of SQLite into a sentence for the user; passes everything else on. */
export function asStoreError(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) {
    return error;
  }
  const sentences: ReadonlyArray<[RegExp, string]> = [
    [
      /^SQLITE_FULL/,
      `The disk that holds ${file} is full: free some space and run again; what was stored is unharmed.`,
    ],
    [
      /^SQLITE_IOERR/,
      `Reading or writing ${file} failed (${error.code}): check the disk; what was stored is unharmed.`,
    ],
    [
      /^SQLITE_(NOTADB|CORRUPT)/,
      `${file} is not a sound database: restore a backup from the backups folder beside it.`,
    ],
    [
      /^SQLITE_(CANTOPEN|READONLY|PERM)/,
      `${file} cannot be opened for writing: check that you may write to it and in its folder.`,
    ],
    [/^SQLITE_BUSY/, `${file} is in use by another program that does not let go: close it and run again.`],
  ];
  const sentence = sentences.find(([code]) => code.test(error.code))?.[1];
  return sentence ? new LionError("environment", sentence, { cause: error }) : error;
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where even this fails, the first failure is the one to tell of.
  }
}

export interface BackUpOptions {
  /** Told how much is copied, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Pages copied before others get their turn. */
const PAGES_AT_ONCE = 500;

/**
 * Writes a consistent copy of a database that may be in use. What stands at `file` is whole, or nothing stands there.
 *
 * @throws LionError when it cannot be written, and of kind `interrupted` when it was stopped.
 */
export async function backUp(connection: Connection, file: string, options: BackUpOptions = {}): Promise<void> {
  const unfinished = `${file}.part`;
  // What others commit would make the copying begin again and again: a connection of its own holds on to one moment.
  let moment: Connection | null = null;
  try {
    mkdirSync(dirname(file), { recursive: true });
    rmSync(unfinished, { force: true });
    moment = connect(connection.name, { readonly: true });
    moment.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
    await moment.backup(unfinished, {
      progress: ({ totalPages, remainingPages }) => {
        options.onProgress?.(totalPages === 0 ? 1 : 1 - remainingPages / totalPages);
        if (options.signal?.aborted) {
          throw new LionError("interrupted", "The backup was stopped: nothing was written.");
        }
        return PAGES_AT_ONCE;
      },
    });
    renameSync(unfinished, file);
  } catch (error) {
    removeQuietly(unfinished);
    if (error instanceof LionError) {
      throw error;
    }
    throw new LionError("environment", `The backup could not be written to ${file}: ${messageOf(error)}.`, {
      cause: error,
    });
  } finally {
    moment?.close();
  }
}

/** Makes today's backup in `directory` unless there is one, and keeps the newest three. */
export async function backUpDaily(connection: Connection, directory: string, now: number): Promise<void> {
  const file = join(directory, `lion-${new Date(now).toISOString().slice(0, 10)}.db`);
  if (existsSync(file)) {
    return;
  }
  await backUp(connection, file);
  const backups = readdirSync(directory)
    .filter((name) => /^lion-\d{4}-\d\d-\d\d\.db$/.test(name))
    .sort();
  for (const name of backups.slice(0, -BACKUPS_KEPT)) {
    rmSync(join(directory, name));
  }
}
