import type { ChatPanel } from "../panels/chatPanel.ts";
import type { Dashboard } from "../panels/dashboardPanel.ts";
import type { Panels } from "../panels/panels.ts";
import type { TrainingPanel } from "../panels/trainingPanel.ts";
import type { Shell } from "../shell.ts";
import type { Trees } from "../trees/registerTrees.ts";
import { approvalCommands } from "./approval.ts";
import { browsingCommands } from "./browsing.ts";
import { chatCommands } from "./chat.ts";
import { checkpointCommands } from "./checkpoints.ts";
import { comparingCommands } from "./comparing.ts";
import { dashboardCommands } from "./dashboard.ts";
import { decidingCommands } from "./deciding.ts";
import { documentCommands } from "./documents.ts";
import { estimateCommands } from "./estimate.ts";
import { exportingCommands } from "./exporting.ts";
import { importingCommands } from "./importing.ts";
import { instructionCommands } from "./instruction.ts";
import { jobCommands } from "./jobs.ts";
import { keyCommands } from "./keys.ts";
import { modelCommands } from "./models.ts";
import { projectCommands } from "./project.ts";
import { queueingCommands } from "./queueing.ts";
import type { CommandTable } from "./registry.ts";
import { retryingCommands } from "./retrying.ts";
import { reviewingCommands } from "./reviewing.ts";
import { runningCommands } from "./running.ts";
import { trainingCommands } from "./training.ts";
import { targetCommands } from "./trainingTargets.ts";
import { trainingViewCommands } from "./trainingView.ts";
import { undoingCommands } from "./undoing.ts";

/** What carries out the commands of the manifest: all of them, and no other. */
export function allCommands(
  shell: Shell,
  trees: Trees,
  pages: {
    readonly chat: ChatPanel;
    readonly dashboard: Dashboard;
    readonly panels: Panels;
    readonly training: TrainingPanel;
  },
): CommandTable {
  const { chat, dashboard, panels, training } = pages;
  return {
    ...approvalCommands(shell),
    ...browsingCommands(shell, trees),
    ...chatCommands(chat),
    ...checkpointCommands(shell, trees),
    ...comparingCommands(shell, panels),
    ...dashboardCommands(dashboard),
    ...decidingCommands(shell, trees),
    ...documentCommands(shell),
    ...estimateCommands(shell),
    ...exportingCommands(shell),
    ...importingCommands(shell),
    ...instructionCommands(shell),
    ...jobCommands(shell, trees),
    ...keyCommands(shell),
    ...modelCommands(shell),
    ...projectCommands(shell),
    ...queueingCommands(shell, panels),
    ...retryingCommands(shell),
    ...reviewingCommands(shell, panels),
    ...runningCommands(shell),
    ...targetCommands(shell),
    ...trainingCommands(shell),
    ...trainingViewCommands(shell, training),
    ...undoingCommands(shell, panels),
  };
}
