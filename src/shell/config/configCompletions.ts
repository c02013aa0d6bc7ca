import {
  CompletionItem,
  CompletionItemKind,
  type Disposable,
  languages,
  type Position,
  type TextDocument,
} from "vscode";
import { oneLine } from "../trees/text.ts";
import { CONFIG_DOCUMENTS, rangeOf } from "./configFiles.ts";
import { nameCompletionAt } from "./nameCompletion.ts";
import { sshHosts } from "./sshHosts.ts";

/** Completes the names of profiles, targets and hosts, which the schema cannot know. */
export function registerConfigCompletions(): Disposable {
  return languages.registerCompletionItemProvider(CONFIG_DOCUMENTS, { provideCompletionItems: itemsAt }, '"', ":", " ");
}

function itemsAt(document: TextDocument, position: Position): CompletionItem[] {
  const completion = nameCompletionAt(document.getText(), document.offsetAt(position), sshHosts);
  return (completion?.names ?? []).map(({ name, detail }, place) => {
    const quoted = JSON.stringify(name);
    const item = new CompletionItem(quoted, CompletionItemKind.Value);
    item.detail = oneLine(detail);
    item.filterText = quoted;
    item.insertText = quoted;
    item.sortText = String(place).padStart(4, "0");
    if (completion) {
      item.range = rangeOf(document, completion.replaces);
    }
    return item;
  });
}
