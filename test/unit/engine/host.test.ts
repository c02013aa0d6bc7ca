import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { createProject } from "../../../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../../../src/core/project/presets.ts";
import type { Project } from "../../../src/core/project/project.ts";
import { EngineClient } from "../../../src/engine/client.ts";
import { EngineHost } from "../../../src/engine/host.ts";
import { sandboxEntry, trainerRoot } from "../../../src/engine/installation.ts";
import { KeyRing } from "../../../src/engine/keyRing.ts";
import { type MeetingPoint, newMeetingPoint, writeMeetingPoint } from "../../../src/engine/meetingPoint.ts";
import { EngineWork } from "../../../src/engine/work.ts";
import { ENGINE_PROTOCOL, LONGEST_LINE } from "../../../src/protocol/engine.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const posix = process.platform === "win32" ? "there are no modes and no setpriv on Windows" : false;

interface Served {
  readonly project: Project;
  readonly work: EngineWork;
  readonly host: EngineHost;
  readonly keys: KeyRing;
  point(): MeetingPoint;
}

function newProject(context: TestContext): Project {
  const directory = join(temporaryFolder(context), "project");
  return createProject(directory, { mind: "oracle", sizes: SANDBOX_SIZES.quick, name: "test" });
}

async function serve(context: TestContext, followOnly?: string): Promise<Served> {
  const project = newProject(context);
  const keys = new KeyRing();
  const { directory } = project;
  const work = new EngineWork({ directory, keyOf: (_profile, origin) => keys.of(origin), sandboxEntry, trainerRoot });
  const host = await EngineHost.open({ project, work, keys, ...(followOnly !== undefined && { followOnly }) });
  assert.ok(host);
  context.after(() => host.close());
  const point = (): MeetingPoint => JSON.parse(readFileSync(join(project.dataDirectory, "engine.json"), "utf8"));
  return { project, work, host, keys, point };
}

/** What a connection is told after it has said something, until it is hung up on. */
function say(socket: string, ...lines: readonly string[]): Promise<Array<Record<string, unknown>>> {
  return new Promise((resolve) => {
    const heard: Array<Record<string, unknown>> = [];
    const connection = connect(socket, () => connection.write(lines.map((line) => `${line}\n`).join("")));
    connection.on("error", () => {});
    createInterface({ input: connection }).on("line", (line) => heard.push(JSON.parse(line)));
    connection.on("close", () => resolve(heard));
  });
}

const hello = (token: string, protocol = ENGINE_PROTOCOL): string => JSON.stringify({ tag: "hello", protocol, token });

async function attached(context: TestContext, { project }: Pick<Served, "project">): Promise<EngineClient> {
  const client = await EngineClient.attach(project);
  assert.ok(client);
  context.after(() => client.detach());
  return client;
}

describe("the engine's socket and its meeting point", () => {
  it("are its owner's alone", { skip: posix }, async (context) => {
    const { project, point } = await serve(context);
    const modeOf = (file: string): number => statSync(file).mode & 0o777;
    assert.equal(modeOf(join(project.dataDirectory, "engine.json")), 0o600);
    assert.equal(modeOf(point().socket), 0o600);
    assert.equal(modeOf(dirname(point().socket)), 0o700);
    assert.ok(Buffer.byteLength(point().socket) < 100);
  });

  it("keep another account of the machine out", { skip: posix }, async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip("only root can become another account without a password");
      return;
    }
    const { project, point } = await serve(context);
    // Everybody may pass the folders on the way, so that the socket's own guards are what is tried.
    chmodSync(dirname(project.directory), 0o755);
    const script = `require("node:net").connect(${JSON.stringify(point().socket)})
      .on("connect", () => { console.log("connected"); process.exit(); }).on("error", (error) => console.log(error.code))`;
    const asNobody = (code: string): string => {
      const become = ["--reuid=65534", "--regid=65534", "--clear-groups"];
      const { stdout, stderr } = spawnSync("setpriv", [...become, process.execPath, "-e", code], {
        encoding: "utf8",
        cwd: "/",
      });
      return (stdout + stderr).trim();
    };
    assert.equal(asNobody("console.log(process.getuid())"), "65534", "the other account can run Node.js at all");
    assert.equal(asNobody(script), "EACCES");
    const file = JSON.stringify(join(project.dataDirectory, "engine.json"));
    assert.match(asNobody(`require("node:fs").readFileSync(${file})`), /EACCES/);
  });

  it("are gone when the engine has ended, and the next engine replaces what a dead one left", async (context) => {
    const { project, host, point } = await serve(context);
    const { socket } = point();
    await host.close();
    assert.equal(existsSync(join(project.dataDirectory, "engine.json")), false);
    assert.equal(existsSync(socket), false);
    assert.equal(await EngineClient.attach(project), null);

    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeMeetingPoint(project, { ...newMeetingPoint(socket), pid });
    assert.equal(await EngineClient.attach(project), null, "nobody is behind a dead engine's");
    const work = new EngineWork({ directory: project.directory, keyOf: () => undefined, sandboxEntry, trainerRoot });
    const next = await EngineHost.open({ project, work, keys: new KeyRing() });
    assert.ok(next);
    context.after(() => next.close());
    assert.equal(point().pid, process.pid);
  });

  it("belong to one engine, also when several start at once", async (context) => {
    const project = newProject(context);
    const open = (): Promise<EngineHost | null> => {
      const { directory } = project;
      const work = new EngineWork({ directory, keyOf: () => undefined, sandboxEntry, trainerRoot });
      return EngineHost.open({ project, work, keys: new KeyRing() });
    };
    const hosts = (await Promise.all([open(), open(), open()])).filter((host) => host !== null);
    context.after(() => Promise.all(hosts.map((host) => host.close())));
    assert.equal(hosts.length, 1);
    assert.equal(await open(), null);
    await attached(context, { project });
    assert.equal(hosts[0]?.clients, 1);
  });

  it("of a stranger, named by a project that came from somewhere, are not talked to", {
    skip: posix,
  }, async (context) => {
    const project = newProject(context);
    const folder = temporaryFolder(context);
    const socket = join(folder, "trap.sock");
    let callers = 0;
    const trap = createServer((connection) => {
      callers++;
      connection.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(socket, resolve));
    context.after(() => trap.close());
    writeMeetingPoint(project, { ...newMeetingPoint(socket) });
    assert.equal(await EngineClient.attach(project), null);
    assert.equal(callers, 0);
  });

  it("of another user's engine are politely refused", { skip: posix }, async (context) => {
    const { project } = await serve(context);
    if (process.getuid?.() !== 0) {
      context.skip("only root can give a file to another account");
      return;
    }
    spawnSync("chown", ["65534", join(project.dataDirectory, "engine.json")]);
    await assert.rejects(
      EngineClient.attach(project),
      (error) => error instanceof LionError && /another user \(number 65534\)/.test(error.message),
    );
  });

  it("of another version are politely refused, from both ends", async (context) => {
    const { project, point } = await serve(context);
    assert.deepEqual(await say(point().socket, hello(point().token, ENGINE_PROTOCOL + 1)), [
      { tag: "refused", reason: "protocol" },
    ]);
    writeMeetingPoint(project, { ...point(), protocol: ENGINE_PROTOCOL + 1 });
    await assert.rejects(
      EngineClient.attach(project),
      (error) => error instanceof LionError && /another version/.test(error.message),
    );
  });

  it("are no engine's when the file holds something else", async (context) => {
    const project = newProject(context);
    for (const text of ["", "{", "[]", '{"pid":1}', '{"host":1,"pid":"x"}']) {
      writeFileSync(join(project.dataDirectory, "engine.json"), text);
      assert.equal(await EngineClient.attach(project), null, text);
    }
  });
});

describe("the token", () => {
  it("lets one client in, once", async (context) => {
    const { host, point } = await serve(context);
    const { socket, token } = point();
    const first = connect(socket, () => first.write(`${hello(token)}\n`));
    context.after(() => first.destroy());
    const [welcome] = await new Promise<string[]>((resolve) => {
      createInterface({ input: first }).on("line", (line) => line.includes('"welcome"') && resolve([line]));
    });
    assert.equal(JSON.parse(welcome ?? "").tag, "welcome");
    assert.notEqual(point().token, token, "the next one is in the file");
    assert.deepEqual(await say(socket, hello(token)), [{ tag: "refused", reason: "token" }]);
    assert.equal(host.clients, 1);
  });

  it("must be right", async (context) => {
    const { host, point } = await serve(context);
    const { socket, token } = point();
    for (const wrong of ["", "x", `${token}x`, token.slice(1)]) {
      assert.deepEqual(await say(socket, hello(wrong)), [{ tag: "refused", reason: "token" }], wrong);
    }
    assert.equal(host.clients, 0);
    assert.equal(point().token, token, "a wrong one uses nothing up");
  });

  it("is no obstacle to many that come at once", async (context) => {
    const served = await serve(context);
    const clients = await Promise.all(Array.from({ length: 8 }, () => attached(context, served)));
    assert.equal(served.host.clients, 8);
    assert.equal(new Set(clients).size, 8);
  });
});

describe("a connection", () => {
  it("that says something else than the protocol is closed, and the engine goes on", async (context) => {
    const served = await serve(context);
    const { socket } = served.point();
    const follower = await attached(context, served);
    assert.deepEqual(await say(socket, "not json"), []);
    assert.deepEqual(await say(socket, '{"tag":"pause","id":1}'), [], "nobody asks before saying hello");
    assert.deepEqual(await say(socket, "x".repeat(LONGEST_LINE + 1)), []);
    assert.deepEqual(await say(socket, `{"tag":"hello","more":"${"x".repeat(LONGEST_LINE)}"}`), []);
    const heard = await say(socket, hello(served.point().token), '{"tag":"dance","id":1}', '{"tag":"pause","id":2}');
    assert.equal(
      heard.some(({ tag }) => tag === "welcome"),
      true,
    );
    assert.equal(
      heard.some(({ tag }) => tag === "reply"),
      false,
      "what comes after nonsense is not listened to",
    );
    await follower.pause();
    assert.equal(served.host.clients, 1);
  });

  it("is told the state as it is and as it becomes, and rejects what is pending when it ends", async (context) => {
    const served = await serve(context);
    const client = await attached(context, served);
    assert.deepEqual(client.state, {
      ...{ phase: "idle", unattended: false, clients: 1, progress: null, asking: 0, lastEnd: null, spent: null },
    });
    const told = new Promise<number>((resolve) => client.onState(({ clients }) => resolve(clients)));
    await attached(context, served);
    assert.equal(await told, 2);
    let closed = 0;
    const forget = client.onClose(() => closed++);
    client.onClose(() => closed++);
    forget();
    const pending = client.giveKeys({ "https://a.example": "k" });
    client.detach();
    await assert.rejects(pending, LionError);
    await assert.rejects(client.pause(), /The engine is gone/);
    assert.equal(closed, 1);
  });

  it("hands over keys by origin", async (context) => {
    const served = await serve(context);
    const client = await attached(context, served);
    await client.giveKeys({ "https://a.example": "sk-1" });
    assert.equal(served.keys.of("https://a.example"), "sk-1");
    await assert.rejects(
      client.giveKeys({ nowhere: "sk-secret" }),
      (error) => error instanceof LionError && error.kind === "input" && !/sk-/.test(error.message),
    );
  });

  it("hears how a run failed, with the problem", async (context) => {
    const served = await serve(context);
    const client = await attached(context, served);
    writeFileSync(served.project.configFile, "{");
    const end = await client.run({});
    assert.equal(end.outcome, "failed");
    assert.equal(end.kind, "input");
    assert.match(end.message, /lion\.json, line 1/);
    assert.deepEqual(client.state.lastEnd, end);
    assert.equal(client.state.phase, "idle");
  });

  it("to a terminal's run may follow and pause it, and no more", async (context) => {
    const served = await serve(context, "This is a terminal's.");
    const client = await attached(context, served);
    await client.pause();
    await client.giveKeys({});
    for (const wish of [client.run({}), client.train({ output: "x" }), client.setUnattended(true)]) {
      await assert.rejects(wish, /This is a terminal's/);
    }
  });
});

describe("an engine that cannot write its next token", () => {
  it("lets nobody in and goes on", { skip: posix }, async (context) => {
    const served = await serve(context);
    const client = await attached(context, served);
    const { socket, token } = served.point();
    // A folder in the way of the file that is about to be written; it works for root too.
    mkdirSync(join(served.project.dataDirectory, `engine.json.${process.pid}`));
    assert.deepEqual(await say(socket, hello(token)), [{ tag: "refused", reason: "token" }]);
    await client.pause();
    assert.equal(served.host.clients, 1);
    rmdirSync(join(served.project.dataDirectory, `engine.json.${process.pid}`));
    await attached(context, served);
  });
});
