import { LionError, messageOf } from "../errors.ts";

/**
 * Refuses hosts that better-sqlite3 13 would crash on: below Node-API 10 the process dies with a segmentation fault
 * inside the constructor, so this must run before the first database is opened.
 *
 * @throws LionError of kind `environment`.
 */
export function requireNodeApi(napi: string | undefined = process.versions.napi): void {
  if (!(Number(napi) >= 10)) {
    throw new LionError(
      "environment",
      `This Node.js (${process.version}) has Node-API ${napi ?? "unknown"}, and the database needs 10: use Node.js 22.14 or newer, which VS Code has from 1.101 on.`,
    );
  }
}

/** Why the database library cannot be loaded on this system, as one sentence; null when the error says something else. */
export function unsupportedHost(error: unknown): LionError | null {
  const message = messageOf(error);
  const code = (error as { code?: unknown } | null)?.code;
  const sentence = /GLIBC(?:XX)?_/.test(message)
    ? "The database library needs glibc 2.34 (Ubuntu 22.04, Debian 12, RHEL 9 or newer; not VS Code's snap): run Lion Curator on a newer system, or locally with the setting remote.extensionKind."
    : code === "MODULE_NOT_FOUND" || code === "ERR_DLOPEN_FAILED"
      ? `The database library cannot be loaded on ${process.platform}-${process.arch}: Lion Curator runs on Linux, macOS and Windows with an x64 or arm64 processor; install the build for this one.`
      : null;
  return sentence === null ? null : new LionError("environment", sentence, { cause: error });
}
