import type { ProjectConfig } from "../../core/project/schema.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";

/** The target that a person picks; the only one without a question. Undefined at Escape. */
export async function pickTarget(
  { prompter }: Pick<Shell, "prompter">,
  { targets }: Pick<ProjectConfig, "targets">,
  question: { readonly title: string; readonly placeHolder: string },
): Promise<string | undefined> {
  const words = editorWords();
  const choices = Object.entries(targets).map(
    ([name, config]): Choice<string> => ({
      label: pickLine(name),
      description:
        config.kind === "local" ? words.t("this machine") : pickLine(config.host ?? words.t("this machine’s Slurm")),
      value: name,
    }),
  );
  return choices.length === 1 ? choices[0]?.value : prompter.pick(choices, question);
}
