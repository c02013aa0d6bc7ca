import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { acceptHostKey, hostKeyOf } from "../../src/core/training/ssh/hostKeys.ts";
import { sshProblemOf } from "../../src/core/training/ssh/sshProblem.ts";
import { SshTransport } from "../../src/core/training/ssh/sshTransport.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";

const skip = noSshd();

function runs(sshd: TestSshd, host: string): Promise<unknown> {
  const script = 'echo ran >>"$HOME/ran"';
  return new SshTransport({ host, environment: sshd.environment }).run(script);
}

async function refusal(act: Promise<unknown>): Promise<{ kind: string | undefined; message: string }> {
  return act.then(
    () => assert.fail("it was not refused"),
    (error: Error) => ({ kind: sshProblemOf(error)?.kind, message: error.message }),
  );
}

/** What ssh-keygen says of the host's key. */
function fingerprint(sshd: TestSshd): string {
  const line = execFileSync("ssh-keygen", ["-lf", join(sshd.folder, "host_key.pub")], { encoding: "utf8" });
  return `ED25519 ${line.split(" ")[1]}`;
}

test("on an unknown host nothing runs until its key was accepted", { skip }, async (t) => {
  const sshd = await TestSshd.start(t, { known: false });
  const host = { host: sshd.hosts.direct, environment: sshd.environment };
  const { kind, message } = await refusal(runs(sshd, host.host));
  assert.equal(kind, "unknown-host-key");
  assert.match(
    message,
    /^The key of the host lion-test \(\[127\.0\.0\.1\]:\d+\) is not known here, so nothing was sent/,
  );
  const shown = await hostKeyOf(host);
  assert.deepEqual(shown, { host: host.host, fingerprints: [fingerprint(sshd)], isUnverified: true });
  assert.equal((await refusal(runs(sshd, host.host))).kind, "unknown-host-key", "looking accepts nothing");
  assert.equal(existsSync(sshd.knownHosts), false);
  assert.match((await refusal(acceptHostKey(host, ["ED25519 SHA256:other"]))).message, /was not accepted/);
  assert.equal(existsSync(join(sshd.home, "ran")), false);

  await acceptHostKey(host, shown.fingerprints);
  await runs(sshd, host.host);
  assert.equal(readFileSync(join(sshd.home, "ran"), "utf8"), "ran\n");
  const known = readFileSync(sshd.knownHosts, "utf8");
  await acceptHostKey(host, shown.fingerprints);
  assert.equal(readFileSync(sshd.knownHosts, "utf8"), known, "it is written once");
});

test("behind an unknown jump host that one is shown first", { skip }, async (t) => {
  const sshd = await TestSshd.start(t, { known: false });
  const host = { host: sshd.hosts.jump, environment: sshd.environment };
  const { kind, message } = await refusal(runs(sshd, host.host));
  assert.equal(kind, "unknown-host-key");
  assert.match(message, /^The key of the host lion-test-jump \(\[127\.0\.0\.1\]:\d+\) is not known/);
  const shown = await hostKeyOf(host);
  assert.equal(shown.host, sshd.hosts.direct);
  await acceptHostKey(host, shown.fingerprints);
  await runs(sshd, host.host);
  assert.equal((await hostKeyOf(host)).host, sshd.hosts.jump, "through the jump host the host itself can be asked");
});

test("a jump host that is an address is shown as one", { skip }, async (t) => {
  const sshd = await TestSshd.start(t, { known: false });
  const host = { host: sshd.hosts.jumpAddress, environment: sshd.environment };
  const shown = await hostKeyOf(host);
  assert.match(shown.host, new RegExp(`^ssh://\\w+@localhost:${sshd.port}$`));
  assert.deepEqual(shown.fingerprints, [fingerprint(sshd)]);
  await acceptHostKey({ ...host, host: shown.host }, shown.fingerprints);
  assert.notEqual((await refusal(runs(sshd, sshd.hosts.jumpAddress))).kind, "unknown-host-key");
});

test("a changed key is always refused, explained, and cannot be accepted", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  await runs(sshd, sshd.hosts.direct);
  await sshd.changeHostKey();
  const before = readFileSync(sshd.knownHosts, "utf8");
  for (const host of [sshd.hosts.direct, sshd.hosts.jump]) {
    const { kind, message } = await refusal(runs(sshd, host));
    assert.equal(kind, "changed-host-key");
    assert.match(
      message,
      /shows another key than it used to, so nothing was sent.*ask its administrator.*ssh-keygen -R/,
    );
    const options = { host, environment: sshd.environment };
    assert.equal((await refusal(hostKeyOf(options))).kind, "changed-host-key");
    assert.equal((await refusal(acceptHostKey(options, [fingerprint(sshd)]))).kind, "changed-host-key");
  }
  assert.equal(readFileSync(join(sshd.home, "ran"), "utf8"), "ran\n");
  assert.equal(readFileSync(sshd.knownHosts, "utf8"), before);
});

test("a configuration that trusts everybody does not lower the guard", { skip }, async (t) => {
  const sshd = await TestSshd.start(t, { known: false });
  const trusting = join(sshd.folder, "trusting_config");
  const config = readFileSync(sshd.configFile, "utf8").replace(/UserKnownHostsFile .*/, "UserKnownHostsFile /dev/null");
  writeFileSync(trusting, `StrictHostKeyChecking no\n${config}`);
  const environment = { ...sshd.environment, LION_SSH_CONFIG: trusting };
  const transport = new SshTransport({ host: sshd.hosts.direct, environment });
  assert.equal((await refusal(transport.run("true"))).kind, "unknown-host-key");
  // The jump host knows no option of the command line, and its key is as unknown.
  const behind = new SshTransport({ host: sshd.hosts.jump, environment });
  assert.equal((await refusal(behind.run("true"))).kind, "unknown-host-key");
  const accepting = acceptHostKey({ host: sshd.hosts.direct, environment }, [fingerprint(sshd)]);
  assert.match((await refusal(accepting)).message, /configured not to remember the key of lion-test/);
});

test("a host that is not there has no key to show", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const { nobody, nowhere } = sshd.hosts;
  assert.equal((await refusal(hostKeyOf({ host: nobody, environment: sshd.environment }))).kind, "unreachable");
  assert.equal((await refusal(hostKeyOf({ host: nowhere, environment: sshd.environment }))).kind, "no-such-host");
  await assert.rejects(hostKeyOf({ host: "-oProxyCommand=id", environment: sshd.environment }), /is not a host name/);
});
