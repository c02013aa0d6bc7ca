import { l10n } from "vscode";
import type { DestinationName } from "../../core/pool/destinations.ts";
import { singleTurn } from "../../core/pool/instruction.ts";
import { addInstruction } from "../../core/pool/newInstruction.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

type Into = Exclude<DestinationName, "evaluation">;

/** An instruction to be added without questions when its text is given; then `into` is the pools unless it says otherwise. */
interface InstructionArgument {
  readonly instruction?: string;
  readonly input?: string;
  readonly system?: string;
  readonly into?: Into;
}

type Answers = Required<InstructionArgument>;

export function instructionCommands(shell: Shell): CommandTable {
  return { "lion.newInstruction": (argument?: InstructionArgument) => newInstruction(shell, argument ?? {}) };
}

/** Adds an instruction that a person writes. Returns its id; undefined when they cancelled. */
async function newInstruction(shell: Shell, argument: InstructionArgument): Promise<number | undefined> {
  requireTrust();
  const session = shell.projects.require();
  const { instruction, input = "", system = "", into = "pools" } = argument;
  const answers = instruction === undefined ? await ask(shell) : { instruction, input, system, into };
  if (!answers) {
    return undefined;
  }
  const actor = await session.actor();
  const text = singleTurn(answers.instruction, answers.input, answers.system);
  const { id } = await session.write(() =>
    addInstruction(session.store, session.clock, { ...text, into: answers.into, actor }),
  );
  void shell.prompter.inform(l10n.t("Instruction #{0} was added {1}.", id, placeText(answers.into)));
  return id;
}

async function ask({ prompter }: Shell): Promise<Answers | undefined> {
  const title = (step: number): string => l10n.t("New Instruction ({0}/4)", step);
  const instruction = await prompter.text({
    title: title(1),
    prompt: l10n.t("What should be done? A text of several lines can be pasted."),
    validate: (text) => (text.trim() === "" ? l10n.t("Write the instruction, or press Escape.") : null),
  });
  if (instruction === undefined) {
    return undefined;
  }
  const input = await prompter.text({
    title: title(2),
    prompt: l10n.t("The material that the instruction is about; leave it empty when there is none."),
  });
  if (input === undefined) {
    return undefined;
  }
  const system = await prompter.text({
    title: title(3),
    prompt: l10n.t("A system message; leave it empty when there is none."),
  });
  if (system === undefined) {
    return undefined;
  }
  const choices: Array<Choice<Into>> = [
    { label: l10n.t("Both Pools"), description: l10n.t("imitated in the next iteration"), value: "pools" },
    { label: l10n.t("Cache Pool Only"), description: l10n.t("looked at when hard ones are searched"), value: "cache" },
    { label: l10n.t("Candidates"), description: l10n.t("waits for approval"), value: "candidates" },
  ];
  const into = await prompter.pick(choices, { title: title(4), placeHolder: l10n.t("Where to?") });
  return into && { instruction, input, system, into };
}

function placeText(into: Into): string {
  switch (into) {
    case "pools":
      return l10n.t("to both pools");
    case "cache":
      return l10n.t("to the Cache pool");
    case "candidates":
      return l10n.t("to the candidates");
  }
}
