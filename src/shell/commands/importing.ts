import { basename } from "node:path";
import { l10n, window } from "vscode";
import { nextOpenIteration } from "../../core/loop/iterations.ts";
import type { DestinationName } from "../../core/pool/destinations.ts";
import { type ImportResult, importFile } from "../../core/pool/importing.ts";
import type { OutputsUse } from "../../core/store/instructions.ts";
import { type Store, usingStore } from "../../core/store/store.ts";
import { withProgress } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Choice } from "../prompter.ts";
import { refusedRowsText } from "../refusedRows.ts";
import type { Shell } from "../shell.ts";
import { oneLine } from "../trees/text.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** What is left out is asked for; when a file is given with `into`, nothing is. */
interface ImportArgument {
  /** Absolute. */
  readonly file?: string;
  readonly into?: DestinationName;
  /** By default the outputs are kept for reading. */
  readonly outputs?: OutputsUse;
  /** Who wrote the outputs; the file's name by default. */
  readonly by?: string;
  readonly licence?: string;
  readonly duplicates?: "merge" | "keep";
}

interface Answers {
  readonly into: DestinationName;
  readonly outputs: OutputsUse;
  readonly by: string;
  readonly licence: string;
}

/** Rows of one write transaction: a few milliseconds, so that the window never stands still. */
const SLICE = 50;
/** Longer than any write of the engine. Milliseconds. */
const BUSY_TIMEOUT = 300;

export function importingCommands(shell: Shell): CommandTable {
  return { "lion.import": (argument?: ImportArgument) => importRows(shell, argument ?? {}) };
}

/** Brings the rows of a file in. Returns the counts; undefined when the person cancelled. */
async function importRows(shell: Shell, argument: ImportArgument): Promise<ImportResult | undefined> {
  requireTrust();
  const session = shell.projects.require();
  const file = argument.file ?? (await askFile());
  const answers = file === undefined ? undefined : await answersTo(shell, file, argument);
  if (file === undefined || !answers) {
    return undefined;
  }
  const result = await withProgress(
    l10n.t("Importing {0}", basename(file)),
    (report, signal) =>
      withImporter(session, (store) =>
        importFile({
          store,
          clock: session.clock,
          file,
          into: answers.into,
          outputs: answers.outputs,
          duplicates: argument.duplicates ?? "merge",
          iteration: nextOpenIteration(store),
          slice: SLICE,
          signal,
          onProgress: ({ rows, share }) => report(share, l10n.t("{0} rows", rows)),
          ...(answers.by !== "" && { by: answers.by }),
          ...(answers.licence !== "" && { licence: answers.licence }),
        }),
      ),
    (message) => void shell.prompter.inform(message),
  );
  if (result) {
    void tell(shell, file, result);
  }
  return result ?? undefined;
}

async function askFile(): Promise<string | undefined> {
  const [uri] =
    (await window.showOpenDialog({
      title: l10n.t("Import"),
      openLabel: l10n.t("Import"),
      filters: { [l10n.t("Instructions")]: ["json", "jsonl", "gz"], [l10n.t("All Files")]: ["*"] },
    })) ?? [];
  return uri?.fsPath;
}

async function answersTo(shell: Shell, file: string, argument: ImportArgument): Promise<Answers | undefined> {
  const { into, outputs = "keep", by = "", licence = "" } = argument;
  if (argument.file !== undefined && into !== undefined) {
    return { into, outputs, by, licence };
  }
  const { prompter } = shell;
  const title = (step: number): string => l10n.t("Import {0} ({1}/4)", oneLine(basename(file), 60), step);
  const where = into ?? (await prompter.pick(destinations(), { title: title(1), placeHolder: l10n.t("Where to?") }));
  if (where === undefined) {
    return undefined;
  }
  const use =
    argument.outputs ??
    (await prompter.pick(uses(where), { title: title(2), placeHolder: l10n.t("What are the outputs in the file?") }));
  if (use === undefined) {
    return undefined;
  }
  const author =
    use === "drop"
      ? ""
      : (argument.by ??
        (await prompter.text({
          title: title(3),
          prompt: l10n.t("Who wrote the outputs? A model's name, for example; kept with each of them."),
          value: basename(file),
        })));
  if (author === undefined) {
    return undefined;
  }
  const terms =
    argument.licence ??
    (await prompter.text({
      title: title(4),
      prompt: l10n.t("Under which licence? Kept with each row; leave it empty when there is none."),
      placeHolder: "CC-BY-NC-4.0",
    }));
  return terms === undefined ? undefined : { into: where, outputs: use, by: author.trim(), licence: terms.trim() };
}

function destinations(): Array<Choice<DestinationName>> {
  return [
    { label: l10n.t("Both Pools"), description: l10n.t("imitated, and looked at for hard ones"), value: "pools" },
    { label: l10n.t("Cache Pool Only"), description: l10n.t("looked at for hard ones"), value: "cache" },
    { label: l10n.t("Candidates"), description: l10n.t("each waits for approval"), value: "candidates" },
    { label: l10n.t("Evaluation Set"), description: l10n.t("never in a pool"), value: "evaluation" },
  ];
}

function uses(into: DestinationName): Array<Choice<OutputsUse>> {
  const drop: Choice<OutputsUse> = {
    label: l10n.t("Drop Them"),
    description: l10n.t("only the instructions are imported"),
    value: "drop",
  };
  if (into === "evaluation") {
    const reference = {
      label: l10n.t("Reference Answers"),
      description: l10n.t("compared with"),
      value: "keep" as const,
    };
    return [reference, drop];
  }
  return [
    {
      label: l10n.t("The Teacher's Answers"),
      description: l10n.t("the teacher is not asked for these again"),
      value: "teacher",
    },
    { label: l10n.t("To Read Only"), description: l10n.t("kept, and never trained on"), value: "keep" },
    drop,
  ];
}

/** A connection of its own, which may wait for the engine's short writes. */
function withImporter<T>({ project }: ProjectSession, work: (store: Store) => Promise<T>): Promise<T> {
  return usingStore(project.databaseFile, { busyTimeout: BUSY_TIMEOUT }, work);
}

async function tell(shell: Shell, file: string, result: ImportResult): Promise<void> {
  const { imported, duplicates, refused } = result;
  const { prompter } = shell;
  const name = oneLine(basename(file));
  const [first] = refused;
  if (!first) {
    await prompter.inform(l10n.t("{0}: {1} imported, {2} there already.", name, imported, duplicates));
    return;
  }
  const show = l10n.t("Show Refused Rows");
  const chosen =
    imported + duplicates === 0
      ? await prompter.error(
          l10n.t("Nothing in {0} could be imported: line {1}: {2}.", name, first.line, oneLine(first.reason, 200)),
          show,
        )
      : await prompter.warn(
          l10n.t("{0}: {1} imported, {2} there already, {3} refused.", name, imported, duplicates, refused.length),
          show,
        );
  if (chosen === show) {
    await showRefused(shell, file, result);
  }
}

async function showRefused({ texts }: Shell, file: string, { refused }: ImportResult): Promise<void> {
  const heading = l10n.t("{0}: these {1} rows were refused, the line of each before the reason.", file, refused.length);
  await texts.show("refused", `${basename(file)}.refused.txt`, refusedRowsText(heading, refused));
}
