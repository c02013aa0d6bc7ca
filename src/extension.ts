import { join } from "node:path";
import { type ExtensionContext, l10n, window } from "vscode";
import { approvalCommands } from "./shell/commands/approval.ts";
import { browsingCommands } from "./shell/commands/browsing.ts";
import { dashboardCommands } from "./shell/commands/dashboard.ts";
import { decidingCommands } from "./shell/commands/deciding.ts";
import { greetDemo } from "./shell/commands/demo.ts";
import { documentCommands } from "./shell/commands/documents.ts";
import { estimateCommands } from "./shell/commands/estimate.ts";
import { exportingCommands } from "./shell/commands/exporting.ts";
import { importingCommands } from "./shell/commands/importing.ts";
import { instructionCommands } from "./shell/commands/instruction.ts";
import { keyCommands } from "./shell/commands/keys.ts";
import { modelCommands } from "./shell/commands/models.ts";
import { projectCommands } from "./shell/commands/project.ts";
import { type Remedy, registerCommands, tellFailure } from "./shell/commands/registry.ts";
import { retryingCommands } from "./shell/commands/retrying.ts";
import { runningCommands } from "./shell/commands/running.ts";
import { trainingCommands } from "./shell/commands/training.ts";
import { registerConfigSupport } from "./shell/config/registerConfigSupport.ts";
import { registerDocuments } from "./shell/documents/registerDocuments.ts";
import { Keys } from "./shell/keys.ts";
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
}

/** Builds the services and registers everything that uses them. */
export async function activate(context: ExtensionContext): Promise<LionExports> {
  const log = window.createOutputChannel("Lion", { log: true });
  const projects = new Projects();
  const shell: Shell = {
    context,
    installation: installationAt(context.extensionPath),
    log,
    prompter: new WindowPrompter(),
    keys: new Keys(context.secrets),
    projects,
  };
  const trees = registerTrees(shell);
  context.subscriptions.push(
    log,
    projects,
    trees,
    registerPanels(shell),
    registerDocuments(shell),
    registerConfigSupport(shell),
    registerStatus(shell),
    registerTasks(shell),
    registerCommands(
      shell,
      approvalCommands(shell),
      browsingCommands(shell, trees),
      dashboardCommands(shell),
      decidingCommands(shell, trees),
      documentCommands(shell),
      estimateCommands(shell),
      exportingCommands(shell),
      importingCommands(shell),
      instructionCommands(shell),
      keyCommands(shell),
      modelCommands(shell),
      projectCommands(shell),
      retryingCommands(shell),
      runningCommands(shell),
      trainingCommands(shell),
    ),
  );
  await projects.start(shell);
  void greetDemo(shell);
  if (projects.problem) {
    // Not awaited: the notification stays until somebody closes it.
    void tellFailure(shell, projects.problem, projects.problem.kind === "input" ? correctConfig() : null);
  }
  return { shell, trees };
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
