import { join } from "node:path";
import { type ExtensionContext, l10n, window } from "vscode";
import { type Remedy, registerCommands, tellFailure } from "./shell/commands/registry.ts";
import { registerConfigSupport } from "./shell/config/registerConfigSupport.ts";
import { type Demand, demandOf } from "./shell/demand.ts";
import { greetDemo } from "./shell/demoGreeting.ts";
import { registerDocuments } from "./shell/documents/registerDocuments.ts";
import { ShownTexts } from "./shell/documents/shownTexts.ts";
import { Keys } from "./shell/keys.ts";
import { registerTools } from "./shell/lm/registerTools.ts";
import { registerPanels } from "./shell/panels/registerPanels.ts";
import { Projects } from "./shell/projects.ts";
import { WindowPrompter } from "./shell/prompter.ts";
import type { Installation, Shell } from "./shell/shell.ts";
import { registerStatus } from "./shell/status/registerStatus.ts";
import { registerTasks } from "./shell/tasks/registerTasks.ts";
import { registerTrees, type Trees } from "./shell/trees/registerTrees.ts";

/** What `activate` hands to tests inside the editor. */
export interface LionExports {
  readonly shell: Shell;
  readonly trees: Trees;
  readonly onDemand: Demand;
}

/**
 * Builds the services and registers everything that uses them. The editor waits for this, so nothing is imported above
 * that is not needed for it: what reads a project or does some work is loaded by an `import()` where it is used.
 */
export function activate(context: ExtensionContext): LionExports {
  const log = window.createOutputChannel("Lion", { log: true });
  const projects = new Projects();
  const texts = new ShownTexts();
  const shell: Shell = {
    context,
    installation: installationAt(context.extensionPath),
    log,
    prompter: new WindowPrompter(),
    keys: new Keys(context.secrets),
    projects,
    texts,
  };
  const trees = registerTrees(shell);
  const onDemand = demandOf(shell, trees);
  context.subscriptions.push(
    log,
    projects,
    texts,
    trees,
    registerPanels(onDemand),
    registerDocuments(shell),
    registerConfigSupport(shell, onDemand),
    registerStatus(shell),
    registerTasks(onDemand),
    registerTools(onDemand),
    registerCommands(shell, onDemand),
  );
  void openProject(shell);
  return { shell, trees, onDemand };
}

/** Opens the project of this window, if there is one; its views fill by themselves. */
async function openProject(shell: Shell): Promise<void> {
  const { projects } = shell;
  try {
    await projects.start(shell);
  } catch (error) {
    await tellFailure(shell, error);
  }
  void greetDemo(shell);
  if (projects.problem) {
    await tellFailure(shell, projects.problem, projects.problem.kind === "input" ? { own: correctConfig() } : {});
  }
}

/** What can be done about a project file that says something wrong. */
function correctConfig(): Remedy {
  return { title: l10n.t("Open lion.json"), command: "lion.openConfig" };
}

function installationAt(root: string): Installation {
  return {
    root,
    trainer: join(root, "trainer"),
    demo: join(root, "dist", "demo"),
    engine: join(root, "dist", "engine.mjs"),
    sandbox: join(root, "dist", "sandbox.mjs"),
  };
}
