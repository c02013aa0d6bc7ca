import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { SystemClock } from "../../src/core/clock.ts";
import { importFile } from "../../src/core/pool/importing.ts";
import { createProject } from "../../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../../src/core/project/presets.ts";
import type { Store } from "../../src/core/store/store.ts";
import { LoopProject } from "../support/loopProject.ts";
import { refuse, reply, ScriptedEndpoint } from "../support/scriptedEndpoint.ts";
import { look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { workFolder } from "./harness/projects.ts";
import { until } from "./harness/until.ts";

const SIZES = { ...SANDBOX_SIZES.quick, newInstructions: 4, panel: 2, maxRated: 20, iterations: 1 };
/** What each family of attack needs to be noticed: a title, a global, a file, the end of the window. */
const LINK = "[Click](command:workbench.action.terminal.new)";
const MARKUP = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const BIDI = "\u202egnp.exe\u2066 \u001b[31mred\u001b[0m";
const ICON = "$(trash)";
const LONG = 100_000;

/** Every attack in one line; the shell's part would leave a file. */
function attack(who: string, trace: string): string {
  return `${who} ${MARKUP} ${LINK} ${ICON} ${BIDI} \`$(touch ${trace})\`; touch ${trace} && "quoted"`;
}

/** Words that differ from text to text, so that nothing is a near duplicate. */
function words(seed: number): string {
  return Array.from({ length: 30 }, (_, at) => `w${seed}x${at}`).join(" ");
}

/** A project that is hostile through and through: its instructions, and the answers of every role. */
async function hostileProject(
  context: TestContext,
  trace: string,
): Promise<{ folder: string; endpoint: ScriptedEndpoint }> {
  const folder = workFolder(context);
  const endpoint = new ScriptedEndpoint(({ body, text }, response, count) => {
    switch (body.model) {
      case "oracle-referee": {
        const first = text.indexOf("TEACHER") < text.indexOf("STUDENT");
        const scores = first ? [9, 2] : [2, 9];
        return reply(
          response,
          `${attack("REFEREE", trace)}\nScore of Assistant 1: ${scores[0]}\nScore of Assistant 2: ${scores[1]}`,
        );
      }
      case "oracle-generator":
        return reply(response, `${attack("GENERATOR", trace)} ${words(1000 + count)}`);
      case "oracle-student":
        return reply(response, `${attack("STUDENT", trace)} ${count}`);
      default:
        return reply(response, `${attack("TEACHER", trace)} ${count} ${"y".repeat(LONG)}`);
    }
  });
  await endpoint.listen();
  context.after(() => endpoint.close());
  const made = new LoopProject(createProject(folder, { mind: "oracle", sizes: SIZES, name: `${LINK} ${MARKUP}` }));
  made.change((config) => {
    const profiles = Object.entries({ ...config.profiles, student: config.profiles.teacher }).map(([name, profile]) => [
      name,
      profile && "model" in profile
        ? {
            kind: "openai" as const,
            baseUrl: endpoint.url,
            model: `oracle-${name}`,
            limits: profile.limits,
            parameters: {},
          }
        : profile,
    ]);
    return { ...config, profiles: Object.fromEntries(profiles) };
  });
  const file = join(workFolder(context), `${LINK.replace("/", "")}.jsonl`);
  const rows = Array.from({ length: 8 }, (_, at) => ({ instruction: `${attack(`TASK${at}`, trace)} ${words(at)}` }));
  writeFileSync(
    file,
    [...rows, { instruction: `LONGEST ${"z".repeat(LONG)}` }].map((row) => JSON.stringify(row)).join("\n"),
  );
  await made.use((store) =>
    importFile({
      store,
      clock: new SystemClock(),
      file,
      into: "pools",
      outputs: "drop",
      duplicates: "keep",
      iteration: 1,
    }),
  );
  await made.runUntilStopped({ approval: "manual" });
  return { folder, endpoint };
}

/** Whether anything of a hostile text has become more than text, anywhere in a window. */
async function harm(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const frame of page.frames()) {
    found.push(
      ...(await frame.evaluate(() => [
        ...(document.title === "taken" ? ["a script ran"] : []),
        ...[...document.querySelectorAll('a[href^="command:"], a[data-href^="command:"]')]
          .filter((link) => link.textContent === "Click")
          .map(({ outerHTML }) => outerHTML),
        ...[...document.querySelectorAll("img[src='x'], .codicon-trash")]
          .filter((element) => element.closest(".monaco-list, .notification-toast, #dashboard, body.vscode-body"))
          .map(({ outerHTML }) => outerHTML),
      ])),
    );
  }
  return found;
}

/** Begins a command that ends when its message is closed. */
function start(window: EditorWindow, id: string, argument: unknown): Promise<void> {
  return window.evaluate((vscode, call) => void vscode.commands.executeCommand(call.id, call.argument), {
    id,
    argument,
  });
}

function waiting({ candidates }: Store): number[] {
  return candidates.ofIteration(1).flatMap(({ filter, instructionId }) => (filter ? [] : [instructionId]));
}

describe("hostile text", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("stays text wherever it is shown", async (context) => {
    const trace = join(workFolder(context), "trace");
    const { folder, endpoint } = await hostileProject(context, trace);
    const window = await editor.openWindow(context, { folder, size: { width: 1400, height: 1200 } });
    const { page } = window;
    const unharmed = async (): Promise<void> => assert.deepEqual(await harm(page), []);
    await window.activityBar.open("Lion");

    // Labels and tooltips.
    for (const name of ["Iterations", "Train Pool", "Checkpoints & Jobs"]) {
      await window.tree(name).hide();
    }
    const cache = window.tree("Cache Pool");
    await cache.expand(cache.row(/^Hard/));
    const task = cache.row(/instruction \d+, TASK7/);
    for (const row of [
      task,
      window
        .tree("To Review")
        .row(/^Waiting, candidate/)
        .first(),
    ]) {
      await row.hover();
      const tooltip = page.locator(".monaco-hover").filter({ hasText: LINK });
      await tooltip.waitFor();
      assert.match((await tooltip.textContent()) ?? "", /<img src=x onerror=.*<script>.*\$\(trash\) gnp\.exe/s);
      await unharmed();
      await page.keyboard.press("Escape");
    }

    // A comparison, a document, and one of 100,000 characters.
    await task.click();
    await window.editors.tab(/teacher ↔ student/).waitFor();
    await page.locator(".monaco-diff-editor .view-line").filter({ hasText: "STUDENT" }).first().waitFor();
    await unharmed();
    await cache.row(/LONGEST/).click();
    await window.editors.tab(/^#9 teacher ↔ student/).waitFor();
    await window.command("lion.openInstruction", { instructionId: 1 });
    await until(async () => (await window.editors.text()).includes(MARKUP), "the instruction is shown as text");
    await unharmed();

    // Quick picks and the dashboard.
    await window.quickInput.runCommand("Lion: Search Instructions…");
    await window.quickInput.input.fill("TASK3");
    const hit = window.quickInput.row("TASK3").first();
    await hit.waitFor();
    assert.ok((await hit.textContent())?.includes("<img src=x"));
    await unharmed();
    await page.keyboard.press("Escape");
    await window.quickInput.root.waitFor({ state: "hidden" });
    await window.command("lion.openDashboard");
    const dashboard = await window.editors.webview("Lion Dashboard");
    await dashboard.getByText(LINK).first().waitFor();
    await unharmed();

    // Notifications: of a file with a hostile name, and of what an endpoint says.
    const file = join(workFolder(context), `${LINK}.jsonl`);
    writeFileSync(file, "{broken");
    await start(window, "lion.import", { file, into: "pools" });
    await window.notifications.toast(/Nothing in .*Click/).waitFor();
    await unharmed();
    await window.command("notifications.clearAll");
    endpoint.script = (_, response) => refuse(response, 401, { message: `${LINK} ${MARKUP}` });
    await window.command("lion.approve", { instructionIds: look(folder, (store) => waiting(store)) });
    await start(window, "lion.finishApproval", { confirmed: true });
    await window.notifications.toast("4 approved instructions are the next Train pool.").waitFor();
    await start(window, "lion.run", { acceptEstimate: true, oneMore: true });
    await window.statusBar.item("Lion: imitation stopped").waitFor();
    // Which messages come up as toasts is the editor's choice; all of them are in its list.
    await window.command("notifications.showList");
    await window.notifications.listed(/Click.*<img/).waitFor();
    await unharmed();
    await window.keepPicture("hostile");

    assertHealthy(editor, [window]);
    assert.ok(!existsSync(trace), "something of a text was run by a shell");
  });
});
