import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import { SandboxProcess } from "../../src/core/sandbox/child.ts";
import { sandboxConfig } from "../unit/sandbox/support.ts";

const folder = mkdtempSync(join(tmpdir(), "lion-child-"));
after(() => rmSync(folder, { recursive: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 200 && isAlive(pid); i++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return !isAlive(pid);
}

function refused(
  options: Partial<Parameters<typeof SandboxProcess.start>[0]>,
  kind: string,
  message: RegExp,
): Promise<void> {
  return assert.rejects(SandboxProcess.start({ config: sandboxConfig(), baseDir: folder, ...options }), (error) => {
    assert.ok(error instanceof LionError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  });
}

describe("the sandbox's process", () => {
  it("starts, answers from a set beside the project, and stops", async () => {
    writeFileSync(join(folder, "set.json"), JSON.stringify([{ instruction: "Is it?", output: "Yes" }]));
    const sandbox = await SandboxProcess.start({
      config: sandboxConfig({ mind: "replay", set: "set.json" }),
      baseDir: folder,
      requestLog: join(folder, "log.jsonl"),
    });
    const response = await fetch(`${sandbox.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "replay-teacher", messages: [{ role: "user", content: "Is it?" }] }),
    });
    const reply = (await response.json()) as { choices: { message: { content: string } }[] };
    assert.equal(reply.choices[0]?.message.content, "Yes");
    await sandbox.stop();
    await sandbox.stop();
    assert.ok(!isAlive(sandbox.pid ?? 0));
    await assert.rejects(fetch(`${sandbox.url}/models`));
  });

  it("ends when the one who started it is killed, and not at an interrupt meant for that one", async () => {
    const child = join(import.meta.dirname, "../../src/core/sandbox/child.ts");
    const owner = join(folder, "owner.mjs");
    writeFileSync(
      owner,
      `import { SandboxProcess } from ${JSON.stringify(`file://${child}`)};
       const sandbox = await SandboxProcess.start(${JSON.stringify({ config: sandboxConfig(), baseDir: folder })});
       console.log(sandbox.pid);
       setInterval(() => {}, 1000);`,
    );
    const process_ = spawn(process.execPath, [owner], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(String((await once(process_.stdout, "data"))[0]));
    assert.ok(pid > 0);
    process.kill(pid, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.ok(isAlive(pid), "it survives an interrupt");
    process_.kill("SIGKILL");
    assert.ok(await isGone(pid), "it leaves no orphan");
  });

  it("passes on why the sandbox refuses its configuration", async () => {
    await refused({ config: sandboxConfig({ mind: "replay", set: "nowhere.json" }) }, "input", /nowhere\.json/u);
    await refused({ config: sandboxConfig({ families: ["poems"] }) }, "input", /"poems"/u);
  });

  it("says so when the process cannot start", async () => {
    const broken = join(folder, "broken.mjs");
    writeFileSync(broken, "throw new Error('out of order');");
    const chatty = join(folder, "chatty.mjs");
    writeFileSync(chatty, "console.log('hello'); setInterval(() => {}, 1000);");
    await refused({ entry: broken }, "environment", /did not start.*out of order/su);
    await refused({ entry: [chatty, "--argument"] }, "environment", /first line/u);
    await refused({ entry: new URL("file:///nowhere/at/all.mjs") }, "environment", /did not start/u);
  });
});
