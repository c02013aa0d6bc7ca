import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Checkpoint } from "../../src/core/store/training.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { isAlive } from "../../src/core/training/processes.ts";
import { SshTarget } from "../../src/core/training/ssh/sshTarget.ts";
import { SshTransport } from "../../src/core/training/ssh/sshTransport.ts";
import { askStudent } from "../../src/core/training/studentAnswer.ts";
import { StudentServer } from "../../src/core/training/studentServer.ts";
import { Targets } from "../../src/core/training/targets.ts";
import { servingPython } from "../support/servingPython.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { clock, sshConfig } from "../support/sshWorld.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

test("a student on a host answers through a port of this machine, and ends there when it is stopped", {
  skip: noSshd(),
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const dataDir = temporaryFolder(t);
  const config = sshConfig({ host: sshd.hosts.direct, folder: "~/lion's $(place)" });
  const executable = servingPython(t);
  const targets = new Targets(
    { gpu: config },
    () =>
      new SshTarget({
        ...{ name: "gpu", config, clock, pollMs: 100, graceMs: 5000 },
        reach: (host) => new SshTransport({ host, environment: sshd.environment }),
        python: async () => ({ executable, variables: {} }),
      }),
  );
  const directory = join("jobs", "j1", "out", "checkpoint");
  const there = join(sshd.home, "lion's $(place)", directory);
  mkdirSync(there, { recursive: true });
  writeFileSync(join(there, "config.json"), "{}");
  const checkpoint: Checkpoint = {
    ...{ id: 1, iteration: 1, jobId: "j1", target: "gpu", directory, weightsSha256: "ab".repeat(32) },
    ...{ template: "lion@1", manifest: {}, parentId: null },
  };
  const server = new StudentServer({ clock, targets, dataDir, checkpoint, precision: "fp32" });
  t.after(() => server.stop());

  const served = await server.served(() => {});
  assert.match(served.baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const question = { instruction: "one two", input: "three", system: "", temperature: 0, maxTokens: 9 };
  const pieces: string[] = [];
  const end = await askStudent(served, question, clock, (piece) => pieces.push(piece), new AbortController().signal);
  assert.equal(pieces.join(""), "|one two|three|0");
  assert.equal(end.finishReason, "stop");

  const jobs = join(sshd.home, "lion's $(place)", "jobs");
  const [name = ""] = readdirSync(jobs).filter((job) => job.startsWith("serve-"));
  const process = new JobDirectory(join(jobs, name)).process("cpid");
  assert.ok(process && isAlive(process));
  await server.stop();
  assert.ok(!isAlive(process));
  assert.deepEqual(existsSync(join(dataDir, "serving")) ? readdirSync(join(dataDir, "serving")) : [], []);
  await assert.rejects(fetch(`${served.baseUrl}/models`), "the way to the port is closed");
});
