import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { LionError } from "../../errors.ts";

/** Which ssh, and what it reads. */
export interface SshSettings {
  readonly program: string;
  /** Given to `-F`, which ssh hands on to the ssh that reaches a jump host. */
  readonly config: string | null;
}

/** What a host is called in ssh's words: nothing that could be taken for an option or for two words. */
const HOST = /^[^-\s][^\s]*$/;

/**
 * The ssh that the variable `LION_SSH` names, with the configuration that `LION_SSH_CONFIG` names: by default the system's
 * program with the user's and the system's own files.
 *
 * They are read through a file of ours. Options on the command line do not reach jump hosts, and their keys have to be
 * checked, too, whatever those files say; what stands first in a configuration counts.
 */
export function sshSettings(environment: NodeJS.ProcessEnv): SshSettings {
  const program = environment.LION_SSH || "ssh";
  const named = environment.LION_SSH_CONFIG || null;
  if (process.platform === "win32") {
    return { program, config: named };
  }
  const files = named ? [named] : ["~/.ssh/config", "/etc/ssh/ssh_config"];
  const text = `StrictHostKeyChecking yes\n${files.map((file) => `Include "${file}"\n`).join("")}`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const config = join(privateFolder(), `config-${hash}`);
  if (!existsSync(config)) {
    const half = `${config}.${process.pid}`;
    writeFileSync(half, text, { mode: 0o600 });
    renameSync(half, config);
  }
  return { program, config };
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
 */
export function shared(settings: SshSettings, host: string): string[] {
  if (process.platform === "win32") {
    return [...UNSHARED];
  }
  // %C is a hash of where the connection goes, and two aliases for the same place may use different keys.
  const alias = createHash("sha256")
    .update(JSON.stringify([settings, host]))
    .digest("hex")
    .slice(0, 8);
  const path = join(privateFolder(), `${alias}-%C`);
  return ["-o", "ControlMaster=auto", "-o", `ControlPath=${path}`, "-o", `ControlPersist=${PERSIST_S}`];
}

let fallback: string | null = null;

/**
 * A private folder for the sockets of shared connections and for ssh's configuration. Its name is short and plain: a
 * socket's may have 104 bytes at most, to which ssh appends, and to a jump host's ssh it goes through a shell.
 */
function privateFolder(): string {
  const folder = `/tmp/lion-ssh-${userInfo().uid}`;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, then whose it is decides.
  }
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const isOurs = found?.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
  if (isOurs) {
    return folder;
  }
  fallback ??= mkdtempSync("/tmp/lion-ssh-");
  return fallback;
}

/** The whole command for something that ssh does at a host. */
export function sshArgv(settings: SshSettings, options: readonly string[], host: string, command: string[]): string[] {
  const config = settings.config ? ["-F", settings.config] : [];
  return [settings.program, ...config, ...options, "--", checkHost(host), ...command];
}

/**
 * The command that a person runs in a terminal to connect once: it asks what it wants to know, keys of hosts included, and
 * leaves the connection to the commands that come after it.
 */
export function terminalArgv(environment: NodeJS.ProcessEnv, host: string): string[] {
  const settings = sshSettings(environment);
  const own = { ...settings, config: environment.LION_SSH_CONFIG || null };
  return sshArgv(own, process.platform === "win32" ? [] : shared(settings, host), host, []);
}

/** `~` at the beginning of a path that ssh prints. */
export function withHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
