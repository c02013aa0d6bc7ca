import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { EngineClient } from "../../src/engine/client.ts";
import { kill, progressOf, seen, slowProject, startEngine, state } from "../support/engineWorld.ts";
import { type Ended, lion, lionJson, query, type Running, startLion } from "../support/lionCommand.ts";
import type { LoopProject } from "../support/loopProject.ts";
import { ScriptedEndpoint } from "../support/scriptedEndpoint.ts";

interface Line {
  readonly event: string;
  readonly step?: string;
  readonly done?: number;
}

/** Starts a command and resolves when it prints progress of the teacher's answers. */
async function inTheMiddle(made: LoopProject, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const middle = Promise.withResolvers<void>();
  const running = startLion([...args, "--json", "--project", made.project.directory], {
    env,
    onLine: (line) => {
      const event = JSON.parse(line) as Line;
      if (event.step === "teacher answers" && (event.done ?? 0) > 0) {
        middle.resolve();
      }
    },
  });
  const early = running.ended.then(({ code, stderr }) => {
    throw new Error(`It ended with ${code} before its middle: ${stderr}`);
  });
  await Promise.race([middle.promise, early]);
  early.catch(() => {});
  return running;
}

async function attach(context: TestContext, made: LoopProject): Promise<EngineClient> {
  const client = await EngineClient.attach(made.project);
  assert.ok(client);
  context.after(() => client.detach());
  return client;
}

const endOf = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout.trim().split("\n").at(-1) ?? "");

test("a window attaches to a run in a terminal, follows it and pauses it", async (context) => {
  const made = await slowProject(context, 100);
  const run = await inTheMiddle(made, ["run", "--approval", "auto"]);
  const window = await attach(context, made);
  assert.equal(window.pid, run.child.pid);
  assert.equal(window.state.phase, "running");
  await seen(window, progressOf("teacher answers"));
  await assert.rejects(window.run({}), /run in a terminal \(process \d+\)/);
  await assert.rejects(window.setUnattended(true), /followed and paused only/);
  const paused = state(window, ({ lastEnd }) => lastEnd !== null);
  await window.pause();
  assert.equal((await paused).lastEnd?.outcome, "paused");
  const ended = await run.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.equal(endOf(ended).outcome, "interrupted");
  assert.equal(await EngineClient.attach(made.project), null);
});

test("an unattended run outlives its terminal, is followed from another, and tells of what comes in between", async (context) => {
  const made = await slowProject(context, 250);
  const run = await inTheMiddle(made, ["run", "--unattended", "--approval", "manual"]);
  const { pid } = await attach(context, made);
  context.after(() => kill(pid));
  assert.notEqual(pid, run.child.pid);
  run.child.kill("SIGINT");
  const left = await run.ended;
  assert.equal(left.code, 130);
  assert.match(left.stderr, new RegExp(`^lion: Left: the engine goes on \\(process ${pid}\\).*lion follow`));

  const second = await lion(["run", "--project", made.project.directory]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`Another engine is at work.*process ${pid}.*lion follow.*lion pause`));

  const followed = await lion(["follow", "--json", "--project", made.project.directory]);
  assert.equal(followed.code, 3, followed.stderr);
  assert.match(followed.stderr, /^lion: 10 candidates of iteration 1 wait for approval/);
  assert.equal(endOf(followed).outcome, "waiting");
  assert.ok(followed.stdout.includes('"event":"stage"'));
  const nobody = await lion(["follow", "--project", made.project.directory]);
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /^lion: No engine is at work/);
});

test("lion run has an idle engine of a window do the work, and lion pause reaches it", async (context) => {
  const made = await slowProject(context, 150);
  const window = await startEngine(context, made.project);
  const run = await inTheMiddle(made, ["run", "--approval", "auto"]);
  assert.equal(window.state.phase, "running");
  const asked = await lionJson(["pause", "--project", made.project.directory]);
  assert.deepEqual(asked, { pausing: true, pid: window.pid });
  const ended = await run.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.equal(window.state.lastEnd?.outcome, "paused");
  assert.deepEqual(query(made.project.directory, "SELECT count(*) AS n FROM lease"), [{ n: 0 }]);
});

test("an unattended run gets the terminal's keys by its socket, not by its environment", async (context) => {
  const endpoint = new ScriptedEndpoint();
  await endpoint.listen();
  context.after(() => endpoint.close());
  const made = await slowProject(context);
  made.change((config) => {
    const { teacher } = config.profiles;
    return teacher && teacher.kind !== "checkpoint"
      ? {
          ...config,
          profiles: {
            ...config.profiles,
            teacher: { ...teacher, kind: "openai", baseUrl: endpoint.url, model: "m-1", apiKeyEnv: "LION_TEST_KEY" },
          },
        }
      : config;
  });
  let environment = "";
  endpoint.script = async ({ text }, response) => {
    const client = environment === "" ? await EngineClient.attach(made.project) : null;
    const file = `/proc/${client?.pid}/environ`;
    environment ||= existsSync(file) ? readFileSync(file, "utf8") : "unknown";
    client?.detach();
    response.writeHead(200, { "content-type": "application/json" });
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
    response.end(JSON.stringify({ id: "c", object: "chat.completion", model: "m-1", choices }));
  };
  const { code, stderr } = await lion(["run", "imitation", "--unattended", "--project", made.project.directory], {
    env: { LION_TEST_KEY: "sk-by-socket" },
  });
  assert.equal(code, 0, stderr);
  assert.ok(endpoint.received.length > 0);
  assert.ok(endpoint.received.every(({ headers }) => headers.authorization === "Bearer sk-by-socket"));
  assert.ok(environment !== "" && !environment.includes("sk-by-socket"));
});

test("what cannot be is said in one sentence", async (context) => {
  const made = await slowProject(context);
  const to = ["--project", made.project.directory];
  const notify = await lion(["run", "--notify", "true", ...to]);
  assert.equal(notify.code, 2);
  assert.match(notify.stderr, /^lion: --notify is for runs that nobody watches: add --unattended\.\n$/);
  assert.equal((await lion(["run", "--allow-calls", "-1", ...to])).code, 2);
  assert.equal((await lion(["run", "--allow-cost", "much", ...to])).code, 2);
  const limited = await lion(["run", "imitation", "--allow-calls", "5", ...to]);
  assert.equal(limited.code, 4, limited.stderr);
  assert.match(limited.stderr, /^lion: The allowance of iteration 1 leaves no room \(5 calls were allowed/);
  const more = await lion(["run", "imitation", "--allow-calls", "500", ...to]);
  assert.equal(more.code, 0, more.stderr);
});
