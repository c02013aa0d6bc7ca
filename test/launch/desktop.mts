import { join, resolve } from "node:path";
import { runTests } from "@vscode/test-electron";

/** The oldest VS Code that the manifest names, and the newest. */
const VERSIONS = ["1.101.0", "stable"] as const;

const root = resolve(import.meta.dirname, "..", "..");

/**
 * Runs the suite in the desktop's VS Code: in the installed one that VSCODE_TEST_PATH names, else in the oldest supported
 * and the newest, which are downloaded.
 *
 * @returns the exit code: 0 when every test passed in each of them.
 */
export async function runOnDesktop(workspace: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const installed = process.env.VSCODE_TEST_PATH;
  const editors = installed ? [{ vscodeExecutablePath: installed }] : VERSIONS.map((version) => ({ version }));
  for (const editor of editors) {
    const code = await runTests({
      ...editor,
      extensionDevelopmentPath: root,
      extensionTestsPath: join(root, "out", "test", "suite", "index.js"),
      launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust"],
      extensionTestsEnv: { ...environment },
    }).catch((error: unknown) => {
      console.error(String(error));
      return 1;
    });
    if (code !== 0) {
      return code;
    }
  }
  return 0;
}
