import type { Forward } from "./target.ts";

export interface RunOptions {
  /** "$1", "$2", … of the script, passed safely whatever they hold, except NUL characters. */
  readonly args?: readonly string[];
  /** What the script's commands read on their standard input, from its first byte; nothing when left out. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Milliseconds for all of it, the connection included; a minute by default, without end for 0. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Takes the script's output as it comes; `stdout` of the result is then empty. */
  readonly onOutput?: (chunk: Buffer) => void;
}

export interface RunResult {
  /** The script's own exit code. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A local file and its name where it is sent to: relative, with slashes. */
export interface FileToSend {
  readonly path: string;
  readonly as: string;
}

/** One way to run a script on a host and to move bytes. */
export interface Transport {
  /** How messages name the host. */
  readonly label: string;
  /**
   * Runs a POSIX shell script there, whatever the login shell is. It is given to `sh -s`, and is read to its end before
   * its first command runs. A script may not use the exit code 255.
   *
   * @throws LionError with the cause (unknown host key, refused key, unreachable …), and when the connection broke before
   * the script's end; of kind `interrupted` as soon as the signal aborts.
   */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /**
   * Sends local files into a folder there, given by its absolute path, which is made if it is missing.
   *
   * @param options.whole all or nothing: unpacked beside and then renamed. A folder that is there already is left as it is.
   * @throws LionError
   */
  put(
    folder: string,
    files: readonly FileToSend[],
    options?: { whole?: boolean; signal?: AbortSignal; onProgress?: (bytes: number) => void },
  ): Promise<void>;
  /**
   * Receives files of a folder there into a local folder, under the same names; each is there whole or not at all.
   *
   * @throws LionError, also when one of them does not exist.
   */
  get(
    folder: string,
    names: readonly string[],
    into: string,
    options?: { signal?: AbortSignal; onProgress?: (bytes: number) => void },
  ): Promise<void>;
  /** Opens a way from this machine to a port of 127.0.0.1 there. */
  forward(port: number): Promise<Forward>;
  close(): Promise<void>;
}
