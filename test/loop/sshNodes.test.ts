import assert from "node:assert/strict";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { processesOfJob } from "../../src/core/training/processes.ts";
import { freePort } from "../../src/core/training/ssh/freePort.ts";
import { nodeArgv } from "../../src/core/training/ssh/nodeGroup.ts";
import type { SshTarget } from "../../src/core/training/ssh/sshTarget.ts";
import { SshTransport } from "../../src/core/training/ssh/sshTransport.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { ended, preparedJob, sshTarget, testPython, until } from "../support/sshWorld.ts";

const skip = noSshd();

async function twoHosts(sshd: TestSshd): Promise<SshTarget> {
  const config = { nodes: [sshd.hosts.second], rendezvous: `127.0.0.1:${await freePort()}` };
  return sshTarget(sshd, config, { graceMs: 30_000 });
}

function counting(t: TestContext, steps: number, pause: number): JobDirectory {
  const { executable, variables } = testPython;
  const torchrun = [executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=1"];
  const environment = { ...variables, GLOO_SOCKET_IFNAME: "lo" };
  const job = preparedJob(t, [...torchrun, "in/count.py", String(steps), String(pause)], { environment });
  copyFileSync(join(import.meta.dirname, "../support/distributedCount.py"), job.file("in/count.py"));
  return job;
}

test("each node's command says how they find each other, and the rest is the same", () => {
  const argv = ["python", "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=8", "-m", "x"];
  assert.deepEqual(nodeArgv(argv, 1, 3, "job", "10.0.0.1:29400"), [
    ...["python", "-m", "torch.distributed.run", "--nnodes=3", "--node_rank=1"],
    ...["--rdzv-backend=c10d", "--rdzv-id=job", "--rdzv-endpoint=10.0.0.1:29400", "--nproc_per_node=8", "-m", "x"],
  ]);
});

test("two hosts train together in a folder that they share", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = await twoHosts(sshd);
  const job = counting(t, 20, 0);
  assert.equal(await target.submit(job), "started");
  assert.equal(await target.submit(job), "already");
  assert.equal(await ended(target, job), 0);
  const logs = `${job.text("nodes/0/log")}${job.text("nodes/1/log")}`;
  assert.match(logs, /^2 processes greet/m);
  assert.match(logs, /^line 20: 3$/m);
  assert.equal((job.text("metrics.jsonl") ?? "").trim().split("\n").length, 20);
  await target.fetch(job, ["checkpoint"]);
  assert.ok(existsSync(job.file("out/checkpoint/model.safetensors")));
});

test("cancelling ends the training on both", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = await twoHosts(sshd);
  const job = counting(t, 100_000, 0.05);
  await target.submit(job);
  await until(async () => (await target.look(job)) && (job.text("metrics.jsonl") ?? "").includes('"step": 5'), "steps");
  await target.cancel(job);
  const code = await ended(target, job);
  assert.notEqual(code, 0);
  assert.notEqual(code, "lost");
  assert.deepEqual(processesOfJob(job.id), []);
});

test("when one host fails the other ends too, with the code and the words of the one that failed", {
  skip,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = await twoHosts(sshd);
  // Stands for torchrun: the second node fails, the first would go on for a minute.
  const script = `case "$*" in *node_rank=1*) echo "error: no GPU here"; sleep 1; exit 3 ;; esac; echo first; exec sleep 60`;
  const job = preparedJob(t, ["sh", "-c", script, "sh", "--standalone"]);
  await target.submit(job);
  assert.equal(await ended(target, job), 3);
  assert.match(
    job.text("log") ?? "",
    /^first\n(Terminated\n)?\nThe last lines of lion-test-second:\nerror: no GPU here\n/,
  );
  await until(() => processesOfJob(job.id).length === 0, "the end of what looks after the others");
});

test("a host that does not share the folder is named, and nothing starts", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const reach = (host: string): SshTransport => {
    const transport = new SshTransport({ host, environment: sshd.environment });
    if (host === sshd.hosts.second) {
      // As on a machine with a disk of its own: what the first one writes is not there.
      const run = transport.run.bind(transport);
      transport.run = (script, options) =>
        run(script, { ...options, args: (options?.args ?? []).map((arg) => arg.replace(sshd.home, "/elsewhere")) });
    }
    return transport;
  };
  const target = sshTarget(sshd, { nodes: [sshd.hosts.second] }, { reach });
  const job = preparedJob(t, ["touch", "ran", "--standalone"]);
  await assert.rejects(
    target.submit(job),
    /^LionError: lion-test-second does not see what lion-test writes to .*name one/,
  );
  assert.deepEqual(await target.look(job), { state: "prepared" });
  assert.equal(existsSync(await target.pathOf(job, "job.json")), false);
});
