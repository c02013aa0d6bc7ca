import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LionError, messageOf } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";

/** Where the engines of this person have their sockets: a folder that nobody else may enter. */

/** Systems take socket names of up to about 104 bytes (macOS), with the final zero. */
const LONGEST_SOCKET = 100;
const PIPE_PREFIX = "\\\\.\\pipe\\lion-curator-";
const isWindows = process.platform === "win32";

/** The id of the account this process runs under; null on Windows, where pipes and files have other guards. */
export function ownId(): number | null {
  return process.getuid?.() ?? null;
}

/** The folders that may serve, the best first. */
function candidates(): string[] {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const name = `lion-curator-${ownId()}`;
  return [...(runtime ? [join(runtime, "lion-curator")] : []), join(tmpdir(), name), join("/tmp", name)];
}

/** Whether a folder is ours and closed to everybody else, and no link to another place. */
function isOwnerOnly(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    return stat.isDirectory() && stat.uid === ownId() && (stat.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/**
 * The name of a new socket for a project's engine, in a folder that exists and is closed to others; on Windows the name
 * of a pipe.
 *
 * @throws LionError of kind `environment` when no folder will do.
 */
export function newSocketName(dataDirectory: string): string {
  const name = `${sha256(dataDirectory).slice(0, 12)}-${randomBytes(6).toString("hex")}`;
  if (isWindows) {
    return `${PIPE_PREFIX}${name}`;
  }
  const reasons: string[] = [];
  for (const folder of candidates()) {
    const socket = join(folder, `${name}.sock`);
    if (Buffer.byteLength(socket) >= LONGEST_SOCKET) {
      reasons.push(`${folder} has too long a name`);
      continue;
    }
    try {
      mkdirSync(folder, { mode: 0o700 });
      chmodSync(folder, 0o700);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        reasons.push(messageOf(error));
        continue;
      }
    }
    if (isOwnerOnly(folder)) {
      return socket;
    }
    reasons.push(`${folder} belongs to somebody else or is open to others`);
  }
  throw new LionError(
    "environment",
    `The engine finds no folder of its own for its socket (${reasons.join("; ")}): let XDG_RUNTIME_DIR name a folder that only you can enter.`,
  );
}

/**
 * Whether only a process of this person can be behind a socket. A project's folder may come from anywhere, and with it
 * a file that names a stranger's socket, to which no key may go.
 */
export function isOwnSocket(socket: string): boolean {
  return isWindows
    ? socket.startsWith(PIPE_PREFIX)
    : candidates().includes(dirname(socket)) && isOwnerOnly(dirname(socket));
}
