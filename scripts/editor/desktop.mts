import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { LionError } from "../../src/core/errors.ts";
import { cacheFolder } from "../vscodeServer/codeServer.mts";

const windows = process.platform === "win32";

/** Runs the desktop's VS Code with extensions and settings of its own, apart from the user's. */
function code(...args: readonly string[]): boolean {
  const own = ["extensions-dir", "user-data-dir"].flatMap((name) => [`--${name}`, join(cacheFolder, "desktop", name)]);
  // On Windows the command is a batch file, which only a shell starts.
  const all = [...own, ...args].map((argument) => (windows ? `"${argument}"` : argument));
  const { status } = spawnSync("code", all, { stdio: ["ignore", "ignore", "inherit"], shell: windows });
  return status === 0;
}

/** Whether there is a VS Code to open on this machine's screen. */
export function hasDesktop(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, VSCODE_IPC_HOOK_CLI } = process.env;
  const hasScreen = process.platform !== "linux" || Boolean(DISPLAY || WAYLAND_DISPLAY);
  // In a remote window's terminal the command belongs to that window, which has the user's own extensions.
  return (
    hasScreen &&
    !VSCODE_IPC_HOOK_CLI &&
    spawnSync("code", ["--version"], { stdio: "ignore", shell: windows }).status === 0
  );
}

/** Opens a folder with the packaged extension. @throws LionError when VS Code refuses. */
export function openOnDesktop(folder: string, extension: string): void {
  const opened =
    code("--install-extension", extension, "--force") && code("--new-window", "--disable-workspace-trust", folder);
  if (!opened) {
    throw new LionError("environment", "VS Code's command `code` failed; the lines above say why.");
  }
}
