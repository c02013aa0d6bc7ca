import { checkpointProfileOf } from "../../core/loop/context.ts";
import type { Prompter as SecretPrompter } from "../../core/training/ssh/askpass.ts";
import type { TrainingServices } from "../../core/training/studentTrainer.ts";
import type { Target } from "../../core/training/target.ts";
import type { Targets } from "../../core/training/targets.ts";
import { targetsOf } from "../../engine/services.ts";
import { withProgress } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Prompter } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { oneLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";

const LONGEST_QUESTION = 300;

type Asking = Pick<Shell, "installation" | "prompter">;

/** The project's targets, for what a person has asked this window to do there: a passphrase is asked for in an input box. */
export function targetsHere({ installation, prompter }: Asking, session: ProjectSession): Targets {
  return targetsOf(session.project, installation.trainer, session.clock, secretsFrom(prompter));
}

/** The project's targets, for what nobody has asked for: then nobody is asked either. */
export function quietTargets({ installation }: Pick<Shell, "installation">, session: ProjectSession): Targets {
  return targetsOf(session.project, installation.trainer, session.clock);
}

/** Asks for what ssh wants to know. It is not kept. */
export function secretsFrom(prompter: Prompter): SecretPrompter {
  return async (question, host) =>
    (await prompter.text({
      title: editorWords().t("ssh to {0}", oneLine(host)),
      prompt: oneLine(question, LONGEST_QUESTION),
      password: true,
    })) ?? null;
}

/** What filing, fetching and cancelling work with. */
export function trainingHere(shell: Asking, session: ProjectSession): TrainingServices {
  return {
    store: session.store,
    clock: session.clock,
    targets: targetsHere(shell, session),
    projectDir: session.folder,
    dataDir: session.project.dataDirectory,
  };
}

/** The target that the student is trained on, or the one that is named instead; null for a student that is served. */
export function studentTarget(shell: Asking, session: ProjectSession, named?: string): Target | null {
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
