import type { Dashboard } from "../panels/dashboardPanel.ts";
import type { Shell } from "../shell.ts";
import type { Trees } from "../trees/registerTrees.ts";
import { approvalCommands } from "./approval.ts";
import { browsingCommands } from "./browsing.ts";
import { dashboardCommands } from "./dashboard.ts";
import { decidingCommands } from "./deciding.ts";
import { documentCommands } from "./documents.ts";
import { estimateCommands } from "./estimate.ts";
import { exportingCommands } from "./exporting.ts";
import { importingCommands } from "./importing.ts";
import { instructionCommands } from "./instruction.ts";
import { keyCommands } from "./keys.ts";
import { modelCommands } from "./models.ts";
import { projectCommands } from "./project.ts";
import type { CommandTable } from "./registry.ts";
import { retryingCommands } from "./retrying.ts";
import { runningCommands } from "./running.ts";
import { trainingCommands } from "./training.ts";

/** What carries out the commands of the manifest: all of them, and no other. */
export function allCommands(shell: Shell, trees: Trees, dashboard: Dashboard): CommandTable {
  return {
    ...approvalCommands(shell),
    ...browsingCommands(shell, trees),
    ...dashboardCommands(dashboard),
    ...decidingCommands(shell, trees),
    ...documentCommands(shell),
    ...estimateCommands(shell),
    ...exportingCommands(shell),
    ...importingCommands(shell),
    ...instructionCommands(shell),
    ...keyCommands(shell),
    ...modelCommands(shell),
    ...projectCommands(shell),
    ...retryingCommands(shell),
    ...runningCommands(shell),
    ...trainingCommands(shell),
  };
}
