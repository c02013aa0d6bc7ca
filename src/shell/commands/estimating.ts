import { join } from "node:path";
import { l10n, ProgressLocation, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { Estimate } from "../../core/loop/estimate.ts";
import { SystemProcessRunner } from "../../core/training/processes.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";

const LIMIT_MS = 120_000;

/**
 * What the running or coming iteration of a project is still going to ask. Computed by the command line in a process of
 * its own: with 100,000 instructions it takes longer than the editor's thread may be held up.
 *
 * @throws LionError when the project cannot be read.
 */
export async function estimateOf({ installation, log }: Shell, { folder }: ProjectSession): Promise<Estimate> {
  const title = l10n.t("Lion: estimating");
  return window.withProgress({ location: ProgressLocation.Window, title }, async () => {
    const command = join(installation.root, "dist", "lion.mjs");
    const { code, stdout, stderr } = await new SystemProcessRunner().run(
      [process.execPath, command, "estimate", "--json", "--project", folder],
      { environment: { ...process.env, ELECTRON_RUN_AS_NODE: "1" }, timeoutMs: LIMIT_MS },
    );
    if (code !== 0) {
      log.error(stderr);
      throw new LionError(
        "environment",
        stderr.trim().replace(/^lion: /, "") || l10n.t("The estimate was not ready in time: try again."),
      );
    }
    return JSON.parse(stdout) as Estimate;
  });
}
