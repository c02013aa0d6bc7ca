import { join } from "node:path";
import { commands, l10n, Uri, window } from "vscode";
import type { ExportKind } from "../../core/pool/exporting.ts";
import { runCommandLine } from "../commandLine.ts";
import { requireOwnPlace } from "../ownPlace.ts";
import { withProgress } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** What is left out is asked for. */
interface ExportArgument {
  readonly what?: ExportKind;
  /** Absolute; a name that ends in `.gz` is compressed. */
  readonly file?: string;
}

interface BackUpArgument {
  readonly file?: string;
}

export function exportingCommands(shell: Shell): CommandTable {
  return {
    "lion.export": (argument?: ExportArgument) => exportPart(shell, argument ?? {}),
    "lion.backUp": (argument?: BackUpArgument) => backUpProject(shell, argument ?? {}),
  };
}

/** Writes a part of the project to a file. Returns how many rows; undefined when the person cancelled. */
async function exportPart(shell: Shell, argument: ExportArgument): Promise<number | undefined> {
  requireTrust();
  const session = shell.projects.require();
  const { project, folder } = session;
  const what = argument.what ?? (await askPart(shell));
  const file = what && (argument.file ?? (await askExportFile(session, what)));
  if (!what || !file) {
    return undefined;
  }
  requireOwnPlace(project, file);
  const result = await withProgress(
    l10n.t("Exporting to {0}", file),
    (report, signal) =>
      runCommandLine<{ readonly written: number }>(
        shell.installation,
        "export",
        ["--project", folder, "--", what, file],
        { signal, onEvent: ({ done, total }) => report(shareOf(done, total), l10n.t("{0} rows", String(done))) },
      ),
    (message) => void shell.prompter.inform(message),
  );
  if (result) {
    void offerFile(shell, l10n.t("{0} rows were written to {1}.", result.written, file), file);
  }
  return result?.written;
}

function shareOf(done: unknown, total: unknown): number | null {
  return typeof done === "number" && typeof total === "number" ? done / total : null;
}

async function askPart({ prompter }: Shell): Promise<ExportKind | undefined> {
  const choices: Array<Choice<ExportKind>> = [
    { label: l10n.t("Train Pool"), description: l10n.t("Alpaca JSON, with the teacher's answers"), value: "train" },
    { label: l10n.t("Cache Pool"), description: l10n.t("Alpaca JSON, with the teacher's answers"), value: "cache" },
    {
      label: l10n.t("Candidates"),
      description: l10n.t("JSONL: state, parent, nearest neighbour, filter"),
      value: "candidates",
    },
    {
      label: l10n.t("Verdicts"),
      description: l10n.t("JSONL: gap, scores, hard or easy, by iteration"),
      value: "verdicts",
    },
    { label: l10n.t("Ratings"), description: l10n.t("JSONL: every referee run with its text"), value: "ratings" },
    { label: l10n.t("Decisions"), description: l10n.t("JSONL: what people did, undone or not"), value: "decisions" },
    { label: l10n.t("Problems"), description: l10n.t("JSONL: requests without a usable answer"), value: "problems" },
  ];
  return prompter.pick(choices, { title: l10n.t("Export"), placeHolder: l10n.t("What to write?") });
}

async function askExportFile({ folder }: ProjectSession, what: ExportKind): Promise<string | undefined> {
  const isPool = what === "train" || what === "cache";
  const ending = isPool ? "json" : "jsonl";
  const uri = await window.showSaveDialog({
    title: l10n.t("Export"),
    saveLabel: l10n.t("Export"),
    defaultUri: Uri.file(join(folder, `${what}.${ending}`)),
    filters: isPool
      ? { [l10n.t("Alpaca JSON")]: ["json"], [l10n.t("Alpaca JSON, compressed")]: ["json.gz"] }
      : { [l10n.t("JSON Lines")]: ["jsonl"], [l10n.t("JSON Lines, compressed")]: ["jsonl.gz"] },
  });
  return uri?.fsPath;
}

/** Writes a consistent copy of the database, also while an engine works. True when it was written. */
async function backUpProject(shell: Shell, argument: BackUpArgument): Promise<boolean> {
  requireTrust();
  const session = shell.projects.require();
  const file = argument.file ?? (await askBackUpFile(session));
  if (file === undefined) {
    return false;
  }
  requireOwnPlace(session.project, file);
  const done = await withProgress(
    l10n.t("Backing up to {0}", file),
    (report, signal) =>
      runCommandLine(shell.installation, "backup", ["--project", session.folder, "--replace", "--", file], {
        signal,
        onEvent: ({ done, total }) => report(shareOf(done, total), ""),
      }),
    (message) => void shell.prompter.inform(message),
  );
  if (done) {
    void offerFile(shell, l10n.t("The database was copied to {0}.", file), file);
  }
  return done !== null;
}

async function askBackUpFile({ folder, clock }: ProjectSession): Promise<string | undefined> {
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const uri = await window.showSaveDialog({
    title: l10n.t("Back Up"),
    saveLabel: l10n.t("Back Up"),
    defaultUri: Uri.file(join(folder, `lion-${day}.db`)),
    filters: { [l10n.t("Database")]: ["db"] },
  });
  return uri?.fsPath;
}

async function offerFile({ prompter }: Shell, message: string, file: string): Promise<void> {
  const reveal = l10n.t("Reveal in Explorer");
  if ((await prompter.inform(message, reveal)) === reveal) {
    await commands.executeCommand("revealFileInOS", Uri.file(file));
  }
}
