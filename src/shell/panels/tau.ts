import { tauPreview } from "../../core/browse/tauPreview.ts";
import { LionError } from "../../core/errors.ts";
import { editsToSet } from "../../core/project/edit.ts";
import type { TauPreview } from "../../protocol/compare.ts";
import { requireTrust } from "../commands/registry.ts";
import { changeConfigFile } from "../config/configFiles.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";

/** The largest gap that scores from 1 to 10 can have. */
const MOST = 9;

/** What a τ would make of what an iteration has rated. Reads only. @param tau null for the saved one. */
export function previewTau(session: ProjectSession, iteration: number, tau: number | null): TauPreview {
  const saved = session.project.config.discrimination.tau;
  return { ...tauPreview(session.browser.state, { iteration, tau: tau === null ? saved : checked(tau) }), saved };
}

/**
 * Writes a τ into lion.json, whose comments stay; the file's own undo takes it back. It counts from the next iteration,
 * which is said.
 */
export async function saveTau(shell: Shell, iteration: number, tau: number): Promise<TauPreview> {
  requireTrust();
  const session = shell.projects.require();
  const value = checked(tau);
  await changeConfigFile(session.project.configFile, (text) => editsToSet(text, ["discrimination", "tau"], value));
  const words = editorWords();
  // Not awaited: the notification stays until somebody closes it.
  void shell.prompter.inform(
    words.t(
      "τ = {0} is saved in lion.json. It counts from the next iteration; the present one keeps its own.",
      words.score(value),
    ),
  );
  return { ...previewTau(session, iteration, value), saved: value };
}

/** Two decimals are what a referee's scores can tell apart. */
function checked(tau: number): number {
  if (!(tau >= 0 && tau <= MOST)) {
    throw new LionError("input", editorWords().t("τ must be a number from 0 to {0}.", MOST));
  }
  return Math.round(100 * tau) / 100;
}
