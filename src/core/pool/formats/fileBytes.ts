import { type FileHandle, open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { LionError, messageOf } from "../../errors.ts";

const CHUNK = 1 << 16;

/** A compressed file that is broken or ends too early; what could be decompressed before has been delivered. */
export class DamagedFile extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DamagedFile";
  }
}

/**
 * A file's bytes in chunks, decompressed if its first two bytes say gzip (RFC 1952), whatever its name says.
 * @param onRead told how many bytes of the file itself were read, each time some were
 * @throws LionError if it can't be read; DamagedFile
 */
export async function* fileBytes(path: string, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = await openFile(path);
  try {
    const plain = chunksOf(file, path, onRead);
    const first = await plain.next();
    if (first.done) {
      return;
    }
    const all = startingWith(first.value, plain);
    yield* first.value[0] === 0x1f && first.value[1] === 0x8b ? decompressed(all) : all;
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* chunksOf(file: FileHandle, path: string, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    let bytesRead: number;
    try {
      ({ bytesRead } = await file.read(chunk, 0, CHUNK));
    } catch (error) {
      throw unreadable(path, error);
    }
    if (bytesRead === 0) {
      return;
    }
    onRead?.(bytesRead);
    yield chunk.subarray(0, bytesRead);
  }
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/**
 * Writes chunk by chunk and collects what comes out: a stream that fails drops what nobody has read yet, and how many
 * rows a damaged file gives would depend on timing.
 */
async function* decompressed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let ready: Buffer[] = [];
  let failure: Error | null = null;
  gunzip.on("data", (data: Buffer) => ready.push(data));
  gunzip.on("error", (error) => {
    failure = error;
  });
  // On broken data a write is never called back; the stream just closes.
  const closed = new Promise<void>((resolve) => gunzip.once("close", () => resolve()));
  const takeReady = (): Buffer[] => {
    const taken = ready;
    ready = [];
    return taken;
  };
  try {
    for await (const chunk of chunks) {
      const written = new Promise<void>((resolve) => gunzip.write(chunk, () => resolve()));
      await Promise.race([written, closed]);
      yield* takeReady();
      throwIfDamaged(failure);
    }
    gunzip.end();
    await closed;
    yield* takeReady();
    throwIfDamaged(failure);
  } finally {
    gunzip.destroy();
  }
}

function throwIfDamaged(failure: Error | null): void {
  if (failure) {
    throw new DamagedFile(
      failure.message === "unexpected end of file"
        ? "the compressed file is cut off"
        : `the compressed file is damaged (${failure.message})`,
    );
  }
}

/** The sentence for a file that cannot be opened or read. */
export function unreadable(path: string, error: unknown): LionError {
  const code = error instanceof Error && "code" in error ? error.code : "";
  const sentences: Readonly<Record<string, string>> = {
    ENOENT: `There is no file ${path}: check its name.`,
    EISDIR: `${path} is a folder: name a file in it.`,
    EACCES: `${path} may not be read by you: change its permissions.`,
  };
  const sentence = sentences[String(code)] ?? `${path} could not be read: ${messageOf(error)}.`;
  return new LionError("input", sentence, { cause: error });
}
