import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startEngine } from "../support/engineWorld.ts";
import { LoopProject } from "../support/loopProject.ts";
import { type Received, ScriptedEndpoint } from "../support/scriptedEndpoint.ts";

const KEY = "sk-typed-for-one-origin-7f3a";
const FOREIGN = "sk-of-the-environment-91bc";
const VARIABLE = "LION_TEST_ENGINE_KEY";

async function endpoint(context: TestContext): Promise<ScriptedEndpoint> {
  const made = new ScriptedEndpoint();
  await made.listen();
  context.after(() => made.close());
  return made;
}

/** A project whose teacher is at one address and whose referee is at another; both name a variable for their key. */
async function projectAt(
  context: TestContext,
  addresses: { readonly teacher: string; readonly referee: string },
): Promise<LoopProject> {
  const made = await LoopProject.unanswered(context, { pool: 6, newInstructions: 2, panel: 0, maxRated: 4 });
  move(made, addresses);
  return made;
}

function move(made: LoopProject, addresses: { readonly teacher: string; readonly referee: string }): void {
  made.change((config) => {
    const profiles = { ...config.profiles };
    for (const [name, baseUrl] of Object.entries(addresses)) {
      const profile = config.profiles[name];
      if (profile && profile.kind !== "checkpoint") {
        profiles[name] = { ...profile, kind: "openai", baseUrl, model: "m-1", apiKeyEnv: VARIABLE };
      }
    }
    return { ...config, profiles };
  });
}

const carrying = (received: readonly Received[], key: string): number =>
  received.filter(({ headers }) => JSON.stringify(headers).includes(key)).length;

test("a key is sent to the origin that it was given for, and nowhere else", async (context) => {
  const [a, b] = [await endpoint(context), await endpoint(context)];
  const made = await projectAt(context, { teacher: a.url, referee: b.url });
  const client = await startEngine(context, made.project, { ...process.env, [VARIABLE]: FOREIGN });
  const { origin } = new URL(a.url);

  const none = await client.run({ only: "imitation" });
  assert.equal(none.outcome, "failed");
  assert.deepEqual(none.problem, { code: "missing-key", origin, profile: "teacher" });
  assert.equal(a.received.length, 0, "the environment's key is a terminal's affair");

  await client.giveKeys({ [origin]: KEY });
  assert.equal((await client.run({ only: "imitation" })).outcome, "done");
  assert.ok(a.received.length >= 6);
  assert.equal(carrying(a.received, KEY), a.received.length);

  const other = await client.run({ only: "discrimination" });
  assert.deepEqual(other.problem, { code: "missing-key", origin: new URL(b.url).origin, profile: "referee" });
  assert.equal(b.received.length, 0, "the referee at another origin gets nothing");

  await client.giveKeys({ [new URL(b.url).origin]: "sk-other" });
  const before = a.received.length;
  await client.run({ only: "discrimination" });
  assert.ok(b.received.length > 0);
  assert.equal(carrying(b.received, KEY), 0);
  assert.equal(carrying(b.received, "sk-other"), b.received.length);
  assert.equal(carrying(a.received.slice(before), "sk-other"), 0);
  assert.equal(carrying([...a.received, ...b.received], FOREIGN), 0);
});

test("a project file that names another host for the same profile finds no key there", async (context) => {
  const [a, b] = [await endpoint(context), await endpoint(context)];
  const made = await projectAt(context, { teacher: a.url, referee: a.url });
  const client = await startEngine(context, made.project);
  await client.giveKeys({ [new URL(a.url).origin]: KEY });
  move(made, { teacher: b.url, referee: b.url });
  const end = await client.run({ only: "imitation" });
  assert.deepEqual(end.problem, { code: "missing-key", origin: new URL(b.url).origin, profile: "teacher" });
  assert.equal(a.received.length + b.received.length, 0);
});

test("a key is in no file of the project, in no process list and in no environment", async (context) => {
  const a = await endpoint(context);
  const made = await projectAt(context, { teacher: a.url, referee: a.url });
  const client = await startEngine(context, made.project, { ...process.env, [VARIABLE]: FOREIGN });
  await client.giveKeys({ [new URL(a.url).origin]: KEY });
  let processes = "";
  let environments = "";
  a.script = (_received, response, count) => {
    if (count === 1) {
      processes = spawnSync("ps", ["-ef", "ww"], { encoding: "utf8" }).stdout;
      const file = `/proc/${client.pid}/environ`;
      environments = existsSync(file) ? readFileSync(file, "utf8") : "";
    }
    // What an endpoint says of a key it does not like may quote it.
    response.writeHead(401, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}` } }));
  };
  const end = await client.run({ only: "imitation" });
  assert.equal(end.problem?.code, "missing-key", "a refused key is one to give anew");
  assert.ok(processes.includes(String(client.pid)), "the list shows the engine");
  const told = JSON.stringify([end, client.state]);
  for (const key of [KEY, FOREIGN]) {
    assert.equal(processes.includes(key), false);
    assert.equal(environments.includes(key), false);
    assert.equal(told.includes(key), false);
    const files = globSync("**/*", { cwd: made.project.directory })
      .concat(globSync(".lion/**/*", { cwd: made.project.directory }))
      .map((file) => join(made.project.directory, file))
      .filter((file) => statSync(file).isFile());
    assert.ok(files.some((file) => file.endsWith("engine.log")));
    for (const file of files) {
      assert.equal(readFileSync(file).includes(key), false, file);
    }
  }
});
