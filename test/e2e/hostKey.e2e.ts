import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { sandboxProject } from "./harness/projects.ts";

describe("a host that ssh does not know yet", { skip: noSshd() }, () => {
  let sshd: TestSshd;
  let editor: EditorServer;
  const endings: Array<() => void | Promise<void>> = [];
  before(async () => {
    sshd = await TestSshd.start({ after: (act) => endings.push(act) }, { known: false });
    editor = await EditorServer.start({ environment: sshd.environment as Record<string, string> });
  });
  after(async () => {
    await editor.stop();
    for (const end of endings) {
      await end();
    }
  });

  /** A window on a project that trains on a host. */
  async function open(context: TestContext, host: string): Promise<EditorWindow> {
    const python = process.env.LION_PYTHON ?? "python3";
    const folder = await sandboxProject(context, {
      trained: {
        epochs: 1,
        on: { kind: "ssh", host, nodes: [], folder: "~/.lion", python, gpus: "all", waitForGpus: false },
      },
    });
    const window = await editor.openWindow(context, { folder });
    await window.activityBar.open("Lion");
    await window.tree("Iterations").welcome.waitFor();
    return window;
  }

  /** What `ssh-keygen -l` says of the host's key. */
  function fingerprint(): string {
    const [, key = ""] = readFileSync(join(sshd.folder, "host_key.pub"), "utf8").split(" ");
    return `SHA256:${createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "")}`;
  }

  it("is sent nothing until its fingerprint was shown and accepted, and is checked then", async (context) => {
    const window = await open(context, sshd.hosts.direct);
    await window.quickInput.runCommand("Lion: Check Training Target…");
    await window.notifications.choose(/is not known here/, "Show Fingerprint and Accept…");
    await window.dialog.root.waitFor();
    const text = await window.dialog.text();
    assert.ok(text.includes(fingerprint()), text);
    assert.match(text, /unverified/);
    await window.dialog.choose("Cancel");
    assert.ok(!existsSync(sshd.knownHosts), "nothing is remembered");

    await window.quickInput.runCommand("Lion: Accept Host Key…");
    await window.dialog.root.waitFor();
    await window.dialog.choose("Accept This Key");
    await window.notifications.toast(/is known from now on/).waitFor();
    assert.match(readFileSync(sshd.knownHosts, "utf8"), new RegExp(`\\]:${sshd.port} `));
    await window.quickInput.runCommand("Lion: Check Training Target…");
    await window.editors.tab(/Check of gpu/).waitFor();
  });

  it("gets a passphrase from a box that hides it, when its key has one", async (context) => {
    const window = await open(context, sshd.hosts.locked);
    await window.quickInput.runCommand("Lion: Check Training Target…");
    const box = window.page.locator(".quick-input-widget input[type=password]");
    await box.waitFor();
    await box.fill(sshd.passphrase);
    await window.page.keyboard.press("Enter");
    await window.editors.tab(/Check of gpu/).waitFor();
  });

  it("is offered a terminal when it lets nobody in, and nothing at all when it shows another key", async (context) => {
    const window = await open(context, sshd.hosts.stranger);
    await window.quickInput.runCommand("Lion: Check Training Target…");
    await window.notifications.choose(/refused every key/, "Open Terminal to Connect");
    await window.page.locator(".terminal-wrapper.active").waitFor();

    await sshd.changeHostKey();
    await window.quickInput.runCommand("Lion: Check Training Target…");
    const changed = window.notifications.toast(/shows another key than it used to/);
    await changed.waitFor();
    assert.deepEqual(await changed.locator(".monaco-text-button").allTextContents(), ["Show Log"]);
  });
});
