import { dashboardOf } from "../panels/registerPanels.ts";
import type { Shell } from "../shell.ts";
import type { CommandTable } from "./registry.ts";

/** `lion.openDashboard` opens the dashboard, or brings it to the front; it takes no arguments. */
export function dashboardCommands(shell: Shell): CommandTable {
  return { "lion.openDashboard": () => dashboardOf(shell).open() };
}
