import { type Disposable, EventEmitter, l10n, languages, Uri, window, workspace } from "vscode";
import { Disposables } from "../disposables.ts";

/** What a text is; the scheme of its address ends in it. */
export type TextKind = "estimate" | "refused" | "target";

const KINDS: readonly TextKind[] = ["estimate", "refused", "target"];

/** Texts that a command made and shows as read-only documents. They are kept for as long as they are open. */
export class ShownTexts implements Disposable {
  readonly #texts = new Map<string, string>();
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new EventEmitter<Uri>());

  constructor() {
    const provider = {
      onDidChange: this.#changed.event,
      provideTextDocumentContent: (uri: Uri) =>
        this.#texts.get(uri.toString()) ?? l10n.t("This text is no longer at hand: run the command again."),
    };
    for (const kind of KINDS) {
      this.#disposables.add(workspace.registerTextDocumentContentProvider(schemeOf(kind), provider));
    }
    this.#disposables.add(workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())));
  }

  /** Opens a text under a name, or renews the one that is open. @param language of the document. */
  async show(kind: TextKind, name: string, text: string, language?: string): Promise<void> {
    const uri = Uri.from({ scheme: schemeOf(kind), path: `/${name}` });
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
    const document = await workspace.openTextDocument(uri);
    const shown = language === undefined ? document : await languages.setTextDocumentLanguage(document, language);
    await window.showTextDocument(shown, { preview: true });
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

function schemeOf(kind: TextKind): string {
  return `lion-${kind}`;
}
