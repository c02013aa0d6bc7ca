import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { LocalTransport } from "../../src/core/training/localTransport.ts";
import { checkHost, sshArgv, sshSettings, terminalArgv } from "../../src/core/training/ssh/sshCommand.ts";
import { type SshProblemKind, sshProblemOf } from "../../src/core/training/ssh/sshProblem.ts";
import { SshTransport } from "../../src/core/training/ssh/sshTransport.ts";
import type { Transport } from "../../src/core/training/transport.ts";
import { noShell, noSshd, TestSshd } from "../support/sshd.ts";
import { until } from "../support/sshWorld.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const HOSTILE = [
  "a b",
  "it's",
  '"',
  "$(touch owned)",
  "`id`",
  "a\nb\n",
  "",
  "-n",
  "*",
  "\\",
  "ünï 😀",
  "; exit 9",
  "!x",
];

function to(sshd: TestSshd, host: string): SshTransport {
  return new SshTransport({ host, environment: sshd.environment });
}

/** That something fails for one reason, and says so in one sentence that names the host. */
async function failsBy(kind: SshProblemKind, act: Promise<unknown>): Promise<Error> {
  const error = await act.then(
    () => assert.fail("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  assert.equal(sshProblemOf(error)?.kind, kind, String(error));
  assert.match(String(error), /^LionError: [^\n]*\.$/);
  return error as Error;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function checkRun(transport: Transport): Promise<void> {
  const script = `printf '%s\\0' "$@"; cat; echo err >&2; exit 7`;
  const stdin = Buffer.from("read by cat\0\n");
  const result = await transport.run(script, { args: HOSTILE, stdin: once(stdin) });
  assert.equal(result.code, 7);
  assert.equal(result.stdout.toString(), `${HOSTILE.map((text) => `${text}\0`).join("")}${stdin}`);
  assert.match(result.stderr, /err/);
}

test("a script runs on this machine as on a host", async () => {
  await checkRun(new LocalTransport(process.env));
});

for (const [way, host, skip] of [
  ["directly", "direct", noSshd()],
  ["through a jump host", "jump", noSshd()],
  ["past start files that print", "noisy", noSshd()],
  ["under the login shell fish", "fish", noShell("fish")],
  ["under the login shell csh", "csh", noShell("csh")],
] as const) {
  test(`a script gets its arguments and its input whole, ${way}`, { skip }, async (t) => {
    const sshd = await TestSshd.start(t);
    await checkRun(to(sshd, sshd.hosts[host]));
  });
}

test("files go there and come back as they were, whatever they are called", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  const here = temporaryFolder(t);
  const large = Buffer.alloc(3_000_001, "some bytes ");
  const names = ["plain", "sub/-dash", "$(touch owned) 'q' \"d\"", "line\nbreak", "empty", `${"long/".repeat(40)}name`];
  names.forEach((name, index) => {
    writeFileSync(join(here, String(index)), name === "empty" ? "" : Buffer.concat([Buffer.from(name), large]));
  });
  const files = names.map((as, index) => ({ path: join(here, String(index)), as }));
  for (const [index, transport] of [to(sshd, sshd.hosts.direct), new LocalTransport(process.env)].entries()) {
    const folder = join(sshd.home, `-to $(x) 'y'\n${index}`);
    await transport.put(folder, files, { whole: true });
    assert.deepEqual(
      readdirSync(sshd.home).filter((name) => name.includes("lion-")),
      [],
    );
    const back = join(here, `back${index}`);
    await transport.get(folder, names, back);
    for (const { path, as } of files) {
      assert.deepEqual(readFileSync(join(back, as)), readFileSync(path));
    }
    assert.equal(
      readdirSync(back, { recursive: true }).filter((name) => /owned|lion-get/.test(String(name))).length,
      1,
    );
    await assert.rejects(transport.get(folder, ["plain", "nothing"], back), /There is no nothing in .*-to/s);
  }
  assert.throws(() => readFileSync(join(process.cwd(), "owned")));
});

test("names that would lead out of the folder are refused before anything is sent", async (t) => {
  const folder = temporaryFolder(t);
  const transport = new LocalTransport(process.env);
  for (const as of ["../x", "/etc/x", "a/../../x", ""]) {
    await assert.rejects(transport.put(folder, [{ path: import.meta.filename, as }]), RangeError);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test("what is sent whole is there whole or not at all", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  const transport = to(sshd, sshd.hosts.direct);
  const path = join(temporaryFolder(t), "large");
  writeFileSync(path, Buffer.alloc(60_000_000));
  const folder = join(sshd.home, "whole");
  let killed = 0;
  const files = [
    { path: import.meta.filename, as: "first" },
    { path, as: "large" },
  ];
  const onProgress = (bytes: number): void => {
    if (killed === 0 && bytes > 5_000_000) {
      killed = sshd.killSessions();
    }
  };
  await failsBy("broken", transport.put(folder, files, { whole: true, onProgress }));
  assert.ok(killed > 0);
  assert.equal(existsSync(folder), false);
  await transport.put(folder, files, { whole: true });
  assert.equal(statSync(join(folder, "large")).size, 60_000_000);
  await transport.put(folder, [{ path: import.meta.filename, as: "other" }], { whole: true });
  assert.deepEqual(readdirSync(folder).sort(), ["first", "large"]);
});

test("a full or forbidden place is said in a sentence", async () => {
  const transport = new LocalTransport(process.env);
  const files = [{ path: import.meta.filename, as: "x" }];
  await assert.rejects(
    transport.put("/proc/nowhere", files),
    /^LionError: Files could not be written to \/proc\/nowhere.*\.$/,
  );
});

test("each reason why a host is not reached is told apart", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  const { hosts } = sshd;
  const run = (host: string): Promise<unknown> => to(sshd, host).run("echo ran >&2");
  assert.match((await failsBy("permission-denied", run(hosts.stranger))).message, /lion-test-stranger.*ssh-add/);
  assert.match((await failsBy("permission-denied", run(hosts.locked))).message, /passphrase/);
  assert.match((await failsBy("unreachable", run(hosts.nobody))).message, /Connection refused/);
  assert.match(
    (await failsBy("no-such-host", run(hosts.nowhere))).message,
    /There is no host called lion-test-nowhere/,
  );
  const gone = new SshTransport({ host: "x", environment: { ...sshd.environment, LION_SSH: "/no/ssh" } });
  assert.match((await failsBy("no-ssh", gone.run("true"))).message, /LION_SSH/);
  await failsBy("timeout", to(sshd, hosts.direct).run("sleep 20", { timeoutMs: 700 }));
  await assert.rejects(
    to(sshd, hosts.direct).run("sleep 20", { signal: AbortSignal.timeout(300) }),
    (error: { kind?: string }) => error.kind === "interrupted",
  );
});

test("an ssh that ends without a word is asked once more: a cut connection passes, a refused key does not", {
  skip: noSshd(),
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const folder = temporaryFolder(t);
  const cut = join(folder, "cut");
  const program = join(folder, "ssh");
  writeFileSync(program, `#!/bin/sh\nrm ${cut} 2>/dev/null && exit 255\nexec ssh "$@"\n`, { mode: 0o755 });
  writeFileSync(cut, "");
  const { hosts } = sshd;
  const cutOnce = new SshTransport({ host: hosts.direct, environment: { ...sshd.environment, LION_SSH: program } });
  await failsBy("broken", cutOnce.run("true"));
  assert.equal((await cutOnce.run("true")).code, 0);

  const quiet = join(folder, "config");
  writeFileSync(quiet, `LogLevel QUIET\n${readFileSync(sshd.configFile, "utf8")}`);
  const environment = { ...sshd.environment, LION_SSH_CONFIG: quiet };
  const run = (host: string): Promise<unknown> => new SshTransport({ host, environment }).run("true");
  await failsBy("permission-denied", run(hosts.stranger));
  await failsBy("unreachable", run(hosts.nobody));
});

test("a connection that breaks under a script says so, and the next one is made anew", {
  skip: noSshd(),
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const transport = to(sshd, sshd.hosts.jump);
  const running = transport.run("echo begun; sleep 20", {
    onOutput: () => {
      sshd.killSessions();
    },
  });
  await failsBy("broken", running);
  assert.equal((await transport.run("echo again")).stdout.toString(), "again\n");
});

test("a passphrase is asked of a person once for all, and of nobody when nobody is there", {
  skip: noSshd(),
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const asked: string[] = [];
  const transport = new SshTransport({
    host: sshd.hosts.locked,
    environment: sshd.environment,
    prompter: async (question) => {
      asked.push(question);
      return asked.length === 1 ? "wrong" : sshd.passphrase;
    },
  });
  const results = await Promise.all([1, 2, 3].map((n) => transport.run(`echo ${n}; ps -ef 2>/dev/null || true`)));
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0, 0],
  );
  assert.equal(asked.length, 2, "wrong once, then right");
  assert.match(asked[0] ?? "", /passphrase for key/);
  assert.equal(
    results.some(({ stdout }) => stdout.includes("sesame")),
    false,
  );
  // Another process of this user needs no passphrase while the connection is kept.
  assert.equal((await to(sshd, sshd.hosts.locked).run("exit 3")).code, 3);
  sshd.killSessions();
  const refusing = new SshTransport({
    host: sshd.hosts.locked,
    environment: sshd.environment,
    prompter: async () => null,
  });
  await failsBy("permission-denied", refusing.run("true"));
});

test("a port of the host can be reached from here until it is closed", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  const server = createServer((_, response) => response.end("from there")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const forward = await to(sshd, sshd.hosts.jump).forward((server.address() as AddressInfo).port);
  const read = (): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ port: forward.port, host: "127.0.0.1", agent: false }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      }).on("error", reject);
    });
  assert.equal(await read(), "from there");
  await forward.close();
  await until(
    () =>
      read().then(
        () => false,
        () => true,
      ),
    "the closed port",
  );
});

test("a forward that cannot be had says why", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  await failsBy("permission-denied", to(sshd, sshd.hosts.stranger).forward(1));
});

test("nothing that stands for a host is taken for an option or a command", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  const owned = join(sshd.folder, "owned");
  for (const host of [
    `-oProxyCommand=touch ${owned}`,
    `-oProxyCommand=touch\t${owned}`,
    "",
    " x",
    "a b",
    "a\nb",
    "x\u0000",
  ]) {
    assert.throws(() => to(sshd, host), /is not a host name/, JSON.stringify(host));
  }
  for (const host of [`$(touch${"$"}{IFS}${owned})`, `;touch${"$"}{IFS}${owned}`, "`id`"]) {
    await assert.rejects(to(sshd, host).run("true"));
  }
  assert.equal(existsSync(owned), false);
  assert.throws(() => checkHost("-x"), /correct it in lion.json/);
  const argv = sshArgv({ program: "ssh", config: null }, ["-T"], "user@host", ["sh", "-s"]);
  assert.deepEqual(argv, ["ssh", "-T", "--", "user@host", "sh", "-s"]);
});

test("a configuration file is read whatever it is called, for jump hosts too", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  const named = join(sshd.folder, "my 'ssh' $(config)");
  writeFileSync(named, readFileSync(sshd.configFile));
  const transport = new SshTransport({
    host: sshd.hosts.jump,
    environment: { ...sshd.environment, LION_SSH_CONFIG: named },
  });
  assert.equal((await transport.run("echo read")).stdout.toString(), "read\n");
});

test("without variables the system's ssh reads the user's file and the system's", () => {
  const { program, config } = sshSettings({});
  assert.equal(program, "ssh");
  assert.equal(
    readFileSync(config ?? "", "utf8"),
    'StrictHostKeyChecking yes\nInclude "~/.ssh/config"\nInclude "/etc/ssh/ssh_config"\n',
  );
});

test("a connection made in a terminal serves the commands after it", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t, { known: false });
  // Whoever sits at the terminal may say yes to a key that is not known; here the configuration does.
  writeFileSync(sshd.configFile, `StrictHostKeyChecking accept-new\n${readFileSync(sshd.configFile, "utf8")}`);
  await failsBy("unknown-host-key", to(sshd, sshd.hosts.direct).run("true"));
  const [program = "", ...args] = terminalArgv(sshd.environment, sshd.hosts.direct);
  const terminal = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"], env: sshd.environment });
  terminal.stdin.end("exit\n");
  await new Promise((resolve) => terminal.once("exit", resolve));
  sshd.forgetHost();
  assert.equal((await to(sshd, sshd.hosts.direct).run("exit 3")).code, 3);
});

test("the folder of shared connections is the user's own", { skip: noSshd() }, async (t) => {
  const sshd = await TestSshd.start(t);
  await to(sshd, sshd.hosts.direct).run("true");
  const folder = `/tmp/lion-ssh-${process.getuid?.()}`;
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});
