// npm run bench:editor [-- FOLDER] [--only PHASE]: what a person feels on a project with 100,000 instructions and 500,000 answers, in a
// real VS Code with the packaged extension, beside what is allowed. The project lies in FOLDER, by default in a temporary
// folder where it is kept; the bench works on a copy.
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { copyBigProject, makeSmallProject } from "./bigCopy.mts";
import { paintedDecisions } from "./deciding.mts";
import { EditorUnderTest, type MeasuredWindow } from "./editorUnderTest.mts";
import type { Figure } from "./figures.ts";
import type { Activation } from "./host/probe.ts";
import { paintedExpansions } from "./painting.mts";
import { Table } from "./table.mts";

const ACTIVATIONS = 5;
const ACTIVATION_MS = 50;
const OPENING_MS = 300;
const STALL_MS = 200;
const ENGINE_LOOKS = 100;
const STAGE_MS = 20_000;
const LARGEST_MESSAGE = 256;
const LARGEST_BUNDLE = 1.5;
const GROWTH = 60;
/** The project's words are made up, and the same each time; this one is in most instructions. */
const FREQUENT = "quar";
const SEARCHED = ["quar vaind", "jound quar", "stroust"];
/** Views whose buckets are clicked on. */
const VIEWS = ["Cache Pool", "Train Pool", "To Review"];
/** Commands that read much; the answers to their questions are given. */
const COMMANDS: ReadonlyArray<readonly [string, (folder: string) => unknown]> = [
  ["lion.export", (folder) => ({ what: "cache", file: join(folder, "cache.json") })],
  ["lion.export", (folder) => ({ what: "problems", file: join(folder, "problems.jsonl") })],
  ["lion.export", (folder) => ({ what: "verdicts", file: join(folder, "verdicts.jsonl.gz") })],
  ["lion.backUp", (folder) => ({ file: join(folder, "copy.db") })],
  ["lion.estimate", () => undefined],
  ["lion.retryFailed", () => undefined],
  ["lion.rerate", () => ({ iteration: 3, profile: "referee", limit: 200, apply: true })],
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    "without-demo": { type: "boolean" },
    /** Measures this phase alone, beside the activation. */
    only: { type: "string" },
  },
});
const [from = join(tmpdir(), "lion-big-project")] = positionals;
const began = Date.now();
const folder = mkdtempSync(join(tmpdir(), "lion-bench-"));
const table = new Table();
const workspace = join(folder, "projects");
const [big, small, empty, out] = ["projects/big", "projects/small", "empty", "out"].map((name) =>
  join(folder, name),
) as [string, string, string, string];
let editor: EditorUnderTest | null = null;
try {
  for (const name of [workspace, empty, out]) {
    mkdirSync(name);
  }
  say("copying the project");
  copyBigProject(from, big);
  makeSmallProject(small);
  say("packaging the extension");
  editor = await EditorUnderTest.start();
  table.amount("bundle", editor.bundleSize / 1e6, "MB", LARGEST_BUNDLE);
  const before = await memoryWithoutProject(editor);
  const window = await measureActivation(editor);
  await measureWindow(window, before);
  process.exitCode = table.isWithinAims ? 0 : 1;
} catch (error) {
  console.error(editor?.lastWords() ?? "");
  throw error;
} finally {
  table.print();
  await editor?.stop();
  // The engine ends by itself when no window is left; until then it writes.
  for (let look = 0; look < ENGINE_LOOKS && existsSync(join(big, ".lion", "engine.json")); look++) {
    await pause(200);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  say("done");
}

async function memoryWithoutProject(vscode: EditorUnderTest) {
  say("without a project");
  const window = await vscode.open(empty);
  await window.ready();
  const memory = await window.probe("memory");
  await window.editor.page.close();
  return memory;
}

/** Opens the window again and again. Returns the last one. */
async function measureActivation(vscode: EditorUnderTest): Promise<MeasuredWindow> {
  say("activating");
  const window = await vscode.open(workspace);
  const rounds: Activation[] = [];
  for (let round = 0; round < ACTIVATIONS; round++) {
    if (round > 0) {
      await window.editor.reload();
    }
    await window.ready();
    rounds.push(await window.probe("activation"));
  }
  table.amount("what activation reads of it", (rounds[0]?.size ?? 0) / 1e6, "MB", null);
  table.figures([
    { what: "reading the bundle", aim: null, values: rounds.map(({ loading }) => loading) },
    { what: "activate", aim: null, values: rounds.map(({ activating }) => activating) },
    {
      what: "activation: both",
      aim: ACTIVATION_MS,
      values: rounds.map(({ loading, activating }) => ({
        wall: loading.wall + activating.wall,
        cpu: loading.cpu + activating.cpu,
      })),
    },
    { what: "after it, until the views are filled", aim: OPENING_MS, values: rounds.map(({ opening }) => opening) },
  ]);
  const count = rounds.reduce((sum, { stalls }) => sum + stalls.count, 0);
  const [longest] = rounds.map(({ stalls }) => stalls.longest).sort((a, b) => b.wall - a.wall);
  table.stalls("after the activation", { count, longest: longest ?? { wall: 0, cpu: 0 } }, STALL_MS);
  return window;
}

async function measureWindow(window: MeasuredWindow, before: { rss: number; heap: number }): Promise<void> {
  const { editor: page } = window;
  await page.activityBar.open("Lion");
  await pause(3000);
  growth("growth with the project open", before, await window.probe("memory"));
  await phase(window, "nothing happens", () => pause(5000).then(() => []));
  await phase(window, "opening", () => window.probe("open", big, small));
  await phase(window, "expanding", () => window.probe("expansions"));
  growth("growth after expanding everything", before, await window.probe("memory"));
  await phase(window, "loading more", () => window.probe("deepPages"));
  await phase(window, "searching", () => window.probe("searches", SEARCHED));
  await phase(window, "filtering", () => window.probe("filters", FREQUENT));
  // The editor draws a view a moment after it was told to: what is filtered no more must not be what is clicked on.
  await pause(1000);
  await phase(window, "clicking", () => paintedExpansions(page, VIEWS));
  await phase(window, "approving", () => window.probe("approvals"));
  await phase(window, "deciding by keys", () => paintedDecisions(page));
  await phase(window, "dashboard", async () => {
    await page.command("lion.openDashboard");
    await (await page.editors.webview("Lion Dashboard")).getByRole("heading").first().waitFor();
    await pause(3000);
    return [];
  });
  for (const [command, argument] of COMMANDS) {
    const given = argument(out) as { readonly what?: string } | undefined;
    const name = [command, given?.what].filter(Boolean).join(" ");
    await phase(window, name, async () => {
      const figures = await window.probe("command", command, ...(given === undefined ? [] : [given]));
      return figures.map((figure) => ({ ...figure, what: name }));
    });
  }
  await phase(window, "a stage that writes", async () => {
    say(await window.probe("runStage", STAGE_MS));
    return [];
  });
  growth("growth after all of this", before, await window.probe("memory"));
  const { toPage, fromPage } = await window.probe("messages");
  table.amount("largest message to a page", toPage / 1024, "kB", LARGEST_MESSAGE);
  table.amount("largest message from a page", fromPage / 1024, "kB", LARGEST_MESSAGE);
}

/** Does something while the extension host's stalls are watched. */
async function phase(window: MeasuredWindow, what: string, work: () => Promise<readonly Figure[]>): Promise<void> {
  if (values.only !== undefined && values.only !== what) {
    return;
  }
  say(what);
  await window.probe("startStalls");
  table.figures(await work());
  table.stalls(what, await window.probe("takeStalls"), STALL_MS);
}

function growth(what: string, before: { rss: number; heap: number }, after: { rss: number; heap: number }): void {
  table.amount(`${what}: resident`, (after.rss - before.rss) / 1e6, "MB", GROWTH);
  table.amount(`${what}: heap`, (after.heap - before.heap) / 1e6, "MB", GROWTH);
}

function say(text: string): void {
  console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);
}
