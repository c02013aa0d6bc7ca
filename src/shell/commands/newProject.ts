import { existsSync } from "node:fs";
import { join } from "node:path";
import { commands, l10n, window, workspace } from "vscode";
import { SystemClock } from "../../core/clock.ts";
import { LionError } from "../../core/errors.ts";
import { fillFromOracle } from "../../core/pool/fromOracle.ts";
import { createProject } from "../../core/project/create.ts";
import { CONFIG_FILE } from "../../core/project/names.ts";
import { SANDBOX_SIZES } from "../../core/project/presets.ts";
import type { Project } from "../../core/project/project.ts";
import { Store } from "../../core/store/store.ts";
import { askOpening, openProjectFolder } from "../opening.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { requireTrust } from "./registry.ts";

type Kind = "paid" | "oracle" | "replay";
type Mode = "lazy" | "full";
type Size = keyof typeof SANDBOX_SIZES;

/** What is left out is asked for. */
export interface NewProjectArgument {
  readonly kind?: Kind;
  /** Absolute; need not exist. */
  readonly folder?: string;
  readonly mode?: Mode;
  /** replay: the recorded set, absolute. */
  readonly set?: string;
  /** oracle: how large; a quick one when left out. */
  readonly size?: Size;
}

interface Answers {
  readonly kind: Kind;
  readonly set: string | undefined;
  readonly size: Size;
  readonly folder: string;
  readonly mode: Mode;
}

const SLICE = 50;

/** Makes a project and opens it. Returns its folder; undefined when the person cancelled. */
export async function newProject(shell: Shell, argument: NewProjectArgument): Promise<string | undefined> {
  requireTrust();
  const answers = await ask(shell, argument);
  if (!answers) {
    return undefined;
  }
  const { kind, folder, mode, set, size } = answers;
  const opening = await askOpening(shell, l10n.t("New Project"), folder);
  if (opening === undefined) {
    return undefined;
  }
  const sizes = SANDBOX_SIZES[size];
  const project = createProject(folder, {
    mode,
    ...(kind !== "paid" && { mind: kind }),
    ...(set !== undefined && { set }),
    ...(kind === "oracle" && { sizes }),
  });
  if (kind === "oracle") {
    await fill(project, size);
  }
  await openProjectFolder(shell, folder, opening);
  if (shell.projects.current?.folder === project.directory) {
    void offerNext(shell, kind);
  }
  return project.directory;
}

async function fill(project: Project, size: Size): Promise<void> {
  const store = new Store(project.databaseFile);
  try {
    const sizes = SANDBOX_SIZES[size];
    const options = { location: { viewId: "lion.iterations" }, title: l10n.t("Drawing the sandbox's tasks") };
    await window.withProgress(options, () =>
      fillFromOracle({ project, store, clock: new SystemClock(), sizes, slice: SLICE }),
    );
  } finally {
    store.close();
  }
}

async function ask(shell: Shell, argument: NewProjectArgument): Promise<Answers | undefined> {
  const kind = argument.kind ?? (await askKind(shell));
  if (kind === undefined) {
    return undefined;
  }
  const set = kind === "replay" ? (argument.set ?? (await askSet())) : undefined;
  if (kind === "replay" && set === undefined) {
    return undefined;
  }
  const size = argument.size ?? (kind === "oracle" && !argument.kind ? await askSize(shell) : "quick");
  const folder = size && (argument.folder ?? (await askFolder(shell)));
  const mode = folder && (argument.mode ?? (await askMode(shell)));
  return size && folder && mode ? { kind, set, size, folder, mode } : undefined;
}

async function askKind({ prompter }: Shell): Promise<Kind | undefined> {
  const choices: Array<Choice<Kind>> = [
    {
      label: l10n.t("$(cloud) Paid Teacher"),
      detail: l10n.t("An OpenAI-compatible endpoint teaches a LLaMA that this project trains"),
      value: "paid",
    },
    {
      label: l10n.t("$(beaker) Oracle Sandbox"),
      detail: l10n.t("Procedural tasks with known answers; needs no key"),
      value: "oracle",
    },
    {
      label: l10n.t("$(history) Replay of a Recorded Set"),
      detail: l10n.t("Recorded text plays all the roles; needs no key and trains nothing"),
      value: "replay",
    },
  ];
  return prompter.pick(choices, { title: l10n.t("New Project (1/3)"), placeHolder: l10n.t("Who is the teacher?") });
}

async function askSize({ prompter }: Shell): Promise<Size | undefined> {
  const choice = (size: Size, label: string, minutes: string): Choice<Size> => ({
    label,
    description: l10n.t("{0} instructions; {1}", SANDBOX_SIZES[size].pool, minutes),
    value: size,
  });
  return prompter.pick(
    [
      choice("quick", l10n.t("Quick"), l10n.t("an iteration in seconds, learns little")),
      choice("demo", l10n.t("Demo"), l10n.t("learns visibly in minutes")),
      choice("full", l10n.t("Full"), l10n.t("directed generation shows its effect")),
    ],
    { title: l10n.t("New Project (1/3)"), placeHolder: l10n.t("How large?") },
  );
}

async function askSet(): Promise<string | undefined> {
  const [uri] =
    (await window.showOpenDialog({
      title: l10n.t("The Recorded Set"),
      openLabel: l10n.t("Replay"),
      filters: { [l10n.t("Alpaca JSON or JSON Lines")]: ["json", "jsonl", "gz"] },
    })) ?? [];
  return uri?.fsPath;
}

async function askFolder({ prompter }: Shell): Promise<string | undefined> {
  const free = (workspace.workspaceFolders ?? [])
    .map(({ uri }) => uri)
    .filter(({ scheme, fsPath }) => scheme === "file" && !existsSync(join(fsPath, CONFIG_FILE)));
  const choices: Array<Choice<string | null>> = [
    ...free.map(({ fsPath }) => ({ label: pickLine(fsPath), description: l10n.t("open here"), value: fsPath })),
    { label: l10n.t("$(folder) Choose a Folder…"), value: null },
  ];
  const options = { title: l10n.t("New Project (2/3)"), placeHolder: l10n.t("In which folder?") };
  const chosen = free.length === 0 ? null : await prompter.pick(choices, options);
  if (chosen !== null) {
    return chosen;
  }
  const [uri] =
    (await window.showOpenDialog({
      title: l10n.t("The Project's Folder"),
      openLabel: l10n.t("Make Project Here"),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (uri && existsSync(join(uri.fsPath, CONFIG_FILE))) {
    throw new LionError("input", l10n.t("{0} is a project already: open it, or choose another folder.", uri.fsPath));
  }
  return uri?.fsPath;
}

async function askMode({ prompter }: Shell): Promise<Mode | undefined> {
  const choices: Array<Choice<Mode>> = [
    {
      label: l10n.t("Lazily"),
      description: l10n.t("recommended"),
      detail: l10n.t("Rates a seeded draw until there are enough seeds: the same distribution for far fewer calls"),
      value: "lazy",
    },
    {
      label: l10n.t("Completely"),
      detail: l10n.t("Rates the whole Cache in every iteration, as the paper does"),
      value: "full",
    },
  ];
  return prompter.pick(choices, {
    title: l10n.t("New Project (3/3)"),
    placeHolder: l10n.t("How should the Cache be rated?"),
  });
}

/** What a new project needs next. */
async function offerNext({ prompter }: Shell, kind: Kind): Promise<void> {
  const offers: ReadonlyArray<{ readonly title: string; readonly command: string }> = [
    ...(kind === "paid" ? [{ title: l10n.t("Set API Key…"), command: "lion.setApiKey" }] : []),
    ...(kind === "oracle"
      ? [{ title: l10n.t("Estimate Next Iteration"), command: "lion.estimate" }]
      : [{ title: l10n.t("Import…"), command: "lion.import" }]),
    { title: l10n.t("Open lion.json"), command: "lion.openConfig" },
  ];
  const message = {
    paid: l10n.t(
      "The project is made. Say in lion.json which models play the roles, store the key, import instructions.",
    ),
    oracle: l10n.t("The project is made, and its pools are filled: the first iteration can run."),
    replay: l10n.t("The project is made. Import the instructions that it should start from."),
  }[kind];
  const chosen = await prompter.inform(message, ...offers.map(({ title }) => title));
  const offer = offers.find(({ title }) => title === chosen);
  if (offer) {
    await commands.executeCommand(offer.command);
  }
}
