import { l10n } from "vscode";
import { SystemClock } from "../../core/clock.ts";
import { LionError, messageOf } from "../../core/errors.ts";
import type { Role } from "../../core/models/types.ts";
import { changeConfigFile } from "../config/configFiles.ts";
import { isLoopback, originOf } from "../config/origins.ts";
import {
  addressFault,
  bindingEdits,
  endpointProfile,
  knownAddresses,
  type ProfileChoice,
  profileNameFor,
  profilesFor,
  ROLES,
} from "../config/roleBinding.ts";
import { withProgress } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** What a role is bound to; what is left out is asked for. */
interface ModelArgument {
  readonly role?: Role;
  /** A profile of the project. */
  readonly profile?: string;
  /** Instead: a new profile for a model of an endpoint. */
  readonly baseUrl?: string;
  readonly model?: string;
}

/** A profile of the project, or one to be added. */
type Binding = { readonly name: string; readonly added?: ReturnType<typeof endpointProfile> };

const LIST_MS = 10_000;
const MOST_MODELS = 1000;
const LONGEST_NAME = 200;

export function modelCommands(shell: Shell): CommandTable {
  return { "lion.chooseModel": (argument?: ModelArgument) => chooseModel(shell, argument ?? {}) };
}

/** Binds a role to a profile in `lion.json`. True when the file was changed. */
async function chooseModel(shell: Shell, argument: ModelArgument): Promise<boolean> {
  requireTrust();
  const session = shell.projects.require();
  const role = argument.role ?? (await askRole(shell, session));
  if (role === undefined) {
    return false;
  }
  const binding = await bindingOf(shell, session, role, argument);
  if (!binding) {
    return false;
  }
  await changeConfigFile(session.project.configFile, (text) => bindingEdits(text, role, binding.name, binding.added));
  const iteration = session.store.iterations.latest()?.number;
  const name = pickLine(binding.name);
  void shell.prompter.inform(
    iteration === undefined
      ? l10n.t("The {0} is {1} now.", roleName(role), name)
      : l10n.t(
          "The {0} is {1} from the next iteration on. Iteration {2} keeps the configuration that it started with.",
          roleName(role),
          name,
          iteration,
        ),
  );
  return true;
}

async function askRole({ prompter }: Shell, { project }: ProjectSession): Promise<Role | undefined> {
  const { roles } = project.config;
  const choices = ROLES.map((role): Choice<Role> => {
    const bound = roles[role];
    return {
      label: roleName(role),
      description: bound === undefined ? l10n.t("not set") : pickLine(bound),
      value: role,
    };
  });
  return prompter.pick(choices, { title: l10n.t("Choose Model for Role (1/2)"), placeHolder: l10n.t("Which role?") });
}

async function bindingOf(
  shell: Shell,
  session: ProjectSession,
  role: Role,
  argument: ModelArgument,
): Promise<Binding | undefined> {
  if (argument.profile !== undefined) {
    return { name: argument.profile };
  }
  if (argument.baseUrl !== undefined) {
    return newBinding(shell, session, argument.baseUrl, argument.model);
  }
  const { config } = session.project;
  const bound = config.roles[role];
  const existing = profilesFor(config, role).map(
    (profile): Choice<ProfileChoice | null> => ({
      label: pickLine(profile.name),
      description: describe(profile),
      ...(profile.name === bound && { detail: l10n.t("the {0} now", roleName(role)) }),
      value: profile,
    }),
  );
  const added: Choice<null> = {
    label: l10n.t("$(add) New Profile…"),
    detail: l10n.t("Another model of a known endpoint, or another OpenAI-compatible endpoint"),
    value: null,
  };
  const chosen = await shell.prompter.pick([...existing, added], {
    title: l10n.t("Choose Model for Role (2/2)"),
    placeHolder: l10n.t("Which profile is the {0}?", roleName(role)),
  });
  if (chosen !== null) {
    return chosen && { name: chosen.name };
  }
  const baseUrl = await askAddress(shell, knownAddresses(config));
  return baseUrl === undefined ? undefined : newBinding(shell, session, baseUrl, undefined);
}

async function newBinding(
  shell: Shell,
  { project }: ProjectSession,
  baseUrl: string,
  given: string | undefined,
): Promise<Binding | undefined> {
  const fault = addressComplaint(baseUrl);
  if (fault !== null) {
    throw new LionError("input", fault);
  }
  const model = given ?? (await askModel(shell, baseUrl));
  return model === undefined
    ? undefined
    : { name: profileNameFor(model, Object.keys(project.config.profiles)), added: endpointProfile(baseUrl, model) };
}

async function askAddress({ prompter }: Shell, known: readonly string[]): Promise<string | undefined> {
  const title = l10n.t("New Profile (1/2)");
  const choices: Array<Choice<string | null>> = [
    ...known.map((address) => ({ label: pickLine(address), value: address })),
    { label: l10n.t("$(globe) Another Address…"), value: null },
  ];
  const chosen =
    known.length === 0 ? null : await prompter.pick(choices, { title, placeHolder: l10n.t("Which endpoint?") });
  if (chosen !== null) {
    return chosen;
  }
  const typed = await prompter.text({
    title,
    prompt: l10n.t("The endpoint's address, up to and including /v1"),
    placeHolder: "https://api.example.com/v1",
    validate: (text) => addressComplaint(text.trim()),
  });
  return typed?.trim();
}

function addressComplaint(address: string): string | null {
  switch (addressFault(address)) {
    case "no-address":
      return l10n.t("This is no web address: write one such as https://api.example.com/v1.");
    case "credentials":
      return l10n.t("Leave user name and password out: a key is stored with “Lion: Set API Key…”.");
    case "query":
      return l10n.t("Leave out what follows ? or #: only the address up to /v1 is needed.");
    case null:
      return null;
  }
}

async function askModel(shell: Shell, baseUrl: string): Promise<string | undefined> {
  const title = l10n.t("New Profile (2/2)");
  const models = await modelsOf(shell, baseUrl);
  if (models.length > 0) {
    const choices: Array<Choice<string | null>> = [
      ...models.map((model) => ({ label: pickLine(model), value: model })),
      { label: l10n.t("$(edit) Another Model…"), value: null },
    ];
    const chosen = await shell.prompter.pick(choices, { title, placeHolder: l10n.t("Which model of {0}?", baseUrl) });
    if (chosen !== null) {
      return chosen;
    }
  }
  const typed = await shell.prompter.text({
    title,
    prompt: l10n.t("The model's name, as {0} knows it", baseUrl),
    validate: (text) => (text.trim() === "" ? l10n.t("Type the name of a model.") : null),
  });
  return typed?.trim();
}

/** What an endpoint offers; nothing where it wants a key that is not here, or does not tell. */
async function modelsOf({ keys, log, prompter }: Shell, baseUrl: string): Promise<readonly string[]> {
  const origin = originOf(baseUrl);
  const key = (origin === null ? undefined : await keys.get(origin)) ?? null;
  if (origin === null || (key === null && !isLoopback(origin))) {
    return [];
  }
  // Loaded when it is needed: the library is large, and most windows never ask.
  const { OpenAiClient } = await import("../../core/models/openaiClient.ts");
  const client = new OpenAiClient({ baseUrl, key, timeoutMs: LIST_MS, clock: new SystemClock() });
  const listed = await withProgress(
    l10n.t("Asking {0} for its models", origin),
    async (_report, signal) => {
      try {
        return await client.models(signal);
      } catch (error) {
        log.info(`${origin} lists no models: ${messageOf(error)}`);
        return [];
      }
    },
    (message) => void prompter.inform(message),
  );
  return (listed ?? [])
    .filter((model) => model.length <= LONGEST_NAME)
    .toSorted((a, b) => a.localeCompare(b))
    .slice(0, MOST_MODELS);
}

function describe({ kind, model, origin }: ProfileChoice): string {
  switch (kind) {
    case "openai":
      return `${pickLine(model)} · ${origin ?? ""}`;
    case "sandbox":
      return l10n.t("{0} · sandbox", pickLine(model));
    case "checkpoint":
      return l10n.t("trained by this project");
  }
}

function roleName(role: Role): string {
  switch (role) {
    case "teacher":
      return l10n.t("teacher");
    case "student":
      return l10n.t("student");
    case "referee":
      return l10n.t("referee");
    case "generator":
      return l10n.t("generator");
    case "evaluator":
      return l10n.t("evaluator");
  }
}
