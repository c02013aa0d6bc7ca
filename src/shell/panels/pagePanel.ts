import { type Disposable, env, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import { type Calls, type Handlers, MessageHandler } from "../../protocol/messages.ts";
import type { Shell } from "../shell.ts";
import { pageHtml, pageOptions } from "./webviewPage.ts";

export interface PagePanelOptions<Ours extends Calls> {
  readonly viewType: string;
  /** The page's bundle and element; see `Page`. */
  readonly page: string;
  /** Its pictures are `media/<icon>-light.svg` and `-dark.svg`. */
  readonly icon: string;
  readonly title: () => string;
  /** What the page can ask for. */
  readonly handlers: Handlers<Ours>;
  /** The panel was opened, closed, shown or hidden. */
  readonly onChange?: (panel: WebviewPanel | null) => void;
}

/** A panel with a page of ours: one of its kind in a window. It is gone from memory while it is hidden. */
export class PagePanel<Theirs extends Calls, Ours extends Calls> implements Disposable {
  readonly #shell: Shell;
  readonly #options: PagePanelOptions<Ours>;
  #panel: WebviewPanel | null = null;
  #peer: MessageHandler<Theirs, Ours> | null = null;

  constructor(shell: Shell, options: PagePanelOptions<Ours>) {
    this.#shell = shell;
    this.#options = options;
  }

  /** The panel, if it is open. */
  get panel(): WebviewPanel | null {
    return this.#panel;
  }

  /** Opens the panel, or brings it to the front. */
  open(): void {
    if (this.#panel) {
      this.#panel.reveal();
      return;
    }
    const { viewType, title } = this.#options;
    const options = { ...pageOptions(this.#shell.context.extensionUri), enableFindWidget: true };
    this.adopt(window.createWebviewPanel(viewType, title(), ViewColumn.Active, options));
  }

  /** Fills a panel: a new one, or one that the editor kept over a restart. A second one is closed. */
  adopt(panel: WebviewPanel): void {
    if (this.#panel) {
      panel.dispose();
      return;
    }
    const { extensionUri } = this.#shell.context;
    const { icon, page, handlers } = this.#options;
    const picture = (theme: string): Uri => Uri.joinPath(extensionUri, "media", `${icon}-${theme}.svg`);
    this.#panel = panel;
    panel.iconPath = { light: picture("light"), dark: picture("dark") };
    panel.webview.options = pageOptions(extensionUri);
    const peer = new MessageHandler<Theirs, Ours>((message) => void panel.webview.postMessage(message), handlers, {
      onProblem: (problem) => this.#shell.log.warn(problem),
    });
    this.#peer = peer;
    this.#options.onChange?.(panel);
    const messages = panel.webview.onDidReceiveMessage((message) => peer.receive(message));
    panel.onDidChangeViewState(() => this.#options.onChange?.(panel));
    panel.onDidDispose(() => {
      messages.dispose();
      peer.dispose();
      this.#panel = null;
      this.#peer = null;
      this.#options.onChange?.(null);
    });
    panel.webview.html = pageHtml(panel.webview, extensionUri, {
      name: page,
      title: panel.title,
      language: env.language,
    });
  }

  /** Tells the page something while it is seen: a hidden page is gone and asks by itself when it comes back. */
  tell<K extends keyof Theirs & string>(kind: K, body: Theirs[K]["body"]): void {
    if (this.#panel?.visible) {
      this.#peer?.tell(kind, body);
    }
  }

  dispose(): void {
    this.#panel?.dispose();
  }
}
