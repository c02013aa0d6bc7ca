import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Store } from "../../src/core/store/store.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { editConfig, lion, lionJson, query } from "../support/lionCommand.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { localTarget, until } from "../unit/training/support.ts";

let folder = "";
let project = "";

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "lion-cli-targets-"));
  project = join(folder, "tiny");
  await lionJson(["init", project, "--sandbox", "oracle", "--quick"]);
  editConfig(project, (config) => {
    config.targets = { local: { kind: "local" }, gpu: { kind: "ssh", host: "gpu-1", nodes: ["gpu-2"] } };
  });
  mkdirSync(join(project, "mine"));
  writeFileSync(join(project, "mine", "config.json"), '{"model_type": "llama"}');
  writeFileSync(join(project, "mine", "model.safetensors"), "weights");
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Runs what has to fail, and returns its sentence. */
async function refusal(code: number, ...args: string[]): Promise<string> {
  const ended = await lion([...args, "--project", project]);
  assert.equal(ended.code, code, ended.stderr);
  assert.match(ended.stderr, /^lion: [^\n]+\n$/);
  return ended.stderr;
}

test("a checkpoint is registered, listed, replaced and forgotten", async () => {
  const empty = await lion(["checkpoint", "list", "--project", project]);
  assert.match(empty.stdout, /^No checkpoints yet/);
  const register = ["checkpoint", "register", "mine", "--note", "by hand"];
  const registered = await lionJson<Record<string, unknown>>([...register, "--project", project]);
  assert.deepEqual(
    [registered.iteration, registered.target, registered.weights, registered.path, registered.registered],
    [1, "local", "here", join(project, "mine"), true],
  );
  assert.deepEqual(await lionJson(["checkpoint", "list", "--project", project]), [registered]);
  assert.match(await refusal(2, ...register), /has a checkpoint already: say that it is to be replaced/);
  await lionJson([...register, "--replace", "--template", "chat", "--project", project]);
  const fetched = await lionJson(["checkpoint", "fetch", "1", "--project", project]);
  assert.deepEqual(fetched, { iteration: 1, path: join(project, "mine") });
  await lionJson(["checkpoint", "unregister", "1", "--project", project]);
  assert.deepEqual(query(project, "SELECT * FROM checkpoint"), []);
  assert.match(
    await refusal(2, "checkpoint", "fetch", "1"),
    /Iteration 1 has no checkpoint: `lion checkpoint list` shows them\./,
  );
  assert.match(await refusal(2, "checkpoint", "register", "none"), /There is no folder .*none/);
});

test("a job is listed, its log followed to its end, and it is cancelled from another terminal", async (t) => {
  assert.match((await lion(["job", "list", "--project", project])).stdout, /^No jobs yet/);
  const what = { id: "iteration-001-imitation-001-abc", kind: "train", iteration: 1, purpose: "imitation" } as const;
  const job = new JobDirectory(join(project, ".lion", "jobs", what.id));
  job.create();
  const argv = ["sh", "-c", "trap 'echo saved; exit 75' TERM; echo begun; while :; do sleep 0.05; done"];
  job.seal({ ...what, fingerprint: "f", createdAt: 0, details: {}, argv, environment: {} });
  t.after(() => localTarget().endRemains(job));
  const store = new Store(join(project, ".lion", "lion.db"));
  store.training.addJob({ ...what, target: "local", directory: join("jobs", what.id) }, 1);
  store.close();
  await localTarget().submit(job);
  await until(() => job.text("log")?.includes("begun"));
  const [listed] = await lionJson<Array<{ state: string }>>(["job", "list", "--project", project]);
  assert.equal(listed?.state, "submitted");
  const following = lion(["job", "log", "iteration-001", "--follow", "--project", project]);
  assert.deepEqual(await lionJson(["job", "cancel", what.id, "--project", project]), { id: what.id, cancelled: true });
  const followed = await following;
  assert.deepEqual([followed.code, followed.stderr], [0, ""]);
  assert.match(followed.stdout, /^begun\n(Terminated\n)?saved\n$/);
  const [over] = await lionJson<Array<{ state: string; exitCode: number }>>(["job", "list", "--project", project]);
  assert.deepEqual([over?.state, over?.exitCode], ["cancelled", 75]);
  const { log } = await lionJson<{ log: string }>(["job", "log", what.id, "--project", project]);
  assert.equal(log, followed.stdout);
  assert.match(await refusal(2, "job", "log", "none"), /has no job "none"/);
});

test("targets are listed, and what is asked of none is one sentence", async () => {
  const targets = await lionJson(["target", "list", "--project", project]);
  assert.deepEqual(targets, [
    { name: "local", kind: "local", hosts: [], folder: null, student: true },
    { name: "gpu", kind: "ssh", hosts: ["gpu-1", "gpu-2"], folder: "~/.lion", student: false },
  ]);
  assert.match(await refusal(2, "target", "check", "cpu"), /no training target "cpu": targets are "local" and "gpu"/);
  assert.match(await refusal(2, "target", "accept-key", "local"), /is this machine, which has no key/);
  assert.match(await refusal(2, "target", "accept-key", "gpu", "--host", "other"), /is no host of the target "gpu"/);
});

test("a new host's key is accepted only after its fingerprint was compared; then the host is checked", {
  skip: noSshd(),
}, async (t) => {
  const sshd = await TestSshd.start(t);
  editConfig(project, (config) => {
    config.targets = { local: { kind: "local" }, gpu: { kind: "ssh", host: sshd.hosts.direct } };
  });
  const env = sshd.environment;
  const run = (...args: string[]) => lion([...args, "--project", project, "--json"], { env });
  writeFileSync(sshd.knownHosts, "");
  assert.match((await run("target", "check", "gpu")).stderr, /key/);
  const unseen = await run("target", "accept-key", "gpu");
  assert.equal(unseen.code, 3);
  assert.match(unseen.stderr, /nobody is here to compare it: say --fingerprint/);
  const wrong = await run("target", "accept-key", "gpu", "--fingerprint", "SHA256:wrong");
  assert.deepEqual([wrong.code, existsSync(join(sshd.home, ".lion"))], [1, false]);
  assert.match(wrong.stderr, /which is not SHA256:wrong: nothing was accepted/);
  const [fingerprint = ""] = unseen.stderr.match(/SHA256:[\w+/]+/) ?? [];
  const accepted = await run("target", "accept-key", "gpu", "--fingerprint", fingerprint);
  assert.equal(accepted.code, 0, accepted.stderr);
  const checked = await run("target", "check", "gpu");
  assert.equal(checked.code, 0, checked.stderr);
  const [facts] = JSON.parse(checked.stdout) as Array<{ folder: string; programs: string[] }>;
  assert.equal(facts?.folder, join(sshd.home, ".lion"));
  assert.ok(facts.programs.includes("tar"));
});
