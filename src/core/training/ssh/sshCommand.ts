import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { LionError } from "../../errors.ts";

/** Where the system's ssh is and what it reads; from the variables `LION_SSH` (a program) and `LION_SSH_CONFIG` (a file). */
export interface SshSettings {
  readonly program: string;
  /** In place of ~/.ssh/config, for jump hosts too. */
  readonly config: string | null;
}

/** What a host is called in ssh's words: nothing that could be taken for an option or for two words. */
const HOST = /^[^-\s][^\s]*$/;

/** @throws LionError for a configuration file whose name ssh itself cannot hand on to a jump host. */
export function sshSettings(environment: NodeJS.ProcessEnv): SshSettings {
  const config = environment.LION_SSH_CONFIG || null;
  // For a jump host ssh starts another ssh by a shell, with the file's name in the line as it is.
  if (config && process.platform !== "win32" && !/^[\w./:@%+=,-]+$/.test(config)) {
    throw new LionError(
      "input",
      `LION_SSH_CONFIG names ${config}: ssh cannot hand a name with spaces or quotes on to jump hosts, so give the file another one.`,
    );
  }
  return { program: environment.LION_SSH || "ssh", config };
}

/** @throws LionError for a text that ssh would take for something else than a host. */
export function checkHost(host: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in it.
  if (!HOST.test(host) || /[\x00-\x1f\x7f]/.test(host)) {
    throw new LionError(
      "input",
      `${JSON.stringify(host)} is not a host name: it may not begin with a hyphen or contain white space; correct it in lion.json (targets, host).`,
    );
  }
  return host;
}

/** How long the connection is kept for the next command after the last one. */
const PERSIST_S = 60;

/** Options that are the same for every connection: host keys are always checked, and a dead connection ends in a minute. */
export const CONNECTION = [
  ...["-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=15"],
  ...["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"],
] as const;

/** Options for a connection of its own. On Windows leaving them out is not enough when the user's file has them. */
export const UNSHARED = ["-o", "ControlMaster=no", "-o", "ControlPath=none"] as const;

/**
 * Options by which commands share one connection; it costs a second to make and may have cost a passphrase. All of a
 * user's processes share it.
 *
 * @param folder `socketFolder()`.
 */
export function shared(settings: SshSettings, host: string, folder: string): string[] {
  if (process.platform === "win32") {
    return [...UNSHARED];
  }
  // %C is a hash of where the connection goes, and two aliases for the same place may use different keys.
  const alias = createHash("sha256")
    .update(JSON.stringify([settings, host]))
    .digest("hex")
    .slice(0, 8);
  const path = join(folder, `${alias}-%C`);
  return ["-o", "ControlMaster=auto", "-o", `ControlPath=${path}`, "-o", `ControlPersist=${PERSIST_S}`];
}

/**
 * A private folder for the sockets of shared connections. Its name is short, because a socket's may have 104 bytes at
 * most, and ssh appends to it.
 */
export function socketFolder(): string {
  const folder = `/tmp/lion-ssh-${userInfo().uid}`;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, then whose it is decides.
  }
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const isOurs = found?.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
  return isOurs ? folder : mkdtempSync("/tmp/lion-ssh-");
}

/** The whole command for something that ssh does at a host. */
export function sshArgv(settings: SshSettings, options: readonly string[], host: string, command: string[]): string[] {
  const config = settings.config ? ["-F", settings.config] : [];
  return [settings.program, ...config, ...options, "--", checkHost(host), ...command];
}

/** `~` at the beginning of a path that ssh prints. */
export function withHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
