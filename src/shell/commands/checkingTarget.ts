import { LionError } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import type { TargetConfig } from "../../core/project/schema.ts";
import { hostFactLines } from "../../core/training/host/hostLines.ts";
import { type HostFacts, probeHost } from "../../core/training/host/probe.ts";
import { LocalTransport } from "../../core/training/localTransport.ts";
import { SshTransport } from "../../core/training/ssh/sshTransport.ts";
import type { Transport } from "../../core/training/transport.ts";
import { jobEnvironment } from "../../engine/services.ts";
import { withProgress } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { pickTarget } from "../training/pickTarget.ts";
import { secretsFrom } from "../training/targetsHere.ts";
import { oneLine, pickLine } from "../trees/text.ts";
import { inEditorWords } from "../wording.ts";
import { editorWords } from "../words.ts";

/** Where this machine's own jobs and environments are, as on every other one. */
const FOLDER = "~/.lion";
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
  const facts = await withProgress(
    words.t("Checking {0}", pickLine(name)),
    async (report, signal) => {
      const found: HostFacts[] = [];
      const ways = waysTo(shell, session, config);
      for (const [index, way] of ways.entries()) {
        report(index / ways.length, oneLine(way.label));
        found.push(await factsOf(way, session, name, config, signal));
      }
      return found;
    },
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

async function factsOf(
  way: Transport,
  { project }: ProjectSession,
  name: string,
  config: TargetConfig,
  signal: AbortSignal,
): Promise<HostFacts> {
  const student = checkpointProfileOf(project.config)?.profile;
  const base = student?.target === name ? student.base : undefined;
  try {
    return await probeHost(way, {
      folder: config.kind === "local" ? FOLDER : config.folder,
      python: config.python,
      setup: config.setup,
      hub: base && "hub" in base ? base.hub : undefined,
      signal,
    });
  } finally {
    await way.close();
  }
}

/** The way to each host of a target. */
function waysTo({ prompter }: Shell, { project }: ProjectSession, config: TargetConfig): Transport[] {
  const environment = jobEnvironment(project);
  const reach = (host: string): Transport => new SshTransport({ host, environment, prompter: secretsFrom(prompter) });
  switch (config.kind) {
    case "local":
      return [new LocalTransport(environment)];
    case "ssh":
      return [config.host, ...config.nodes].map(reach);
    case "slurm":
      return [config.host === undefined ? new LocalTransport(environment) : reach(config.host)];
  }
}
