import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { processesOfJob } from "../../src/core/training/processes.ts";
import { readFrames } from "../../src/core/training/remote/frames.ts";
import { sshProblemOf } from "../../src/core/training/ssh/sshProblem.ts";
import { noShell, noSshd, TestSshd } from "../support/sshd.ts";
import { clock, ended, preparedJob, sshTarget, until } from "../support/sshWorld.ts";

const skip = noSshd();

for (const [way, host, without] of [
  ["directly", "direct", skip],
  ["through a jump host", "jump", skip],
  ["under fish", "fish", noShell("fish")],
  ["under csh", "csh", noShell("csh")],
] as const) {
  test(`a job gets its inputs and arguments, and its exit code and files come back, ${way}`, {
    skip: without,
  }, async (t) => {
    const sshd = await TestSshd.start(t);
    const target = sshTarget(sshd, { host: sshd.hosts[host], setup: "export GREETING=hi" });
    const script = `cat in/data 'in/odd $(name)'; printf '%s|' "$GREETING" "$@"; echo '{"state": "done"}' >state.json; exit 5`;
    const hostile = ["a'b", "$(touch owned)", "\n", "", "-n"];
    const job = preparedJob(t, ["sh", "-c", script, "sh", ...hostile], { environment: { HOSTILE: "`x`" } });
    writeFileSync(job.file("in/data"), "numbers\n");
    writeFileSync(job.file("in/odd $(name)"), "odd\n");
    assert.deepEqual(await target.look(job), { state: "prepared" });
    assert.equal(await target.submit(job), "started");
    assert.equal(await target.submit(job), "already");
    assert.equal(await ended(target, job), 5);
    assert.equal(await target.submit(job), "already");
    assert.equal(job.text("log"), `numbers\nodd\nhi|${hostile.map((text) => `${text}|`).join("")}`);
    assert.equal(job.text("state.json"), '{"state": "done"}');
    const place = JSON.parse(job.text("place.json") ?? "");
    const path = join(sshd.home, "lion's $(place)", "jobs", job.id);
    assert.deepEqual(place, { target: "gpu", host: sshd.hosts[host], path, gpus: [] });
    assert.deepEqual(
      readdirSync(sshd.home, { recursive: true }).filter((name) => name.includes("owned")),
      [],
    );
  });
}

for (const folder of [
  "~/plain",
  "-dash",
  "with space",
  "q'u\"o`te",
  "$(touch owned)",
  "line\nbreak\n",
  "~other",
  "ünï 😀",
]) {
  test(`a job runs in the folder ${JSON.stringify(folder)}, which nothing in it expands`, { skip }, async (t) => {
    const sshd = await TestSshd.start(t);
    const target = sshTarget(sshd, { folder });
    const job = preparedJob(t, ["sh", "-c", "pwd -P; echo x >out/file"]);
    await target.submit(job);
    assert.equal(await ended(target, job), 0);
    const expected = join(sshd.home, folder.replace(/^~\//, ""), "jobs", job.id);
    assert.equal(job.text("log"), `${expected}\n`);
    await target.fetch(job, ["file"]);
    assert.equal(job.text("out/file"), "x\n");
    assert.deepEqual(readdirSync(sshd.home), [folder.replace(/^~\//, "")]);
  });
}

test("of several who submit a job at once, one starts it", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const job = preparedJob(t, ["sh", "-c", "echo once; sleep 0.5"]);
  writeFileSync(job.file("in/data"), "x".repeat(100_000));
  await Promise.all([1, 2, 3].map(() => sshTarget(sshd).submit(new JobDirectory(job.path))));
  assert.equal(await ended(target, job), 0);
  assert.equal(job.text("log"), "once\n");
});

test("setup lines that fail end the job with their code and say so", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd, { setup: "cd /nowhere-at-all &&\nexit 4" });
  const job = preparedJob(t, ["touch", "ran"]);
  await target.submit(job);
  assert.notEqual(await ended(target, job), 0);
  assert.match(job.text("log") ?? "", /error: The setup lines ended with code/);
  assert.equal(existsSync(await target.pathOf(job, "ran")), false);
});

test("no line is lost or doubled while two look at once and every session is killed again and again", {
  skip,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd, { host: sshd.hosts.jump });
  const lines = 400;
  const script = `i=0; while [ $i -lt ${lines} ]; do i=$((i + 1)); echo "line $i with some more words"; echo "{\\"step\\": $i}" >>metrics.jsonl; sleep 0.01; done`;
  const job = preparedJob(t, ["sh", "-c", script]);
  await target.submit(job);
  let broken = 0;
  let killed = 0;
  const killing = (async () => {
    for (let round = 0; round < 8; round++) {
      await clock.sleep(400);
      killed += sshd.killSessions();
    }
  })();
  const looking = async (): Promise<void> => {
    const own = new JobDirectory(job.path);
    await until(async () => {
      const status = await target.look(own).catch((error: unknown) => {
        assert.equal(sshProblemOf(error)?.passes, true, String(error));
        broken++;
        return null;
      });
      return status?.state === "exited" ? status : null;
    }, "the job's end");
  };
  await Promise.all([looking(), looking(), killing]);
  assert.ok(killed > 0);
  t.diagnostic(`${killed} sessions killed, ${broken} looks broken`);
  const expected = Array.from({ length: lines }, (_, index) => index + 1);
  assert.equal(job.text("log"), expected.map((n) => `line ${n} with some more words\n`).join(""));
  assert.equal(job.text("metrics.jsonl"), expected.map((n) => `{"step": ${n}}\n`).join(""));
});

test("much news comes in slices, whole", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const job = preparedJob(t, ["sh", "-c", "seq 1 1500000; printf end"]);
  await target.submit(job);
  assert.equal(await ended(target, job), 0);
  const there = readFileSync(await target.pathOf(job, "log"));
  assert.ok(there.length > 2 * (4 << 20));
  assert.deepEqual(readFileSync(job.file("log")), there);
});

test("an answer that is torn anywhere is not used", () => {
  const answer = Buffer.from("process 5 0\nalivelog 7 3\nline 1\nstate.json 2 0\n{}end 0 0\n");
  assert.equal(readFrames(answer)?.get("log")?.bytes.toString(), "line 1\n");
  assert.equal(readFrames(answer)?.get("log")?.rest, 3);
  for (let length = 0; length < answer.length; length++) {
    assert.equal(readFrames(answer.subarray(0, length)), null, `${length} bytes`);
  }
});

test("cancelling lets a job save and end by itself, and kills one that does not listen", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd, {}, { graceMs: 1000 });
  const polite = preparedJob(t, ["sh", "-c", "trap 'echo told; exit 75' TERM; echo ready; sleep 60 & wait"]);
  const deaf = preparedJob(t, ["sh", "-c", "trap '' TERM; echo ready; setsid sleep 60 & while :; do sleep 0.1; done"]);
  for (const [job, codes] of [
    [polite, [75]],
    // Whether its supervisor can still note its end is a race.
    [deaf, [137, "lost"]],
  ] as const) {
    await target.submit(job);
    await until(async () => (await target.look(job)) && job.text("log")?.includes("ready"), "its first words");
    await target.cancel(job);
    const code = await ended(target, job);
    assert.ok(
      codes.some((one) => one === code),
      String(code),
    );
    assert.equal(job.cancelled, true);
    assert.equal(existsSync(await target.pathOf(job, "cancelled")), true);
    assert.deepEqual(processesOfJob(job.id), []);
  }
  assert.match(polite.text("log") ?? "", /told/);
});

test("a job whose supervisor was killed is lost, and what it left running can be ended", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const job = preparedJob(t, ["sh", "-c", "setsid sleep 61 & echo ready; exec sleep 60"], { id: "job-1" });
  const other = preparedJob(t, ["sleep", "60"], { id: "job-12" });
  await target.submit(job);
  await target.submit(other);
  await until(async () => (await target.look(job)) && job.text("log")?.includes("ready"), "its first words");
  process.kill(Number(readFileSync(await target.pathOf(job, "pid"), "utf8").split(" ")[0]), "SIGKILL");
  assert.equal(await ended(target, job), "lost");
  assert.equal(processesOfJob(job.id).length, 2);
  await target.endRemains(job);
  assert.deepEqual(processesOfJob(job.id), []);
  assert.deepEqual(await target.look(other), { state: "running" }, "a job with a similar name is left alone");
});

test("another process with the number of a dead supervisor is not taken for it; a removed directory is lost", {
  skip,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const job = preparedJob(t, ["true"]);
  await target.submit(job);
  const path = await target.pathOf(job, "rc");
  await until(() => existsSync(path), "the job's end");
  rmSync(path);
  writeFileSync(await target.pathOf(job, "pid"), `${process.pid} 1\n`);
  assert.deepEqual(await target.look(job), { state: "lost" });
  rmSync(dirname(path), { recursive: true });
  assert.deepEqual(await target.look(job), { state: "lost" });
});

test("a folder that cannot be made is said in a sentence", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd, { folder: "/proc/no" });
  const job = preparedJob(t, ["true"]);
  await assert.rejects(
    target.submit(job),
    /^LionError: The folder \/proc\/no cannot be made on lion-test \(.*\): check .*\.$/,
  );
  assert.deepEqual(await target.look(job), { state: "prepared" });
});
