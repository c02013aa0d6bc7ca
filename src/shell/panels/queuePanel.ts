import { commands, type Disposable, env, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import { pieceOf } from "../../core/browse/text.ts";
import { messageOf } from "../../core/errors.ts";
import type { Calls, Handlers, MessageHandler } from "../../protocol/messages.ts";
import type { PageCommand, QueueHostCalls, QueueWebviewCalls, Screen } from "../../protocol/queue.ts";
import { tellFailure } from "../commands/registry.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { fittingPiece } from "./fittingMessage.ts";
import { keysOfPage } from "./pageKeys.ts";
import type { QueueDriver } from "./queueDriver.ts";
import { pageHtml, pageOptions } from "./webviewPage.ts";

/** What makes a page of its own of the common panel. */
export interface PageKind<Strings> {
  readonly viewType: string;
  /** The page's bundle and element; see `Page`. */
  readonly page: string;
  /** Its pictures are `media/<icon>-light.svg` and `-dark.svg`. */
  readonly icon: string;
  readonly title: () => string;
  readonly strings: () => Strings;
}

/** The page's end of the line, as far as both pages have the same calls. */
export type PagePeer<Item> = {
  tell<K extends keyof QueueWebviewCalls<Item> & string>(kind: K, body: QueueWebviewCalls<Item>[K]["body"]): void;
} & Pick<MessageHandler<Calls, Calls>, "receive" | "dispose">;

/**
 * A panel with a page on which a person decides: one of each kind in a window, on whichever project is open there. It
 * carries messages; what is shown is the driver's.
 */
export class QueuePanel<Query, Item, Strings> implements Disposable {
  readonly driver: QueueDriver<Query, Item>;
  readonly #shell: Shell;
  readonly #kind: PageKind<Strings>;
  readonly #connect: (panel: WebviewPanel, common: Handlers<QueueHostCalls<Item, Strings>>) => PagePeer<Item>;
  readonly #always = new Disposables();
  #panel: WebviewPanel | null = null;
  #peer: PagePeer<Item> | null = null;

  /** @param options.connect makes the line to the page, which may be asked for more than what is common. */
  constructor(
    shell: Shell,
    options: {
      readonly kind: PageKind<Strings>;
      readonly driver: QueueDriver<Query, Item>;
      readonly connect: (panel: WebviewPanel, common: Handlers<QueueHostCalls<Item, Strings>>) => PagePeer<Item>;
    },
  ) {
    this.#shell = shell;
    this.#kind = options.kind;
    this.driver = options.driver;
    this.#connect = options.connect;
    this.driver.attach({
      isVisible: () => this.#panel?.visible === true,
      isActive: () => this.#panel?.active === true,
      show: (screen) => this.#peer?.tell("show", screen),
      ahead: (entry, item) => this.#peer?.tell("ahead", { entry, item }),
    });
    this.#always.add(shell.projects.onDidChangeCurrent(() => this.#follow()));
  }

  get panel(): WebviewPanel | null {
    return this.#panel;
  }

  /** Opens the panel or brings it to the front; resolves when its queue is open. */
  async open(): Promise<void> {
    this.#shell.projects.require();
    if (this.#panel) {
      this.#panel.reveal();
    } else {
      const options = { ...pageOptions(this.#shell.context.extensionUri), enableFindWidget: true };
      this.adopt(window.createWebviewPanel(this.#kind.viewType, this.#kind.title(), ViewColumn.Active, options));
    }
    await this.driver.ready;
  }

  /** Fills a panel: a new one, or one that the editor kept over a restart. A second one is closed. */
  adopt(panel: WebviewPanel): void {
    if (this.#panel) {
      panel.dispose();
      return;
    }
    const { extensionUri } = this.#shell.context;
    const icon = (theme: string): Uri => Uri.joinPath(extensionUri, "media", `${this.#kind.icon}-${theme}.svg`);
    this.#panel = panel;
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    panel.webview.options = pageOptions(extensionUri);
    const peer = this.#connect(panel, this.#handlers());
    this.#peer = peer;
    this.#follow();
    const messages = panel.webview.onDidReceiveMessage((message) => peer.receive(message));
    panel.onDidChangeViewState(() => this.driver.seenOrHidden());
    panel.onDidDispose(() => {
      messages.dispose();
      peer.dispose();
      this.#panel = null;
      this.#peer = null;
      this.#follow();
    });
    panel.webview.html = pageHtml(panel.webview, extensionUri, {
      name: this.#kind.page,
      title: panel.title,
      language: env.language,
    });
  }

  /** Asks the page for something that it does by itself. */
  tell(command: PageCommand): void {
    this.#peer?.tell("command", { command });
  }

  dispose(): void {
    this.#panel?.dispose();
    this.driver.dispose();
    this.#always.dispose();
  }

  #follow(): void {
    const session = this.#panel ? this.#shell.projects.current : null;
    void this.driver.follow(session).catch((error) => tellFailure(this.#shell, error));
    if (session === null) {
      this.#peer?.tell("show", this.#noProject());
    }
  }

  #noProject(): Screen<Item> {
    return { state: "noProject", problem: this.#shell.projects.problem?.message ?? null };
  }

  #handlers(): Handlers<QueueHostCalls<Item, Strings>> {
    return {
      hello: () => ({
        strings: this.#kind.strings(),
        language: env.language,
        keys: keysOfPage(declaredKeys(this.#shell), this.#kind.viewType),
      }),
      load: async () => {
        await this.#shell.projects.started;
        await this.driver.ready;
        return this.driver.load() ?? this.#noProject();
      },
      text: ({ ref, from }) => {
        const { store } = this.driver.require().session;
        const begin = Number.isSafeInteger(from) ? from : 0;
        return fittingPiece((length) => pieceOf(store, String(ref), begin, length));
      },
      act: async ({ command, argument }) => {
        if (isOurs(this.#shell, command)) {
          await commands.executeCommand(command, argument);
        }
        return null;
      },
      saveEdit: async ({ instructionId, fields, note }) => {
        try {
          return { problem: await this.driver.saveEdit(Number(instructionId), fields, String(note)) };
        } catch (error) {
          return { problem: messageOf(error) };
        }
      },
      open: async ({ instructionId }) => {
        await commands.executeCommand("lion.openInstruction", { instructionId: Number(instructionId) });
        return null;
      },
      painted: ({ key }) => {
        this.driver.painted(String(key));
        return null;
      },
    };
  }
}

/** The command is one that the manifest declares for these pages: a page can ask for nothing else. */
function isOurs(shell: Shell, command: unknown): command is string {
  return declaredKeys(shell).some((key) => key.command === command) || OTHER_COMMANDS.has(String(command));
}

/** Commands of the pages' buttons that have no key. */
const OTHER_COMMANDS: ReadonlySet<string> = new Set([
  "lion.candidate.approveRest",
  "lion.finishApproval",
  "lion.openReview",
  "lion.openCompare",
  "lion.openInstruction",
  "lion.openDashboard",
  "lion.run",
  "lion.import",
  "lion.newProject",
  "lion.openSandboxDemo",
  "lion.showLog",
  "lion.changeName",
  "lion.copyId",
  "lion.copyLink",
  "lion.revealInPool",
  "lion.setApiKey",
]);

function declaredKeys({ context }: Shell): ReadonlyArray<{ key: string; command: string; when?: string }> {
  const { contributes } = context.extension.packageJSON as {
    contributes: { keybindings: ReadonlyArray<{ key: string; command: string; when?: string }> };
  };
  return contributes.keybindings;
}
