import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LionError, messageOf } from "../../errors.ts";
import { SystemProcessRunner } from "../processes.ts";
import { CONNECTION, checkHost, type SshSettings, sshArgv, sshSettings, UNSHARED, withHome } from "./sshCommand.ts";
import { problemFrom, SshProblem, sshError } from "./sshProblem.ts";

/** The key that a host shows. Whether it is the host's own nobody can tell but whoever knows the host. */
export interface HostKey {
  /** Whose key it is: the host itself, or the jump host before it that is not known yet. */
  readonly host: string;
  /** As ssh writes them: `SHA256:…`, with the kind of the key before it. */
  readonly fingerprints: readonly string[];
  readonly isUnverified: true;
}

interface HostOptions {
  /** As in ~/.ssh/config. */
  readonly host: string;
  /** As for SshTransport. */
  readonly environment: NodeJS.ProcessEnv;
}

interface Shown extends HostKey {
  /** The lines for a file of known hosts, as ssh itself would write them. */
  readonly lines: readonly string[];
}

const TIMEOUT_MS = 60_000;

/**
 * Shows the key of a host that is not known yet. Nothing is remembered, nobody logs in, and nothing runs there.
 *
 * @throws LionError when the host cannot be reached, or shows another key than the one that is known.
 */
export async function hostKeyOf(options: HostOptions): Promise<HostKey> {
  const { host, fingerprints, isUnverified } = await showKey(checkHost(options.host), options.environment);
  return { host, fingerprints, isUnverified };
}

/**
 * Remembers the key of a host from now on, in the file where ssh looks for it. The key is asked for again and has to be
 * the one that was shown.
 *
 * @param expected the fingerprints that `hostKeyOf` gave and a person has compared.
 * @throws LionError when the host shows another key by now, or when a key of it is known that is another.
 */
export async function acceptHostKey(options: HostOptions, expected: readonly string[]): Promise<void> {
  const { host, fingerprints, lines } = await showKey(checkHost(options.host), options.environment);
  if (!fingerprints.every((fingerprint) => expected.includes(fingerprint))) {
    throw new LionError(
      "environment",
      `The host ${host} shows another key than a moment ago (${fingerprints.join(", ")}), so it was not accepted: ask its administrator which one is right.`,
    );
  }
  const file = await knownHostsFile(sshSettings(options.environment), host, options.environment);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const missing = lines.filter((line) => !before.split("\n").includes(line));
  const start = before === "" || before.endsWith("\n") ? "" : "\n";
  appendFileSync(file, `${start}${missing.map((line) => `${line}\n`).join("")}`, { mode: 0o600 });
}

async function showKey(host: string, environment: NodeJS.ProcessEnv): Promise<Shown> {
  const settings = sshSettings(environment);
  // ssh itself says whether it knows the host: by names, hashes, certificates and whatever else its files hold.
  const asks = await knock(settings, host, [], environment);
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(asks)) {
    throw sshError(problemFrom(host, asks));
  }
  const folder = mkdtempSync(join(tmpdir(), "lion-key-"));
  try {
    // Into a file of nobody's: so ssh writes down what it sees, through jump hosts too, and trusts it for this knock only.
    const file = join(folder, "known_hosts");
    const learn = ["StrictHostKeyChecking=accept-new", `UserKnownHostsFile=${file}`, "GlobalKnownHostsFile=/dev/null"];
    const says = await knock(settings, host, learn, environment);
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    if (lines.length > 0) {
      return { host, fingerprints: lines.map(fingerprintOf), lines, isUnverified: true };
    }
    const problem = problemFrom(host, says);
    const jump = problem.kind === "unknown-host-key" ? await unknownJumpHost(settings, host, environment) : null;
    if (jump !== null) {
      return await showKey(jump, environment);
    }
    throw sshError(problem);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Connects as far as the exchange of keys and offers no way to log in. Returns what ssh has to say.
 *
 * @param options on top of, and stronger than, the ones that every connection has.
 */
async function knock(
  settings: SshSettings,
  host: string,
  options: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const first = options.flatMap((option) => ["-o", option]);
  const flags = ["-T", "-o", "BatchMode=yes", ...first, ...CONNECTION, ...UNSHARED];
  const nobody = ["-o", "PreferredAuthentications=none", "-o", "ClearAllForwardings=yes"];
  // A host that lets anybody in would run this: a shell without input.
  const argv = sshArgv(settings, [...flags, ...nobody], host, ["sh", "-s"]);
  return (await runSsh(argv, host, environment)).stderr;
}

/** @throws LionError when the user's configuration says that keys are not to be remembered. */
async function knownHostsFile(settings: SshSettings, host: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const configured = await configurationOf(settings, host, environment);
  const file = withHome((configured.get("userknownhostsfile") ?? "~/.ssh/known_hosts").split(" ")[0] ?? "");
  if (["none", "/dev/null", ""].includes(file) || file.includes("%")) {
    throw new LionError(
      "environment",
      `ssh is configured not to remember the key of ${host} (UserKnownHostsFile ${file}): name a file there, or connect in a terminal.`,
    );
  }
  return file;
}

/**
 * The first host on the way to another one, if it is not known; null when the way is direct or not ssh's. Of several hosts
 * on the way only the first can be asked without the others.
 */
async function unknownJumpHost(
  settings: SshSettings,
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  const jumps = (await configurationOf(settings, host, environment)).get("proxyjump") ?? "none";
  const first = jumps.split(",")[0] ?? "none";
  if (first === "none") {
    return null;
  }
  // With a port it is no name any more that ssh takes, but an address.
  const jump = checkHost(/:\d+$/.test(first) && !first.startsWith("ssh://") ? `ssh://${first}` : first);
  const asks = await knock(settings, jump, [], environment);
  return problemFrom(jump, asks).kind === "unknown-host-key" ? jump : null;
}

/** What ssh would do for a host, by its lower-case keywords. */
async function configurationOf(
  settings: SshSettings,
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<Map<string, string>> {
  const { stdout } = await runSsh(sshArgv(settings, ["-G"], host, []), host, environment);
  const pairs = stdout
    .split("\n")
    .map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)] as const);
  return new Map(pairs.reverse());
}

async function runSsh(
  argv: readonly string[],
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ stdout: string; stderr: string }> {
  const quiet = { ...environment, SSH_ASKPASS_REQUIRE: "never" };
  return new SystemProcessRunner()
    .run(argv, { environment: quiet, timeoutMs: TIMEOUT_MS })
    .catch((error: unknown): never => {
      throw sshError(new SshProblem("no-ssh", host, messageOf(error)));
    });
}

/** The fingerprint of a line of known hosts, as `ssh-keygen -l` writes it: SHA-256 of the key's bytes in base 64. */
function fingerprintOf(line: string): string {
  const [, type = "", key = ""] = line.split(" ");
  const hash = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "");
  return `${type
    .replace(/^ssh-/, "")
    .replace(/@openssh\.com$/, "")
    .toUpperCase()} SHA256:${hash}`;
}
