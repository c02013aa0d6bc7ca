import { createReadStream, statSync } from "node:fs";
import { LionError } from "../../errors.ts";
import type { FileToSend } from "../transport.ts";

const BLOCK = 512;
/** The largest size in the header's eleven octal digits; larger ones are written in binary, as GNU tar does. */
const LARGEST_OCTAL = 0o77777777777;

/**
 * Local files as one tar stream, in the old GNU format, which every tar reads.
 *
 * @param onProgress told how many bytes of content have been taken so far.
 * @throws LionError when a file has another length at its end than at its beginning.
 */
export async function* tarStream(
  files: readonly FileToSend[],
  onProgress?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let sent = 0;
  for (const { path, as } of files) {
    const { size, mtimeMs } = statSync(path);
    yield* entry(as, size, mtimeMs);
    let read = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      read += chunk.length;
      sent += chunk.length;
      if (read > size) {
        break;
      }
      yield chunk;
      onProgress?.(sent);
    }
    if (read !== size) {
      throw new LionError("input", `${path} has changed while it was sent: try again when nothing writes it any more.`);
    }
    yield padding(size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function* entry(name: string, size: number, mtimeMs: number): Generator<Buffer> {
  const bytes = Buffer.from(name);
  if (bytes.length > 100) {
    // A name that is too long for its field comes before, as the content of an entry of its own.
    yield header("././@LongLink", bytes.length + 1, 0, "L");
    yield Buffer.concat([bytes, Buffer.alloc(1), padding(bytes.length + 1)]);
  }
  yield header(bytes.subarray(0, 100), size, mtimeMs, "0");
}

function header(name: string | Buffer, size: number, mtimeMs: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(block, 0);
  block.write("0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  if (size <= LARGEST_OCTAL) {
    block.write(`${octal(size, 11)}\0`, 124);
  } else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(`${octal(Math.max(0, Math.floor(mtimeMs / 1000)), 11)}\0`, 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar  \0", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
