import { commands, type Disposable, env, l10n, type WebviewPanel } from "vscode";
import { LionError } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import { endRemains } from "../../core/training/servingRemains.ts";
import { StudentServer } from "../../core/training/studentServer.ts";
import type { Targets } from "../../core/training/targets.ts";
import {
  type ChatAction,
  type ChatHostCalls,
  type ChatStudent,
  type ChatView,
  type ChatWebviewCalls,
  isChatAction,
  questionOf,
} from "../../protocol/chat.ts";
import type { Handlers } from "../../protocol/messages.ts";
import { requireTrust } from "../commands/registry.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { quietTargets, targetsHere } from "../training/targetsHere.ts";
import { shownCheckpoints } from "../trees/shownJobs.ts";
import { ChatDesk, type ChatServer } from "./chatDesk.ts";
import { ChatMemory } from "./chatMemory.ts";
import { chatStrings } from "./chatStrings.ts";
import { PagePanel } from "./pagePanel.ts";
import { CHAT_PANEL } from "./registerPanels.ts";

const ACTIONS: Readonly<Record<ChatAction, string>> = {
  run: "lion.runImitation",
  newProject: "lion.newProject",
  demo: "lion.openSandboxDemo",
  showLog: "lion.showLog",
  configure: "lion.openConfig",
};

/** The project whose students are asked. */
interface Followed {
  readonly session: ProjectSession;
  readonly desk: ChatDesk;
  readonly listener: Disposable;
}

/** The chat with a student. The page has no network: the window asks, and the students' servers end with the page. */
export class ChatPanel implements Disposable {
  readonly #shell: Shell;
  readonly #page: PagePanel<ChatWebviewCalls, ChatHostCalls>;
  readonly #always = new Disposables();
  #followed: Followed | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#page = this.#always.add(
      new PagePanel<ChatWebviewCalls, ChatHostCalls>(shell, {
        ...{ viewType: CHAT_PANEL, page: "chat", icon: "chat", title: () => l10n.t("Lion Chat") },
        handlers: this.#handlers(),
        onChange: () => this.#follow(),
      }),
    );
    this.#always.add(
      shell.projects.onDidChangeCurrent(() => {
        this.#follow();
        this.#page.tell("changed", null);
      }),
    );
  }

  /** The panel, if it is open. */
  get panel(): WebviewPanel | null {
    return this.#page.panel;
  }

  /** Opens the chat or brings it to the front, with the student of an iteration if one is named. */
  async open(iteration: number | null): Promise<void> {
    this.#page.open();
    if (iteration === null) {
      return;
    }
    const meant = studentsOf(this.#shell.projects.require()).find((one) => one.iteration === iteration);
    if (!meant) {
      throw new LionError("input", l10n.t("There is no such checkpoint: the imitation of an iteration trains one."));
    }
    await this.#followed?.desk.choose([meant.id]);
    this.#page.tell("changed", null);
  }

  /** Fills a panel that the editor kept over a restart. */
  adopt(panel: WebviewPanel): void {
    this.#page.adopt(panel);
  }

  dispose(): void {
    this.#always.dispose();
    this.#leave();
  }

  #handlers(): Handlers<ChatHostCalls> {
    return {
      hello: () => ({ strings: chatStrings(), language: env.language }),
      load: () => this.#load(),
      choose: async ({ students }) => {
        await this.#desk().choose((Array.isArray(students) ? students : []).map(Number));
        return this.#load();
      },
      ask: async (given) => {
        requireTrust();
        const question = questionOf(given);
        if (!question) {
          return { problem: l10n.t("Write an instruction first.") };
        }
        await this.#desk().ask(question);
        return { problem: null };
      },
      again: ({ exchange, student }) => {
        requireTrust();
        this.#desk().again(Number(exchange), Number(student));
        return null;
      },
      stop: () => {
        this.#desk().stop();
        return null;
      },
      clear: async () => {
        await this.#desk().clear();
        return null;
      },
      copy: async ({ exchange }) => {
        const { instruction, input, system } = this.#desk().question(Number(exchange)) ?? {};
        if (instruction !== undefined) {
          await env.clipboard.writeText(JSON.stringify({ instruction, input, ...(system && { system }) }));
        }
        return null;
      },
      act: async (action) => {
        if (isChatAction(action)) {
          // Not awaited: a question that it asks may stay open for as long as somebody likes.
          void commands.executeCommand(ACTIONS[action]);
        }
        return null;
      },
    };
  }

  /** @throws LionError when no project is open. */
  #desk(): ChatDesk {
    this.#shell.projects.require();
    if (!this.#followed) {
      throw new LionError("input", l10n.t("The chat was closed."));
    }
    return this.#followed.desk;
  }

  async #load(): Promise<ChatView> {
    await this.#shell.projects.started;
    const followed = this.#followed;
    if (!followed) {
      return { state: "noProject", problem: this.#shell.projects.problem?.message ?? null };
    }
    const { session, desk } = followed;
    const { config } = session.project;
    const students = studentsOf(session);
    const { chosen, settings, exchanges } = desk;
    return students.length === 0
      ? { state: "empty", project: config.name, trains: checkpointProfileOf(config) !== null }
      : { state: "chat", project: config.name, students, chosen, settings, exchanges };
  }

  /** Listens to the project that is open, while there is a panel. */
  #follow(): void {
    const session = this.#page.panel ? this.#shell.projects.current : null;
    if (session === (this.#followed?.session ?? null)) {
      return;
    }
    this.#leave();
    this.#followed = session && this.#talkTo(session);
  }

  #leave(): void {
    this.#followed?.listener.dispose();
    this.#followed?.desk.dispose();
    this.#followed = null;
  }

  #talkTo(session: ProjectSession): Followed {
    const { store, clock, project } = session;
    const { log, context } = this.#shell;
    const note = (text: string): void => log.warn(text);
    let targets: Targets | null = null;
    const desk = new ChatDesk({
      ...{ clock, note, students: () => studentsOf(session) },
      memory: new ChatMemory(context.workspaceState, session.folder),
      makeServer: (student) => {
        const checkpoint = store.training.checkpoints().find(({ id }) => id === student);
        if (!checkpoint) {
          return noServer();
        }
        targets ??= targetsHere(this.#shell, session);
        const { precision } = session.project.config.training;
        return new StudentServer({ clock, targets, dataDir: project.dataDirectory, checkpoint, precision });
      },
      // Brings the library that speaks to endpoints: only whoever asks waits for it.
      ask: async (...question) => (await import("../../core/training/studentAnswer.ts")).askStudent(...question),
      tell: (news) => this.#page.tell("news", news),
      changed: () => this.#page.tell("changed", null),
    });
    const listener = session.onDidChange((parts) => {
      if (parts.has("jobs")) {
        this.#page.tell("changed", null);
      }
      if (parts.has("config")) {
        targets = null;
      }
    });
    void endRemains(quietTargets(this.#shell, session), project.dataDirectory, note);
    return { session, desk, listener };
  }
}

/** Of a checkpoint that was on record when it was asked first. */
function noServer(): ChatServer {
  const sentence = l10n.t("This checkpoint is no longer on record: choose another student.");
  return {
    served: () => Promise.reject(new LionError("input", sentence)),
    problem: async () => null,
    stop: async () => {},
  };
}

function studentsOf(session: ProjectSession): ChatStudent[] {
  return shownCheckpoints(session).map(({ id, iteration, target, weights }) => ({
    ...{ id, iteration, target },
    usable: weights !== "gone",
  }));
}
