import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { LionError } from "../../errors.ts";
import type { Transport } from "../transport.ts";

/** A part of a remote file, from an offset to a size that is known before, and the local file that has what is before it. */
export interface FileToReceive {
  /** Within the remote folder. */
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly to: string;
}

// One after the other without anything in between: the lengths are known on both sides.
const SCRIPT = `
cd "$1" || exit 3
shift
while [ $# -gt 0 ]; do
  tail -c "+$(($2 + 1))" "./$1" | head -c "$(($3 - $2))" || exit 4
  shift 3
done
`;

/**
 * Appends what is missing to local files, in one stream. What has arrived when the connection breaks stays, so that a
 * second call can go on from there.
 *
 * @param onProgress told how many bytes have come so far.
 * @throws LionError when less came than was announced.
 */
export async function receiveFiles(
  transport: Transport,
  folder: string,
  files: readonly FileToReceive[],
  options: { signal?: AbortSignal | undefined; onProgress?: ((bytes: number) => void) | undefined } = {},
): Promise<void> {
  if (files.length === 0) {
    return;
  }
  const sink = new Sink(files, options.onProgress);
  try {
    const { code, stderr } = await transport.run(SCRIPT, {
      args: [folder, ...files.flatMap(({ name, offset, size }) => [name, String(offset), String(size)])],
      timeoutMs: 0,
      onOutput: (chunk) => sink.take(chunk),
      ...(options.signal && { signal: options.signal }),
    });
    if (code !== 0 || !sink.full) {
      throw new LionError(
        "environment",
        `The files of ${folder} on ${transport.label} did not arrive whole (${stderr.trim() || `code ${code}`}): try again, it goes on from what is here.`,
      );
    }
  } finally {
    sink.close();
  }
}

/** Deals one stream out to files. */
class Sink {
  readonly #files: FileToReceive[];
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #descriptor: number | null = null;
  #left = 0;
  #received = 0;

  constructor(files: readonly FileToReceive[], onProgress: ((bytes: number) => void) | undefined) {
    this.#files = [...files];
    this.#onProgress = onProgress;
    this.#next();
  }

  get full(): boolean {
    return this.#descriptor === null && this.#files.length === 0;
  }

  take(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0 && this.#descriptor !== null; ) {
      const written = writeSync(this.#descriptor, rest, 0, Math.min(rest.length, this.#left));
      this.#left -= written;
      this.#received += written;
      rest = rest.subarray(written);
      if (this.#left === 0) {
        this.#next();
      }
    }
    this.#onProgress?.(this.#received);
  }

  close(): void {
    if (this.#descriptor !== null) {
      closeSync(this.#descriptor);
      this.#descriptor = null;
    }
  }

  /** Opens the next file that still wants something; empty ones come to be on the way. */
  #next(): void {
    this.close();
    while (this.#descriptor === null) {
      const file = this.#files.shift();
      if (!file) {
        return;
      }
      mkdirSync(dirname(file.to), { recursive: true });
      const descriptor = openSync(file.to, file.offset === 0 ? "w" : "a");
      this.#left = file.size - file.offset;
      if (this.#left > 0) {
        this.#descriptor = descriptor;
      } else {
        closeSync(descriptor);
      }
    }
  }
}
