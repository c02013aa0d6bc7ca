import type { Dashboard } from "../panels/dashboardPanel.ts";
import type { CommandTable } from "./registry.ts";

/** `lion.openDashboard` opens the dashboard, or brings it to the front; it takes no arguments. */
export function dashboardCommands(dashboard: Dashboard): CommandTable {
  return { "lion.openDashboard": () => dashboard.open() };
}
