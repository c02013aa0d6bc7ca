import { l10n, ProgressLocation, window } from "vscode";
import type { Estimate } from "../../core/loop/estimate.ts";
import { runCommandLine } from "../commandLine.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";

const LIMIT_MS = 120_000;

/**
 * What the running or coming iteration of a project is still going to ask.
 *
 * @throws LionError when the project cannot be read.
 */
export async function estimateOf({ installation }: Shell, { folder }: ProjectSession): Promise<Estimate> {
  return window.withProgress({ location: ProgressLocation.Window, title: l10n.t("Lion: estimating") }, () =>
    runCommandLine<Estimate>(installation, "estimate", ["--project", folder], { timeoutMs: LIMIT_MS }),
  );
}
