import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { runCommandLine } from "../../../src/shell/commandLine.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

/** An installation whose command line does what a script says. */
function installationWith(context: TestContext, script: string) {
  const root = temporaryFolder(context);
  mkdirSync(join(root, "dist"));
  writeFileSync(join(root, "dist", "lion.mjs"), script);
  return { root };
}

describe("the command line as a process of the editor's", () => {
  it("gets its arguments and asks for JSON; what it says of its progress is passed on, its result returned", async (context) => {
    const installation = installationWith(
      context,
      `console.log(JSON.stringify({ event: "progress", done: 1 }));
       console.log(JSON.stringify({ args: process.argv.slice(2) }));`,
    );
    const events: unknown[] = [];
    const result = await runCommandLine(installation, "export", ["--", "train", "--a file"], {
      onEvent: (event) => events.push(event),
    });
    assert.deepEqual(result, { args: ["export", "--json", "--", "train", "--a file"] });
    assert.deepEqual(events, [{ event: "progress", done: 1 }]);
  });

  it("is told on its standard input what is no argument", async (context) => {
    const installation = installationWith(
      context,
      `let text = ""; process.stdin.on("data", (part) => { text += part; });
       process.stdin.on("end", () => console.log(JSON.stringify({ args: process.argv.slice(2), text })));`,
    );
    const result = await runCommandLine(installation, "review edit", ["12"], { input: "--help\n$(rm)" });
    assert.deepEqual(result, { args: ["review", "edit", "--json", "12"], text: "--help\n$(rm)" });
    const deaf = installationWith(context, 'console.log("{}")');
    assert.deepEqual(await runCommandLine(deaf, "review edit", [], { input: "x".repeat(1_000_000) }), {});
  });

  it("fails with the sentence that the command line ends with, and of the same kind", async (context) => {
    const refuse = `console.error("lion: There is no folder."); process.exitCode = 2;`;
    await assert.rejects(runCommandLine(installationWith(context, refuse), "import", []), {
      kind: "input",
      message: "There is no folder.",
    });
    await assert.rejects(runCommandLine(installationWith(context, "process.exitCode = 1;"), "import", []), {
      kind: "environment",
      message: /without a result/,
    });
  });

  it("is asked to stop, and is ended when it takes too long", async (context) => {
    const patient = `const timer = setTimeout(() => {}, 60_000);
      process.on("SIGTERM", () => { console.error("lion: It was stopped."); clearTimeout(timer); process.exitCode = 130; });
      console.log(JSON.stringify({ event: "ready" }));`;
    const stop = new AbortController();
    await assert.rejects(
      runCommandLine(installationWith(context, patient), "estimate", [], {
        signal: stop.signal,
        onEvent: () => stop.abort(),
      }),
      { kind: "interrupted", message: "It was stopped." },
    );
    await assert.rejects(runCommandLine(installationWith(context, patient), "estimate", [], { timeoutMs: 200 }), {
      kind: "environment",
    });
  });
});
