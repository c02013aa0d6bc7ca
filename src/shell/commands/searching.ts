import { commands, type Disposable, l10n, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from "vscode";
import type { PoolRow } from "../../core/browse/types.ts";
import { messageOf } from "../../core/errors.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { originWord, VERDICT_ICONS, verdictWord } from "../trees/verdictWords.ts";
import { editorWords } from "../words.ts";
import type { CommandTable } from "./registry.ts";
import { textOf } from "./targets.ts";

const DEBOUNCE_MS = 120;
const MOST_HITS = 50;

interface Hit extends QuickPickItem {
  /** Null for the line that says that nothing was found. */
  readonly row: PoolRow | null;
}

/** `lion.searchPool`: finds instructions by their words while they are typed. With `{text}` it begins with these. */
export function searchingCommands(shell: Shell): CommandTable {
  return { "lion.searchPool": (given?: unknown) => search(shell, textOf(given, "text") ?? "") };
}

function search(shell: Shell, text: string): void {
  const { browser } = shell.projects.require();
  const showInView: QuickInputButton = {
    iconPath: new ThemeIcon("list-tree"),
    tooltip: l10n.t("Show in the Cache Pool view"),
  };
  const reveal: QuickInputButton = { iconPath: new ThemeIcon("target"), tooltip: l10n.t("Reveal in Pool") };
  const pick = window.createQuickPick<Hit>();
  const disposables = new Disposables();
  const debounce = new Debounce(DEBOUNCE_MS);
  disposables.add(pick);
  disposables.add(debounce);
  pick.title = l10n.t("Search Instructions");
  pick.placeholder = l10n.t("Words of an instruction; the last one may be a beginning");
  pick.buttons = [showInView];

  const find = (): void => {
    try {
      const rows = pick.value.trim() === "" ? [] : browser.search(pick.value, { limit: MOST_HITS });
      pick.items =
        pick.value.trim() !== "" && rows.length === 0 ? [nothingFound()] : rows.map((row) => hitOf(row, reveal));
    } catch (error) {
      shell.log.warn(messageOf(error));
    }
    pick.busy = false;
  };
  const leaveFor = async (command: string, argument: unknown): Promise<void> => {
    pick.hide();
    await commands.executeCommand(command, argument);
  };
  disposables.add(
    pick.onDidChangeValue(() => {
      pick.busy = true;
      debounce.run(find);
    }),
  );
  disposables.add(pick.onDidTriggerButton(() => leaveFor("lion.filterCache", { hasText: pick.value })));
  disposables.add(
    pick.onDidTriggerItemButton(({ item }) => leaveFor("lion.revealInPool", { instructionId: item.row?.id })),
  );
  disposables.add(
    pick.onDidAccept(() => {
      const [hit] = pick.selectedItems;
      if (hit?.row) {
        const rated = hit.row.state !== "not-rated";
        void leaveFor(rated ? "lion.openComparison" : "lion.openInstruction", { instructionId: hit.row.id });
      }
    }),
  );
  disposables.add(pick.onDidHide(() => disposables.dispose()));
  pick.value = text;
  find();
  pick.show();
}

function nothingFound(): Hit {
  return { row: null, label: editorWords().t("No instruction has these words."), alwaysShow: true };
}

function hitOf(row: PoolRow, reveal: QuickInputButton): Hit {
  const words = editorWords();
  return {
    row,
    label: pickLine(row.text) || words.t("(empty)"),
    description: `#${row.id}`,
    detail: [
      verdictWord(row.state, words),
      ...(row.gap === null ? [] : [words.t("gap {0}", words.gap(row.gap))]),
      originWord(row.origin, words),
    ].join(" · "),
    iconPath: new ThemeIcon(VERDICT_ICONS[row.state].id),
    buttons: [reveal],
    // Found by full text: the pick's own matching of letters must not hide it again.
    alwaysShow: true,
  };
}

/** Runs the last of several calls, once they pause. */
class Debounce implements Disposable {
  readonly #ms: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number) {
    this.#ms = ms;
  }

  run(work: () => void): void {
    this.dispose();
    this.#timer = setTimeout(work, this.#ms);
  }

  dispose(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
    }
  }
}
