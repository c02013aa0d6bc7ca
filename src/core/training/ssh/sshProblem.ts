import { LionError } from "../../errors.ts";

export type SshProblemKind =
  | "unknown-host-key"
  | "changed-host-key"
  | "permission-denied"
  | "unreachable"
  | "no-such-host"
  | "timeout"
  /** The connection was there and broke. */
  | "broken"
  /** There is no ssh program on this machine. */
  | "no-ssh"
  /** The host lets one in and has no POSIX shell. */
  | "no-shell"
  | "other";

/** Why a host could not be reached: the `cause` of the LionError that says it in a sentence. */
export class SshProblem {
  readonly kind: SshProblemKind;
  /** As in lion.json. */
  readonly host: string;
  /** What ssh said. */
  readonly says: string;

  constructor(kind: SshProblemKind, host: string, says: string) {
    this.kind = kind;
    this.host = host;
    this.says = says;
  }

  /** Whether it may be gone in a while by itself. */
  get passes(): boolean {
    return ["unreachable", "no-such-host", "timeout", "broken"].includes(this.kind);
  }
}

/** The problem that an error comes from, or null when it is about something else. */
export function sshProblemOf(error: unknown): SshProblem | null {
  return error instanceof LionError && error.cause instanceof SshProblem ? error.cause : null;
}

/** What ssh says, in the order in which it is believed: a jump host's reason stands before what becomes of it. */
const SAYINGS: ReadonlyArray<[RegExp, SshProblemKind]> = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i, "changed-host-key"],
  [/Host key verification failed|No \S+ host key is known for/i, "unknown-host-key"],
  [/Permission denied|Too many authentication failures|no more authentication methods/i, "permission-denied"],
  [/Could not resolve hostname|Name or service not known|nodename nor servname/i, "no-such-host"],
  [/timed out|Timeout, server|Connection timeout/i, "timeout"],
  [/Connection refused|No route to host|Network is unreachable|Host is down/i, "unreachable"],
  [/Connection (reset|closed)|Broken pipe|closed by (remote host|UNKNOWN)|kex_exchange_identification/i, "broken"],
];

/** Tells from standard error why ssh ended without having run the script. */
export function problemFrom(host: string, stderr: string): SshProblem {
  const kind = SAYINGS.find(([pattern]) => pattern.test(stderr))?.[1] ?? "other";
  return new SshProblem(kind, host, stderr.trim());
}

/** The error for a problem: what is wrong, where, and what to do. */
export function sshError(problem: SshProblem): LionError {
  const { kind, host } = problem;
  return new LionError("environment", sentenceFor(problem), {
    cause: problem,
    problem: { code: "ssh", host, why: kind },
  });
}

function sentenceFor({ kind, host, says }: SshProblem): string {
  switch (kind) {
    case "unknown-host-key": {
      // A jump host has no such words: it would ask, and has nobody to ask.
      const name = says.match(/host key is known for (\S+)/)?.[1];
      return `The key of the host ${host}${name ? ` (${name})` : ", or of a jump host before it,"} is not known here, so nothing was sent to it: compare its fingerprint with what its administrator says and accept it, or connect once in a terminal with \`ssh ${host}\`.`;
    }
    case "changed-host-key": {
      const where = says.match(/Offending .* key in (.*)/)?.[1];
      const name = says.match(/Host key for (\S+) has changed/)?.[1];
      return `The host ${host}${name ? ` (${name})` : ""} shows another key than it used to, so nothing was sent to it: either it was set up anew or somebody stands in between; ask its administrator, and only if it was set up anew remove the old key${where ? ` (${where})` : ""} with \`ssh-keygen -R\`.`;
    }
    case "permission-denied":
      return `The host ${host} refused every key that ssh offered: check that \`ssh ${host}\` works in a terminal, and load a key that has a passphrase with \`ssh-add\`.`;
    case "no-such-host":
      return `There is no host called ${host}: correct it in lion.json (targets, host) or add it to ~/.ssh/config; behind a VPN, connect that first.`;
    case "timeout":
      return `The host ${host} did not answer in time: check that it is up and that the network or VPN reaches it, and try again.`;
    case "unreachable":
      return `The host ${host} cannot be reached (${lastWords(says)}): check that it is up, that sshd runs on that port, and that the network or VPN reaches it.`;
    case "broken":
      return `The connection to ${host} broke (${lastWords(says)}): try again; jobs there go on by themselves.`;
    case "no-ssh":
      return `There is no ssh program on this machine (${says}): install OpenSSH's client, or name one in LION_SSH.`;
    case "no-shell":
      return `The host ${host} lets ssh in but does not run \`sh\` (${lastWords(says)}): jobs need a Linux or macOS host with a POSIX shell.`;
    case "other":
      return `ssh could not connect to ${host}: ${lastWords(says)}; check that \`ssh ${host}\` works in a terminal.`;
  }
}

function lastWords(says: string): string {
  return (says.split("\n").at(-1) ?? "").trim().replace(/\.$/, "") || "it said nothing";
}
