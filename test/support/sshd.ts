import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const SSHD = "/usr/sbin/sshd";

/** Whoever calls what it is given when the test is over. */
interface Ending {
  after(act: () => void | Promise<void>): void;
}

/** Why tests with a real sshd cannot run here, for `skip`; false when they can. */
export function noSshd(): string | false {
  if (process.platform !== "linux") {
    return "sshd is tested on Linux";
  }
  return existsSync(SSHD) ? false : `there is no ${SSHD}: install openssh-server`;
}

/** Why there is no host with this login shell, for `skip`. */
export function noShell(shell: "fish" | "csh"): string | false {
  return noSshd() || (shellPath(shell) ? false : `${shell} is not installed`);
}

function shellPath(shell: string): string | null {
  return [`/usr/bin/${shell}`, `/bin/${shell}`].find((path) => existsSync(path)) ?? null;
}

/**
 * A real sshd on loopback for the user who runs the tests, with keys, a client's configuration and a home of its own.
 * A key may bring a command that stands in for the user's login shell: sshd hands the request to it as to the shell.
 */
export class TestSshd {
  readonly folder: string;
  readonly port: number;
  /** What is `~` in its sessions. */
  readonly home: string;
  /** For `LION_SSH_CONFIG`. */
  readonly configFile: string;
  readonly knownHosts: string;
  /** The aliases in the client's configuration; all lead to this sshd. */
  readonly hosts = {
    direct: "lion-test",
    /** Through `direct`. */
    jump: "lion-test-jump",
    /** Through an address with user and port, which no other entry describes. */
    jumpAddress: "lion-test-jump-address",
    /** The same again, as if it were another machine. */
    second: "lion-test-second",
    fish: "lion-test-fish",
    csh: "lion-test-csh",
    /** The shell's start files print before the command runs. */
    noisy: "lion-test-noisy",
    /** Its key has the passphrase that `passphrase` holds. */
    locked: "lion-test-locked",
    /** Its key is not among the accepted ones. */
    stranger: "lion-test-stranger",
    /** A port where nobody listens. */
    nobody: "lion-test-nobody",
    /** A name that does not exist. */
    nowhere: "lion-test-nowhere",
  } as const;
  readonly passphrase = "open 'sesame' $(id)";
  #server: ChildProcess | null = null;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.home = join(folder, "home");
    this.configFile = join(folder, "ssh_config");
    this.knownHosts = join(folder, "known_hosts");
  }

  /** Starts one whose host key is known to its clients, unless `known` says otherwise. */
  static async start(ending: Ending, { known = true } = {}): Promise<TestSshd> {
    const sshd = new TestSshd(mkdtempSync(join(tmpdir(), "lion-sshd-")), await freePort());
    ending.after(async () => {
      await sshd.stop();
      rmSync(sshd.folder, { recursive: true, force: true, maxRetries: 5 });
    });
    mkdirSync(sshd.home);
    sshd.#makeKeys();
    sshd.#writeConfigurations();
    if (known) {
      sshd.knowHost();
    }
    await sshd.#listen();
    return sshd;
  }

  /** The variables of a process that is to reach this sshd, and nobody's agent. */
  get environment(): NodeJS.ProcessEnv {
    const { SSH_AUTH_SOCK: _agent, DISPLAY: _display, ...rest } = process.env;
    return { ...rest, LION_SSH_CONFIG: this.configFile };
  }

  /** Writes the host's key into the clients' known_hosts. */
  knowHost(): void {
    const key = readFileSync(join(this.folder, "host_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
    appendFileSync(this.knownHosts, `[127.0.0.1]:${this.port} ${key}\n`);
  }

  forgetHost(): void {
    rmSync(this.knownHosts, { force: true });
  }

  /** Gives the host another key and starts it again; clients know the old one still. */
  async changeHostKey(): Promise<void> {
    await this.stop();
    rmSync(join(this.folder, "host_key"));
    this.#makeKey("host_key");
    await this.#listen();
  }

  /** Kills every process that serves a connection, as a lost network would end them. Returns how many there were. */
  killSessions(): number {
    const sessions = this.#server?.pid ? sshdsBelow(this.#server.pid) : [];
    for (const pid of sessions) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It was faster.
      }
    }
    return sessions.length;
  }

  /** Ends it with all its connections. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server && server.exitCode === null) {
      const sessions = server.pid ? sshdsBelow(server.pid) : [];
      server.kill("SIGKILL");
      for (const pid of sessions) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It went with its parent.
        }
      }
      await once(server, "exit");
    }
  }

  /** Starts it again, on the same port with the same keys. */
  async resume(): Promise<void> {
    await this.#listen();
  }

  #makeKey(name: string, passphrase = ""): void {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", join(this.folder, name)]);
  }

  #makeKeys(): void {
    for (const name of ["host_key", "key", "key_fish", "key_csh", "key_noisy", "key_stranger"]) {
      this.#makeKey(name);
    }
    this.#makeKey("key_locked", this.passphrase);
    const accepted: Array<[string, string | null]> = [
      ["key", null],
      ["key_locked", null],
      ["key_noisy", 'echo "Welcome! $(date)"; printf "no newline"; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"'],
    ];
    for (const shell of ["fish", "csh"]) {
      const path = shellPath(shell);
      if (path) {
        accepted.push([`key_${shell}`, `exec ${path} -c "$SSH_ORIGINAL_COMMAND"`]);
      }
    }
    const lines = accepted.map(([name, command]) => {
      const options = command === null ? "" : `command="${command.replaceAll('"', '\\"')}" `;
      return `${options}${readFileSync(join(this.folder, `${name}.pub`), "utf8")}`;
    });
    writeFileSync(join(this.folder, "authorized_keys"), lines.join(""));
  }

  #writeConfigurations(): void {
    const { folder, port, hosts } = this;
    writeFileSync(
      join(folder, "sshd_config"),
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
PidFile ${folder}/sshd.pid
SetEnv HOME=${this.home}
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
MaxStartups 100
`,
    );
    const alias = (name: string, key: string, more = ""): string =>
      `Host ${name}\n  HostName 127.0.0.1\n  IdentityFile ${folder}/${key}\n${more}`;
    writeFileSync(
      this.configFile,
      [
        alias(hosts.direct, "key"),
        alias(hosts.jump, "key", `  ProxyJump ${hosts.direct}\n`),
        alias(hosts.jumpAddress, "key", `  ProxyJump ${userInfo().username}@localhost:${port}\n`),
        alias(hosts.second, "key"),
        alias(hosts.fish, "key_fish"),
        alias(hosts.csh, "key_csh"),
        alias(hosts.noisy, "key_noisy"),
        alias(hosts.locked, "key_locked"),
        alias(hosts.stranger, "key_stranger"),
        alias(hosts.nobody, "key", "  Port 1\n"),
        `Host ${hosts.nowhere}\n  HostName nowhere.invalid\n`,
        `Host *
  Port ${port}
  User ${userInfo().username}
  IdentitiesOnly yes
  UserKnownHostsFile ${this.knownHosts}
  GlobalKnownHostsFile /dev/null
`,
      ].join("\n"),
    );
  }

  async #listen(): Promise<void> {
    if (process.getuid?.() === 0) {
      // Where a privileged sshd locks its unprivileged half in.
      mkdirSync("/run/sshd", { recursive: true });
    }
    const logFile = join(this.folder, "sshd.log");
    const log = openSync(logFile, "a");
    const server = spawn(SSHD, ["-D", "-e", "-f", join(this.folder, "sshd_config")], {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#server = server;
    for (const start = Date.now(); !(await answers(this.port)); ) {
      if (server.exitCode !== null || Date.now() - start > 10_000) {
        throw new Error(`sshd did not start: ${readFileSync(logFile, "utf8")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("There is no free port.");
  }
  return address.port;
}

/** Whether something greets on the port. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("error", () => end(false));
    socket.on("data", () => end(true));
    socket.on("close", () => end(false));
  });
}

/** The sshd processes that have grown out of one, without the commands that they run. */
function sshdsBelow(ancestor: number): number[] {
  const found: number[] = [];
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map<number, number>();
  for (const name of processes) {
    try {
      const [, comm = "", rest = ""] = readFileSync(`/proc/${name}/stat`, "utf8").match(/^\d+ \((.*)\) (.*)/s) ?? [];
      if (comm.startsWith("sshd")) {
        parents.set(Number(name), Number(rest.split(" ")[1]));
      }
    } catch {
      // It has just ended.
    }
  }
  for (let level = [ancestor]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([pid]) => pid);
    found.push(...level);
  }
  return found;
}
