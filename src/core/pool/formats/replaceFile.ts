import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as othersTurn } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { LionError, messageOf } from "../../errors.ts";

/** Texts are joined to pieces of about this size before they go to the disk. In UTF-16 units. */
const PIECE = 1 << 16;

/**
 * Writes a text file, gzipped if its name ends in `.gz`. It is written beside its place and moved there once it is on
 * the disk, so whoever opens it finds the old file or the new one, and a failure leaves the old one. What is no plain
 * file, such as a pipe, a link or `/dev/stdout`, is written to and never replaced.
 * @throws LionError if it can't be written; whatever `texts` throws
 */
export async function replaceFile(path: string, texts: Iterable<string>): Promise<void> {
  if (await isNoPlainFile(path)) {
    await writeInto(path, texts);
    return;
  }
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
  const source = Readable.from(joined(texts), { objectMode: true });
  const target = createWriteStream(temporary, { flags: "wx", flush: true });
  try {
    await (path.endsWith(".gz") ? pipeline(source, createGzip(), target) : pipeline(source, target));
    await rename(temporary, path);
  } catch (error) {
    // Where even this fails, the first failure is the one to tell of.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isSystemError(error) ? unwritable(path, error) : error;
  }
}

/** Whether a path leads to a pipe or a device, or is a link: moving something there would take it away. */
async function isNoPlainFile(path: string): Promise<boolean> {
  const place = await lstat(path).catch(() => null);
  return place !== null && !place.isFile() && !place.isDirectory();
}

async function writeInto(path: string, texts: Iterable<string>): Promise<void> {
  const source = Readable.from(joined(texts), { objectMode: true });
  const target = createWriteStream(path, { flags: "w" });
  try {
    await (path.endsWith(".gz") ? pipeline(source, createGzip(), target) : pipeline(source, target));
  } catch (error) {
    throw isSystemError(error) ? unwritable(path, error) : error;
  }
}

/** Between two pieces the process does other things: texts may be long in the making. */
async function* joined(texts: Iterable<string>): AsyncGenerator<string> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length >= PIECE) {
      yield piece;
      piece = "";
      await othersTurn();
    }
  }
  if (piece !== "") {
    yield piece;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** What the system's refusal to write `path` means for the user. */
export function unwritable(path: string, error: NodeJS.ErrnoException): LionError {
  const folder = dirname(path);
  const full = `The disk is full: ${path} was not written; free some space and try again.`;
  const denied = `${path} can't be written: you may not write to ${folder}.`;
  const sentences: Readonly<Record<string, string>> = {
    ENOENT: `The folder ${folder} does not exist: make it, or name another place for ${basename(path)}.`,
    ENOTDIR: `${folder} is not a folder: name another place for ${basename(path)}.`,
    EISDIR: `${path} is a folder: name a file in it.`,
    ENOSPC: full,
    EDQUOT: full,
    EFBIG: full,
    EACCES: denied,
    EPERM: denied,
    EROFS: denied,
  };
  const sentence = sentences[error.code ?? ""] ?? `${path} could not be written: ${messageOf(error)}.`;
  const usersChoice = ["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code ?? "");
  return new LionError(usersChoice ? "input" : "environment", sentence, { cause: error });
}
