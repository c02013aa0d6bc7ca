import { checkpointProfileOf } from "../../core/loop/context.ts";
import type { Target } from "../../core/training/target.ts";
import type { Targets } from "../../core/training/targets.ts";
import { targetsOf } from "../../engine/services.ts";
import { withProgress } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";

/** The project's targets, for what this window does with them itself. */
export function targetsHere({ installation }: Pick<Shell, "installation">, session: ProjectSession): Targets {
  return targetsOf(session.project, installation.trainer, session.clock);
}

/** The target that the student is trained on, or the one that is named instead; null for a student that is served. */
export function studentTarget(
  shell: Pick<Shell, "installation">,
  session: ProjectSession,
  named?: string,
): Target | null {
  const student = checkpointProfileOf(session.project.config);
  return student && targetsHere(shell, session).of(named ?? student.profile.target);
}

/**
 * Makes a target ready before something depends on it: reaches it, brings the trainer, makes or checks its Python.
 *
 * @returns false when the person has stopped it.
 * @throws LionError with what is wrong there.
 */
export async function makeReady({ prompter }: Pick<Shell, "prompter">, target: Target): Promise<boolean> {
  if (target.kind === "local") {
    await target.python();
    return true;
  }
  const ready = await withProgress(
    editorWords().t("Preparing {0}", target.name),
    async (report, signal) => {
      await target.python((text) => report(null, text), signal);
      return true;
    },
    (message) => void prompter.inform(message),
  );
  return ready ?? false;
}
