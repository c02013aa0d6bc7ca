import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { isAlive, processesOfJob, SystemProcessRunner } from "../../src/core/training/processes.ts";
import { runScript, shellQuote } from "../../src/core/training/runScript.ts";
import { localTarget, preparedJob, temporaryFolder, until } from "../unit/training/support.ts";

const target = localTarget();

async function ended(job: JobDirectory): Promise<number | "lost"> {
  return until(async () => {
    const status = await target.look(job);
    return status.state === "exited"
      ? { code: status.code }
      : status.state === "lost"
        ? { code: "lost" as const }
        : null;
  }, "the job's end").then((end) => end?.code as number | "lost");
}

/** A job that says "ready" in its log and then sleeps. */
async function sleeping(t: TestContext, script = "echo ready; exec sleep 60"): Promise<JobDirectory> {
  const job = preparedJob(t, ["sh", "-c", script]);
  await target.submit(job);
  await until(() => job.process("cpid") && job.text("log")?.includes("ready"), "the job's first words");
  return job;
}

for (const code of [0, 5, 143]) {
  test(`exit code ${code} is kept`, async (t) => {
    const job = preparedJob(t, ["sh", "-c", `echo out; echo err >&2; exit ${code}`]);
    assert.deepEqual(await target.look(job), { state: "prepared" });
    assert.equal(await target.submit(job), "started");
    assert.equal(await ended(job), code);
    assert.equal(job.text("log"), "out\nerr\n");
  });
}

test("a command that does not exist ends with 127 and says so in the log", async (t) => {
  const job = preparedJob(t, ["/no/such program", "x"]);
  await target.submit(job);
  assert.equal(await ended(job), 127);
  assert.match(job.text("log") ?? "", /no\/such program/);
});

test("submitting again does nothing, while the job runs and after its end", async (t) => {
  const go = join(temporaryFolder(t), "go");
  const job = preparedJob(t, ["sh", "-c", `echo once; while [ ! -e "$1" ]; do sleep 0.02; done`, "sh", go]);
  assert.equal(await target.submit(job), "started");
  assert.equal(await target.submit(job), "already");
  writeFileSync(go, "");
  assert.equal(await ended(job), 0);
  assert.equal(await target.submit(job), "already");
  assert.equal(job.text("log"), "once\n");
});

test("of several supervisors started at once, one runs the command", async (t) => {
  const job = preparedJob(t, ["sh", "-c", "echo once; sleep 0.2"]);
  const supervisors = Array.from({ length: 5 }, () => spawn("sh", [job.file("run.sh")], { stdio: "ignore" }));
  await Promise.all(supervisors.map((supervisor) => once(supervisor, "exit")));
  assert.equal(await ended(job), 0);
  assert.equal(job.text("log"), "once\n");
});

test("hostile arguments, variables and folders reach the command as they are", async (t) => {
  const hostile = [
    "$(touch owned)",
    "`id`",
    "it's",
    'say "no"',
    "a\nb\n",
    "",
    "-n",
    "*",
    "\\",
    "ünï\u2028 😀",
    "; exit 9",
  ];
  const folder = join(temporaryFolder(t), "a 'b' $(c) \n-d");
  const script = "process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.HOSTILE, process.cwd()]))";
  const job = preparedJob(t, [process.execPath, "-e", script, "--", ...hostile], {
    folder,
    environment: { HOSTILE: hostile.join("|") },
  });
  await target.submit(job);
  assert.equal(await ended(job), 0);
  assert.deepEqual(JSON.parse(job.text("log") ?? ""), [hostile, hostile.join("|"), job.path]);
  assert.equal(existsSync(job.file("owned")), false);
});

test("a shell reads back every quoted text", async () => {
  const runner = new SystemProcessRunner();
  const text = fc.string({ unit: "binary", maxLength: 40 }).map((s) => s.replaceAll("\0", "").toWellFormed());
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
      const { stdout } = await runner.run(["sh", "-c", `printf '%s\\0' ${texts.map(shellQuote).join(" ")}`]);
      assert.deepEqual(stdout.split("\0").slice(0, -1), texts);
    }),
    { numRuns: 30 },
  );
  assert.throws(() => shellQuote("a\0b"), RangeError);
  assert.throws(() => runScript("id", { argv: ["x"], environment: { "A;B": "" } }), RangeError);
});

test("cancelling sends TERM to everything the command has started, and its own exit code is kept", async (t) => {
  // Several, because it is a race: the child may end before the interrupted supervisor looks at it again.
  const jobs = Array.from({ length: 8 }, () =>
    sleeping(t, "trap 'echo told; exit 7' TERM; echo ready; sleep 60 & wait"),
  );
  for (const job of await Promise.all(jobs)) {
    await target.cancel(job);
    assert.equal(await ended(job), 7);
    assert.match(job.text("log") ?? "", /told/);
    assert.equal(job.cancelled, true);
    assert.deepEqual(processesOfJob(job.id), []);
  }
});

test("a job that does not listen is killed when its grace is over", async (t) => {
  const job = preparedJob(t, ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]);
  const impatient = localTarget(200);
  await impatient.submit(job);
  await until(() => job.text("log")?.includes("ready"));
  await impatient.cancel(job);
  // Killed together, the supervisor may have just enough time to say what became of the command.
  assert.ok(["lost", 137].includes(await ended(job)));
  assert.deepEqual(processesOfJob(job.id), []);
});

test("a command killed with signal 9 leaves exit code 137", async (t) => {
  const job = await sleeping(t);
  const child = await until(() => job.process("cpid"));
  process.kill(child?.pid as number, "SIGKILL");
  assert.equal(await ended(job), 137);
});

test("a job whose supervisor is killed is lost, and what it left running can be ended", async (t) => {
  // The grandchild has a session of its own, like torchrun's workers: no process group reaches it.
  const job = await sleeping(t, "setsid sleep 61 & echo ready; exec sleep 60");
  const child = job.process("cpid");
  process.kill(job.process("pid")?.pid as number, "SIGKILL");
  assert.equal(await ended(job), "lost");
  assert.ok(child && isAlive(child));
  assert.equal(await until(() => processesOfJob(job.id).length), 2);
  await target.endRemains(job);
  await until(() => processesOfJob(job.id).length === 0);
});

test("a hang-up and the death of the starting process do not touch the job", async (t) => {
  const go = join(temporaryFolder(t), "go");
  const job = preparedJob(t, ["sh", "-c", `echo ready; while [ ! -e "$1" ]; do sleep 0.02; done; exit 5`, "sh", go]);
  const root = join(import.meta.dirname, "../../src/core");
  const script = `
    import { LocalTarget } from "${root}/training/localTarget.ts";
    import { JobDirectory } from "${root}/training/jobDirectory.ts";
    import { SystemClock } from "${root}/clock.ts";
    await new LocalTarget({ clock: new SystemClock(), environment: process.env }).submit(new JobDirectory(process.argv[1]));
    console.log("submitted");
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module-typescript", "-e", script, job.path], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(starter.stdout, "data");
  process.kill(-(starter.pid as number), "SIGKILL");
  await once(starter, "exit");
  const supervisor = job.process("pid");
  assert.ok(supervisor);
  process.kill(-supervisor.pid, "SIGHUP");
  const child = await until(() => job.process("cpid"));
  process.kill(-(child?.pid as number), "SIGHUP");
  assert.deepEqual(await target.look(job), { state: "running" });
  writeFileSync(go, "");
  assert.equal(await ended(job), 5);
});

test("another process with the number of a dead supervisor is not taken for it", async (t) => {
  const job = preparedJob(t, ["true"]);
  writeFileSync(job.file("pid"), `${process.pid} 1\n`);
  assert.deepEqual(await target.look(job), { state: "lost" });
  await target.cancel(job);
});

test("a job that cannot be started says so in one sentence", async (t) => {
  const job = preparedJob(t, ["true"]);
  writeFileSync(job.file("run.sh"), "echo broken >&2; exit 3\n");
  // Without it the target finds nothing to write another run.sh from.
  rmSync(job.file("job.json"));
  await assert.rejects(
    target.submit(job),
    /could not be started: the shell ended with code 3; its words are in .*log\.$/,
  );
  assert.equal(job.text("log"), "broken\n");
});
