import { type TreeDataProvider, type Webview, type WebviewPanel, window } from "vscode";

/** What the extension gave the editor: its views' providers by their ids, and the sizes of its pages' messages. */
export class WatchedApi {
  readonly providers = new Map<string, TreeDataProvider<object>>();
  /** Characters of the largest message, in JSON, by the direction in which it went. */
  readonly largest = { toPage: 0, fromPage: 0 };
  /** How many nodes the editor has asked the views for. */
  itemsAsked = 0;

  /** Looks on from now on; the extension must not be loaded yet. */
  constructor() {
    const { createTreeView, createWebviewPanel } = window;
    Object.assign(window, {
      createTreeView: (id: string, options: { readonly treeDataProvider: TreeDataProvider<object> }) => {
        this.providers.set(id, options.treeDataProvider);
        return createTreeView(id, { ...options, treeDataProvider: this.#counted(options.treeDataProvider) });
      },
      createWebviewPanel: (...options: Parameters<typeof createWebviewPanel>): WebviewPanel => {
        const panel = createWebviewPanel(...options);
        this.#watch(panel.webview);
        return panel;
      },
    });
  }

  /** Asks each view for what it shows first. */
  async fillViews(): Promise<void> {
    for (const provider of this.providers.values()) {
      await provider.getChildren();
    }
  }

  #counted(provider: TreeDataProvider<object>): TreeDataProvider<object> {
    return {
      ...provider,
      getTreeItem: (node) => {
        this.itemsAsked++;
        return provider.getTreeItem(node);
      },
    };
  }

  #watch(webview: Webview): void {
    const post = webview.postMessage.bind(webview);
    Object.assign(webview, {
      postMessage: (message: unknown) => {
        this.largest.toPage = Math.max(this.largest.toPage, JSON.stringify(message).length);
        return post(message);
      },
    });
    webview.onDidReceiveMessage((message) => {
      this.largest.fromPage = Math.max(this.largest.fromPage, JSON.stringify(message).length);
    });
  }
}
