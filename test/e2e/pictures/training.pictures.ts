import { appendFileSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import Database from "better-sqlite3";
import type { Frame } from "playwright-core";
import { EditorServer } from "../harness/editorServer.ts";
import type { EditorWindow } from "../harness/editorWindow.ts";
import { demoProject, sandboxProject, workFolder } from "../harness/projects.ts";
import { Album } from "./album.ts";

const TALL = { width: 1400, height: 1500 };

/** Opens a page of ours alone, without a side bar. */
async function openAlone(window: EditorWindow, command: string, title: string): Promise<Frame> {
  await window.command(command);
  const frame = await window.editors.webview(title);
  await frame.getByRole("heading").first().waitFor();
  await window.command("workbench.action.closeSidebar");
  return frame;
}

/** Lets the demo's last training look as if it had failed half-way, on a host with GPUs, after it had gone on once. */
function failLastTraining(folder: string): void {
  const [last = ""] = globSync(".lion/jobs/iteration-003-imitation-*", { cwd: folder }).map((job) => join(folder, job));
  const metrics = join(last, "metrics.jsonl");
  const lines = readFileSync(metrics, "utf8").split("\n");
  const half = lines.slice(0, Math.floor(lines.length / 2));
  writeFileSync(metrics, `${[...half, ...half.slice(-20)].join("\n")}\n`);
  writeFileSync(join(last, "rc"), "1\n");
  writeFileSync(join(last, "place.json"), JSON.stringify({ host: "gpu-3", gpus: ["NVIDIA H100", "NVIDIA H100"] }));
  writeFileSync(join(last, "state.json"), JSON.stringify({ state: "failed", message: "CUDA out of memory" }));
  appendFileSync(join(last, "log"), "error: CUDA out of memory\n");
  const database = new Database(join(folder, ".lion", "lion.db"));
  database.exec("UPDATE job SET state = 'failed', exit_code = 1 WHERE kind = 'train' AND iteration = 3");
  database.close();
}

describe("pictures of the training view", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  it("full", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context), size: TALL });
    const frame = await openAlone(window, "lion.openTraining", "Lion Training");
    await frame.getByRole("slider", { name: "Smoothing" }).fill("3");
    await frame.getByRole("slider", { name: /^Loss:/ }).focus();
    for (const _ of Array(30)) {
      await window.page.keyboard.press("ArrowLeft");
    }
    await new Album(window).keep("training", { narrow: true });
    await frame.getByRole("button", { name: "Show Table: Loss" }).click();
    await new Album(window).keep("training-table", { themes: ["dark", "light"] });
  });

  it("while it trains", async (context) => {
    const folder = await sandboxProject(context, {
      trained: { epochs: 400, on: { kind: "local", gpus: "all", waitForGpus: false } },
    });
    const window = await editor.openWindow(context, { folder });
    const frame = await openAlone(window, "lion.openTraining", "Lion Training");
    await new Album(window).keep("training-empty", { narrow: true });
    // Ends with the training.
    window.command("lion.runImitation", { acceptEstimate: true }).catch(() => {});
    await frame.getByRole("slider", { name: /^Loss:/ }).waitFor();
    await new Album(window).keep("training-running", { themes: ["dark"] });
  });

  it("failed", async (context) => {
    const folder = demoProject(context);
    failLastTraining(folder);
    const window = await editor.openWindow(context, { folder });
    await openAlone(window, "lion.openTraining", "Lion Training");
    await new Album(window).keep("training-failed", { narrow: true });
  });

  it("nothing", async (context) => {
    const window = await editor.openWindow(context, { folder: await sandboxProject(context, {}) });
    await openAlone(window, "lion.openTraining", "Lion Training");
    await new Album(window).keep("training-served", { themes: ["dark", "light"] });
    await window.page.close();
    const empty = await editor.openWindow(context, { folder: workFolder(context) });
    await openAlone(empty, "lion.openTraining", "Lion Training");
    await new Album(empty).keep("training-no-project", { themes: ["dark"] });
  });
});

describe("pictures of the chat", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  it("chat", async (context) => {
    const folder = demoProject(context);
    const window = await editor.openWindow(context, { folder });
    const frame = await openAlone(window, "lion.chat", "Lion Chat");
    await new Album(window).keep("chat-nothing", { narrow: true });
    const instruction = frame.getByRole("textbox", { name: "Instruction", exact: true });
    await instruction.fill("Reverse the letters: A B C D");
    await window.page.keyboard.press("Control+Enter");
    await frame.getByRole("group", { name: "Student 3 has answered" }).waitFor();
    rmSync(join(folder, ".lion", "jobs", findJob(folder, 1), "out", "checkpoint", "model.safetensors"));
    await frame.getByRole("combobox", { name: "Beside it" }).click();
    await frame.getByRole("option", { name: "Student 2" }).click();
    for (const question of ["Which is the largest number: 3, 9, 4?", "Repeat the word: lion"]) {
      await instruction.fill(question);
      await window.page.keyboard.press("Control+Enter");
      await frame.getByRole("group", { name: "Student 2 has answered" }).last().waitFor();
    }
    await frame.getByRole("combobox", { name: "Beside it" }).click();
    await frame.getByRole("option", { name: /^Student 1/ }).click();
    await instruction.fill("Reverse the letters: X Y");
    await window.page.keyboard.press("Control+Enter");
    await frame.getByRole("group", { name: "Student 1 gave no answer" }).waitFor();
    await new Album(window).keep("chat", { narrow: true });
    await frame.getByRole("button", { name: "Input, system text and sampling" }).click();
    await window.page.setViewportSize({ width: 1400, height: 1300 });
    await new Album(window).keep("chat-more", { themes: ["dark", "light"], narrow: true });
  });
});

/** The job that trained an iteration's student. */
function findJob(folder: string, iteration: number): string {
  const [job = ""] = globSync(`iteration-00${iteration}-imitation-*`, { cwd: join(folder, ".lion", "jobs") });
  return job;
}
