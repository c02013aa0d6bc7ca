import { l10n } from "vscode";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { reasonChoices } from "../trees/candidateItems.ts";
import { editorWords } from "../words.ts";

/** Why something was refused or excluded: a code, and in the person's own words what it does not say. */
export interface Reason {
  readonly reason: string;
  readonly note?: string;
}

/** Asks why, by the reasons that there are codes for or in the person's own words. Null when they pressed Escape. */
export async function askReason({ prompter }: Shell, title: string): Promise<Reason | null> {
  const choices: Choice<string | null>[] = [
    ...reasonChoices(editorWords()).map(({ code, meaning }) => ({ label: meaning, description: code, value: code })),
    { label: l10n.t("Other…"), description: l10n.t("in your own words"), value: null },
  ];
  const code = await prompter.pick(choices, { title, placeHolder: l10n.t("Why?") });
  if (code !== null) {
    return code === undefined ? null : { reason: code };
  }
  const note = await prompter.text({
    title,
    prompt: l10n.t("Why, in a word or a sentence"),
    validate: (text) => (text.trim() === "" ? l10n.t("A reason is needed.") : null),
  });
  return note === undefined ? null : { reason: "other", note: note.trim() };
}
