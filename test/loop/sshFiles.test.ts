import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LocalTransport } from "../../src/core/training/localTransport.ts";
import { pathHash } from "../../src/core/training/pathHash.ts";
import { RemoteFolder } from "../../src/core/training/remote/remoteFolder.ts";
import { sshProblemOf } from "../../src/core/training/ssh/sshProblem.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { ended, preparedJob, sshTarget } from "../support/sshWorld.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const skip = noSshd();

test("what comes in is verified: kept when whole, fetched on when broken, refused when false", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const script = `mkdir -p out/ck/sub; seq 1 3000000 >out/ck/model.safetensors; cp out/ck/model.safetensors out/ck/twin; : >out/ck/empty; echo a >"out/ck/sub/-o \\$(d)"; echo other >out/other`;
  const job = preparedJob(t, ["sh", "-c", script]);
  await target.submit(job);
  assert.equal(await ended(target, job), 0);
  const there = await target.pathOf(job, "out/ck");
  const size = statSync(join(there, "model.safetensors")).size;

  let seen: [number, number] = [0, 0];
  const breaking = target.fetch(job, ["ck", "nothing"], (bytes, total) => {
    seen = [bytes, total];
    if (bytes > size / 3) {
      sshd.killSessions();
    }
  });
  await assert.rejects(breaking, (error) => sshProblemOf(error)?.kind === "broken");
  assert.equal(existsSync(job.file("out/ck/model.safetensors")), false, "nothing is there in part");
  let first = 0;
  await target.fetch(job, ["ck", "nothing"], (bytes, total) => {
    first ||= bytes;
    seen = [bytes, total];
  });
  assert.ok(first > size / 4, `it went on from ${first} of ${size}`);
  assert.deepEqual(seen, [size + 2, size + 2], "equal content comes once");
  assert.deepEqual(readdirSync(job.file("out")), ["ck"], "only what was asked for");
  assert.equal(await pathHash(job.file("out/ck")), await pathHash(there));
  assert.equal(await target.hashOf(there), await pathHash(there));
  assert.equal(await target.hashOf(`${there}/model.safetensors`), await pathHash(`${there}/model.safetensors`));
  assert.equal(await target.hashOf("/nowhere at all"), null);

  const { mtimeMs } = statSync(job.file("out/ck/twin"));
  await target.fetch(job, ["ck"], () => assert.fail("all is here"));
  assert.equal(statSync(job.file("out/ck/twin")).mtimeMs, mtimeMs);
  truncateSync(job.file("out/ck/twin"), 5);
  await target.fetch(job, ["ck"]);
  assert.equal(await pathHash(job.file("out/ck")), await pathHash(there));

  const copied = temporaryFolder(t);
  await target.copy(there, ["sub"], copied);
  assert.deepEqual(readdirSync(copied, { recursive: true }).sort(), ["sub", join("sub", "-o $(d)")]);
  await target.remove(job, ["ck", "nothing"]);
  assert.deepEqual(readdirSync(join(there, "..")), ["other"]);
  await assert.rejects(target.remove(job, ["../in"]), RangeError);
});

test("a file that was damaged on its way here is refused, and comes anew", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const job = preparedJob(t, ["sh", "-c", "seq 1 100 >out/numbers"]);
  await target.submit(job);
  assert.equal(await ended(target, job), 0);
  const there = await target.pathOf(job, "out/numbers");
  const hash = await target.hashOf(there);
  mkdirSync(job.file("out/.arriving"));
  writeFileSync(job.file(`out/.arriving/${hash}`), "wrong");
  await assert.rejects(target.fetch(job, ["numbers"]), /^LionError: numbers of .* did not arrive as it is there/);
  await target.fetch(job, ["numbers"]);
  assert.equal(job.text("out/numbers"), readFileSync(there, "utf8"));
});

test("inputs go there once, by their content, and are verified", { skip }, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const here = temporaryFolder(t);
  const file = join(here, "my 'base' $(x).gguf");
  writeFileSync(file, "weights");
  const told: string[] = [];
  const placed = await target.place(file, (text) => told.push(text));
  assert.match(placed, /\/in\/[0-9a-f]{64}\/my__base____x_\.gguf$/);
  assert.equal(readFileSync(placed, "utf8"), "weights");
  assert.equal(told.length, 1);
  assert.equal(await target.place(file, () => assert.fail("sent twice")), placed);
  appendFileSync(file, " changed");
  assert.notEqual(await target.place(file), placed);
  const folder = await target.place(here);
  assert.equal(await pathHash(folder), await pathHash(here));
  assert.match(folder, new RegExp(`${await pathHash(here)}$`));

  await assert.rejects(target.place("/no/such/place"), /no .*\/no\/such\/place on this machine and no .* on lion-test/);

  mkdirSync(join(sshd.home, "models"));
  writeFileSync(join(sshd.home, "models", "config.json"), "{}");
  assert.equal(await target.place("~/models"), join(sshd.home, "models"));
  assert.equal(await target.hashOf("~/models/config.json"), await pathHash(join(sshd.home, "models", "config.json")));
  await assert.rejects(target.place("~/none"), /^LionError: There is no ~\/none on lion-test/);

  const part = join(sshd.home, "lion's $(place)", "in", ".part");
  assert.deepEqual(readdirSync(part), []);
});

test("a path that is nowhere here is taken as one of the host's own", async () => {
  const host = new LocalTransport(process.env);
  const there = new Set(["/data/llama", "relative"]);
  host.run = async (_, options) => {
    const stdout = Buffer.from(there.has(options?.args?.[0] ?? "") ? "folder\n" : "nothing\n");
    return { code: 0, stdout, stderr: "" };
  };
  const folder = new RemoteFolder(host, "~/.lion");
  assert.equal(await folder.place("/data/llama"), "/data/llama");
  await assert.rejects(folder.place("/data/other"), /correct the path in lion.json/);
  await assert.rejects(folder.place("relative"), /There is no .*relative on this machine/);
});

test("the next attempt goes on from what an earlier one has left, and keeps what it has itself", {
  skip,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd);
  const first = preparedJob(t, [
    "sh",
    "-c",
    "mkdir out/checkpoint-3; echo 3 >out/checkpoint-3/s; echo a >out/answers.jsonl; echo n >out/other",
  ]);
  await target.submit(first);
  assert.equal(await ended(target, first), 0);
  const next = preparedJob(t, ["sh", "-c", "cat out/checkpoint-3/s out/answers.jsonl; ls out"]);
  assert.equal(await target.submit(next, { job: first, names: ["checkpoint-*", "answers.jsonl", "none*"] }), "started");
  assert.equal(await ended(target, next), 0);
  assert.equal(next.text("log"), "3\na\nanswers.jsonl\ncheckpoint-3\n");
  assert.deepEqual(readdirSync(await target.pathOf(first, "out")), ["other"]);
});
