import { l10n } from "vscode";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import { changeConfigFile } from "../config/configFiles.ts";
import { sshHosts } from "../config/sshHosts.ts";
import { hostFault, isRemoteFolder, type TargetInput, targetEdits, targetNameFor } from "../config/targetAdding.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";

/** What a target is to be; what is left out is asked for. */
export interface TargetArgument {
  readonly kind?: "ssh" | "slurm";
  /** Empty for a Slurm cluster whose login node is this machine. */
  readonly host?: string;
  readonly folder?: string;
  /** Empty: an environment is made there. */
  readonly python?: string;
  readonly name?: string;
  /** Whether the student is trained there from the next iteration on. */
  readonly forStudent?: boolean;
}

const FOLDER = "~/.lion";

/** Asks for a target and writes it into `lion.json`. Returns its name; undefined when a question was answered with Escape. */
export async function addTarget(shell: Shell, given: TargetArgument): Promise<string | undefined> {
  const session = shell.projects.require();
  const kind = given.kind ?? (await askKind(shell));
  const host = kind && (given.host ?? (await askHost(shell, kind)));
  if (kind === undefined || host === undefined) {
    return undefined;
  }
  const folder = given.folder ?? (await askFolder(shell, kind));
  const python = folder === undefined ? undefined : (given.python ?? (await askPython(shell)));
  if (folder === undefined || python === undefined) {
    return undefined;
  }
  const name = given.name ?? (await askName(shell, session, host));
  const student = checkpointProfileOf(session.project.config)?.name;
  const forStudent =
    name === undefined || student === undefined ? false : (given.forStudent ?? (await askUse(shell, name)));
  if (name === undefined || forStudent === undefined) {
    return undefined;
  }
  const target = targetOf({ kind, host, folder, python });
  await changeConfigFile(session.project.configFile, (text) =>
    targetEdits(text, name, target, forStudent ? student : undefined),
  );
  return name;
}

function targetOf({ kind, host, folder, python }: Required<Omit<TargetArgument, "name" | "forStudent">>): TargetInput {
  const place = { ...(folder !== FOLDER && { folder }), ...(python !== "" && { python }) };
  return kind === "ssh" ? { kind, host, ...place } : { kind, ...(host !== "" && { host }), ...place };
}

function askKind({ prompter }: Shell): Promise<"ssh" | "slurm" | undefined> {
  const choices: Array<Choice<"ssh" | "slurm">> = [
    {
      label: l10n.t("$(vm) A GPU Host"),
      detail: l10n.t("A machine that the system's ssh reaches, with your own keys and configuration"),
      value: "ssh",
    },
    {
      label: l10n.t("$(server-environment) A Slurm Cluster"),
      detail: l10n.t("Jobs are handed to its queue, on a login node or from this machine"),
      value: "slurm",
    },
  ];
  return prompter.pick(choices, {
    title: l10n.t("Add Training Target (1/5)"),
    placeHolder: l10n.t("Where is the student trained?"),
  });
}

/** A host of the user's ssh configuration, or another; empty for this machine. */
async function askHost({ prompter }: Shell, kind: "ssh" | "slurm"): Promise<string | undefined> {
  const title = l10n.t("Add Training Target (2/5)");
  const known = sshHosts().map(
    ({ name, address }): Choice<string | null> => ({
      label: pickLine(name),
      ...(address !== null && { description: pickLine(address) }),
      value: name,
    }),
  );
  const here: Array<Choice<string>> = kind === "ssh" ? [] : [{ label: l10n.t("$(home) This Machine"), value: "" }];
  const other: Choice<null> = { label: l10n.t("$(edit) Another Host…"), value: null };
  const chosen =
    known.length + here.length === 0
      ? null
      : await prompter.pick([...here, ...known, other], {
          title,
          placeHolder: kind === "ssh" ? l10n.t("Which host?") : l10n.t("Which is the login node?"),
        });
  if (chosen !== null) {
    return chosen;
  }
  const typed = await prompter.text({
    title,
    prompt: l10n.t("The host as ssh is given it: an alias of ~/.ssh/config, a name, or user@name"),
    validate: (text) => hostComplaint(text.trim()),
  });
  return typed?.trim();
}

function hostComplaint(host: string): string | null {
  switch (hostFault(host)) {
    case "empty":
      return l10n.t("Name a host.");
    case "option":
      return l10n.t("A host does not begin with a hyphen.");
    case "blank":
      return l10n.t("A host has no spaces in it: options of ssh belong into ~/.ssh/config.");
    case null:
      return null;
  }
}

async function askFolder({ prompter }: Shell, kind: "ssh" | "slurm"): Promise<string | undefined> {
  const typed = await prompter.text({
    title: l10n.t("Add Training Target (3/5)"),
    prompt:
      kind === "ssh"
        ? l10n.t("The folder there that keeps jobs, environments and checkpoints. A 7B student takes about 100 GB.")
        : l10n.t("A folder on the disk that the cluster's nodes share, for jobs, environments and checkpoints"),
    value: FOLDER,
    validate: (text) =>
      isRemoteFolder(text.trim()) ? null : l10n.t("Name a folder from the root (/data/lion) or from home (~/.lion)."),
  });
  return typed?.trim();
}

/** A Python on the target; empty for one that is made. */
async function askPython({ prompter }: Shell): Promise<string | undefined> {
  const title = l10n.t("Add Training Target (4/5)");
  const choices: Array<Choice<"make" | "name">> = [
    {
      label: l10n.t("$(package) Make an Environment There"),
      detail: l10n.t("Once, when it is first used, by uv or pip; takes some minutes and about 6 GB"),
      value: "make",
    },
    {
      label: l10n.t("$(edit) Name a Python…"),
      detail: l10n.t("One that has torch and transformers already, such as that of a conda environment"),
      value: "name",
    },
  ];
  const chosen = await prompter.pick(choices, { title, placeHolder: l10n.t("Which Python trains there?") });
  if (chosen !== "name") {
    return chosen === undefined ? undefined : "";
  }
  const typed = await prompter.text({
    title,
    prompt: l10n.t("The Python's path there"),
    placeHolder: "/opt/conda/envs/train/bin/python",
    validate: (text) => (/\S/.test(text) && !/[\n\r\0]/.test(text) ? null : l10n.t("Name a Python.")),
  });
  return typed?.trim();
}

async function askName({ prompter }: Shell, { project }: ProjectSession, host: string): Promise<string | undefined> {
  const taken = Object.keys(project.config.targets);
  const typed = await prompter.text({
    title: l10n.t("Add Training Target (5/5)"),
    prompt: l10n.t("The target's name in lion.json"),
    value: targetNameFor(host === "" ? "slurm" : host, taken),
    validate: (text) => nameComplaint(text.trim(), taken),
  });
  return typed?.trim();
}

function nameComplaint(name: string, taken: readonly string[]): string | null {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name)) {
    return l10n.t("A name consists of letters, digits, dots and hyphens.");
  }
  return taken.includes(name) ? l10n.t("There is a target of this name already.") : null;
}

function askUse({ prompter }: Shell, name: string): Promise<boolean | undefined> {
  const choices: Array<Choice<boolean>> = [
    { label: l10n.t("Train the Student on {0} from the Next Iteration On", pickLine(name)), value: true },
    {
      label: l10n.t("Only Add It"),
      detail: l10n.t("The student's profile in lion.json names its target"),
      value: false,
    },
  ];
  return prompter.pick(choices, {
    title: l10n.t("Add Training Target"),
    placeHolder: l10n.t("Is the student trained there now?"),
  });
}
