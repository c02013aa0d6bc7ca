/** What would cover the view or call out. */
export const QUIET = {
  "workbench.startupEditor": "none",
  "chat.disableAIFeatures": true,
  "extensions.ignoreRecommendations": true,
  "telemetry.telemetryLevel": "off",
  "update.showReleaseNotes": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "remote.autoForwardPorts": false,
  "security.workspace.trust.startupPrompt": "never",
  // Nobody is asked who decides.
  "lion.name": "Tester",
};
