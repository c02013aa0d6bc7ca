import type { Disposable, TaskProvider } from "vscode";
import { allCommands } from "./commands/allCommands.ts";
import type { CommandTable } from "./commands/registry.ts";
import { configSupport } from "./config/configSupport.ts";
import { Disposables } from "./disposables.ts";
import { ToolCalls } from "./lm/toolCalls.ts";
import { ChatPanel } from "./panels/chatPanel.ts";
import { Dashboard } from "./panels/dashboardPanel.ts";
import { Panels } from "./panels/panels.ts";
import { TrainingPanel } from "./panels/trainingPanel.ts";
import type { Shell } from "./shell.ts";
import { providedTasks } from "./tasks/providedTasks.ts";
import type { Trees } from "./trees/registerTrees.ts";

/**
 * What the extension does when somebody wants it: its commands, panels, tasks, language-model tools and help with project files. They are
 * registered at activation, which must be quick, and loaded from here when the first of them is used.
 */
export class OnDemand implements Disposable {
  readonly dashboard: Dashboard;
  readonly panels: Panels;
  readonly training: TrainingPanel;
  readonly chat: ChatPanel;
  readonly commands: CommandTable;
  readonly tasks: TaskProvider;
  readonly tools: ToolCalls;
  readonly #shell: Shell;
  readonly #disposables = new Disposables();

  constructor(shell: Shell, trees: Trees) {
    this.#shell = shell;
    this.dashboard = this.#disposables.add(new Dashboard(shell));
    this.panels = this.#disposables.add(new Panels(shell));
    this.training = this.#disposables.add(new TrainingPanel(shell));
    this.chat = this.#disposables.add(new ChatPanel(shell));
    this.commands = allCommands(shell, trees, this);
    this.tasks = providedTasks(shell);
    this.tools = new ToolCalls(shell);
  }

  /** Begins to check project files in editors and to offer what helps with them. */
  supportConfig(): void {
    this.#disposables.add(configSupport(this.#shell));
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
