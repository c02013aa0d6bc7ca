import { LionError } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import { hostFactLines } from "../../core/training/host/hostLines.ts";
import type { HostFacts } from "../../core/training/host/probe.ts";
import { checkHosts } from "../../core/training/targetCheck.ts";
import { jobEnvironment, pythonOf } from "../../engine/services.ts";
import { withProgress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import { pickTarget } from "../training/pickTarget.ts";
import { secretsFrom } from "../training/targetsHere.ts";
import { oneLine, pickLine } from "../trees/text.ts";
import { inEditorWords } from "../wording.ts";
import { editorWords } from "../words.ts";

const LONGEST_LINE = 1000;

/**
 * Looks at what the hosts of a target have for a training, and shows it as a document with what to do about each problem.
 * Nothing is changed there.
 *
 * @param named the target; asked for when left out and there are several.
 * @returns undefined when it was stopped.
 */
export async function checkTarget(shell: Shell, named: string | undefined): Promise<readonly HostFacts[] | undefined> {
  const session = shell.projects.require();
  const words = editorWords();
  const name =
    named ??
    (await pickTarget(shell, session.project.config, {
      title: words.t("Check Training Target"),
      placeHolder: words.t("Which target?"),
    }));
  const config = name === undefined ? undefined : session.project.config.targets[name];
  if (name === undefined) {
    return undefined;
  }
  if (!config) {
    throw new LionError("input", words.t("lion.json has no training target “{0}”.", name));
  }
  // On this machine the trainer's own environment is found by itself.
  const here = (): string => pythonOf(session.project, shell.installation.trainer).executable;
  const looked = config.kind === "local" ? { ...config, python: here() } : config;
  const student = checkpointProfileOf(session.project.config)?.profile;
  const facts = await withProgress(
    words.t("Checking {0}", pickLine(name)),
    (report, signal) =>
      checkHosts({
        ...{
          config: looked,
          signal,
          environment: jobEnvironment(session.project),
          prompter: secretsFrom(shell.prompter),
        },
        base: student?.target === name ? student.base : null,
        onHost: (index, count, host) => report(index / count, oneLine(host)),
      }),
    (message) => void shell.prompter.inform(message),
  );
  if (!facts) {
    return undefined;
  }
  await shell.texts.show("target", words.t("Check of {0}", oneLine(name, 60)), checkText(name, facts), "lion-text");
  return facts;
}

/** The document: a paragraph a host, a line a fact. What hosts say of themselves is text and nothing else. */
function checkText(name: string, facts: readonly HostFacts[]): string {
  const hosts = facts.map((one) =>
    hostFactLines(one)
      .map((line) => `- ${oneLine(inEditorWords(line), LONGEST_LINE)}\n`)
      .join(""),
  );
  return `${[`${editorWords().t("The target {0}, as it is now", oneLine(name))}\n`, ...hosts].join("\n")}`;
}
