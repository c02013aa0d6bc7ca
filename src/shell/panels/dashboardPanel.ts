import { commands, type Disposable, env, l10n, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import { LionError, messageOf } from "../../core/errors.ts";
import { DashboardReader } from "../../core/evaluation/dashboard.ts";
import {
  type DashboardAction,
  type DashboardHostCalls,
  type DashboardView,
  type DashboardWebviewCalls,
  isDashboardAction,
  isDashboardTarget,
} from "../../protocol/dashboard.ts";
import { MessageHandler } from "../../protocol/messages.ts";
import { tellFailure } from "../commands/registry.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { revealRows } from "./dashboardReveal.ts";
import { dashboardStrings } from "./dashboardStrings.ts";
import { DASHBOARD } from "./registerPanels.ts";
import { pageHtml, pageOptions } from "./webviewPage.ts";

/** While a stage runs, something changes several times a second; nobody reads figures that fast. */
const THROTTLE_MS = 1000;

const ACTIONS: Readonly<Record<DashboardAction, string>> = {
  run: "lion.run",
  import: "lion.import",
  newProject: "lion.newProject",
  demo: "lion.openSandboxDemo",
  showLog: "lion.showLog",
};

/** The dashboard: one panel in a window, on whichever project is open there. */
export class Dashboard implements Disposable {
  readonly #shell: Shell;
  readonly #always = new Disposables();
  #panel: WebviewPanel | null = null;
  #peer: MessageHandler<DashboardWebviewCalls, DashboardHostCalls> | null = null;
  #session: { readonly of: ProjectSession; readonly reader: DashboardReader; readonly listener: Disposable } | null =
    null;
  #pending: NodeJS.Timeout | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#always.add(
      shell.projects.onDidChangeCurrent(() => {
        this.#follow();
        this.#tellSoon(0);
      }),
    );
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
    const { extensionUri } = this.#shell.context;
    this.adopt(
      window.createWebviewPanel(DASHBOARD, l10n.t("Lion Dashboard"), ViewColumn.Active, {
        ...pageOptions(extensionUri),
        enableFindWidget: true,
      }),
    );
  }

  /** Fills a panel: a new one, or one that the editor kept over a restart. A second one is closed. */
  adopt(panel: WebviewPanel): void {
    if (this.#panel) {
      panel.dispose();
      return;
    }
    const { extensionUri } = this.#shell.context;
    const icon = (theme: string): Uri => Uri.joinPath(extensionUri, "media", `dashboard-${theme}.svg`);
    this.#panel = panel;
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    panel.webview.options = pageOptions(extensionUri);
    const peer = this.#connect(panel);
    this.#peer = peer;
    this.#follow();
    const messages = panel.webview.onDidReceiveMessage((message) => peer.receive(message));
    panel.onDidDispose(() => {
      messages.dispose();
      peer.dispose();
      this.#panel = null;
      this.#peer = null;
      this.#follow();
    });
    panel.webview.html = pageHtml(panel.webview, extensionUri, {
      name: "dashboard",
      title: panel.title,
      language: env.language,
    });
  }

  dispose(): void {
    this.#panel?.dispose();
    this.#always.dispose();
  }

  #connect({ webview }: WebviewPanel): MessageHandler<DashboardWebviewCalls, DashboardHostCalls> {
    return new MessageHandler<DashboardWebviewCalls, DashboardHostCalls>(
      (message) => void webview.postMessage(message),
      {
        hello: () => ({ strings: dashboardStrings(), language: env.language }),
        load: ({ iteration }) => this.#load(typeof iteration === "number" ? iteration : null),
        reveal: (target) => this.#try(() => (isDashboardTarget(target) ? revealRows(this.#shell, target) : undefined)),
        act: (action) =>
          this.#try(() => (isDashboardAction(action) ? commands.executeCommand(ACTIONS[action]) : undefined)),
      },
      { onProblem: (problem) => this.#shell.log.warn(problem) },
    );
  }

  async #load(iteration: number | null): Promise<DashboardView> {
    const followed = this.#session;
    if (!followed) {
      return { state: "noProject", problem: this.#shell.projects.problem?.message ?? null };
    }
    const { of: session, reader } = followed;
    try {
      const figures = await reader.read(session.project.config.name, iteration);
      return figures.iterations.length > 0
        ? { state: "figures", figures }
        : {
            state: "empty",
            project: figures.project,
            instructions: reader.instructions(),
            running: session.engine.state.phase !== "idle",
          };
    } catch (error) {
      if (this.#session !== followed) {
        // Another project was opened while this one was read.
        return this.#load(iteration);
      }
      this.#shell.log.error(error instanceof Error ? error : String(error));
      throw error instanceof LionError ? error : new Error(messageOf(error));
    }
  }

  /** Does what somebody clicked on, and tells of a failure as for a command. */
  async #try(work: () => unknown): Promise<null> {
    try {
      await work();
    } catch (error) {
      // Not awaited: the notification stays until somebody closes it.
      void tellFailure(this.#shell, error);
    }
    return null;
  }

  /** Listens to the project that is open, while there is a panel. */
  #follow(): void {
    const session = this.#panel ? this.#shell.projects.current : null;
    if (session === (this.#session?.of ?? null)) {
      return;
    }
    this.#session?.listener.dispose();
    this.#session = session && {
      of: session,
      reader: new DashboardReader(session.store),
      listener: session.onDidChange(() => this.#tellSoon(THROTTLE_MS)),
    };
  }

  /** Tells the page that figures changed. A hidden page is gone and asks by itself when it comes back. */
  #tellSoon(milliseconds: number): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = null;
      if (this.#panel?.visible) {
        this.#peer?.tell("changed", null);
      }
    }, milliseconds);
  }
}
