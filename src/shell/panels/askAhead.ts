import { type Disposable, workspace } from "vscode";
import type { CandidateQuery, QueueEntry } from "../../core/browse/queues.ts";
import { messageOf } from "../../core/errors.ts";
import type { CandidateItem, TeacherAhead } from "../../protocol/candidates.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import type { OpenedQueue } from "./openedQueue.ts";

/** Somebody who goes through the queue quickly passes items that need no answer. */
const SOON_MS = 1500;
/** What went wrong goes wrong again for a while. */
const PAUSE_MS = 30_000;

type State = Exclude<TeacherAhead, { state: "answered" }>;

/**
 * Has the teacher answer the candidates that come next, before the person is there. An approved one needs the answer anyway.
 * The engine asks and stores; it is only started when there is something to ask.
 */
export class AskAhead implements Disposable {
  readonly #shell: Shell;
  readonly #changed: () => void;
  readonly #asking = new Set<number>();
  /** By project and instruction. */
  readonly #failed = new Map<string, string>();
  #problem: string | null = null;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param changed called when an item's state has become another one. */
  constructor(shell: Shell, changed: () => void) {
    this.#shell = shell;
    this.#changed = changed;
  }

  /** How the teacher's answer to a candidate stands that has none. */
  stateOf(session: ProjectSession, instructionId: number): State {
    const failed = this.#failed.get(nameOf(session, instructionId));
    if (failed !== undefined) {
      return { state: "problem", problem: failed };
    }
    if (this.#asking.has(instructionId)) {
      return { state: "asking" };
    }
    if (!isWanted(session)) {
      return { state: "off" };
    }
    return this.#problem === null ? { state: "waiting" } : { state: "problem", problem: this.#problem };
  }

  /** Asks for what comes next, when the person stays for a moment. */
  askSoon(opened: OpenedQueue<CandidateQuery, CandidateItem>): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
    }
    this.#timer = isWanted(opened.session) ? setTimeout(() => void this.#ask(opened), SOON_MS) : null;
  }

  dispose(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
    }
  }

  async #ask({ session, desk, query }: OpenedQueue<CandidateQuery, CandidateItem>): Promise<void> {
    const { askAhead } = session.project.config.review;
    const { current } = desk.queue;
    const coming = [...(current ? [current] : []), ...desk.queue.ahead(askAhead)];
    const wanted =
      query.state === "waiting" ? coming.slice(0, askAhead).filter((one) => this.#isMissing(session, one)) : [];
    const isPaused = session.clock.now() < this.#pausedUntil;
    if (wanted.length === 0 || isPaused || this.#asking.size > 0 || session.engine.state.phase !== "idle") {
      return;
    }
    const instructionIds = wanted.map(({ instructionId }) => instructionId);
    try {
      this.#problem = await missingKey(this.#shell, session);
      if (this.#problem !== null) {
        return;
      }
      for (const id of instructionIds) {
        this.#asking.add(id);
      }
      this.#changed();
      const client = await session.engine.client();
      this.#problem = (await client.ask({ instructionIds, purpose: "ahead" })).problem;
      for (const entry of wanted.filter((one) => this.#problem === null && !hasAnswer(session, one))) {
        this.#failed.set(
          nameOf(session, entry.instructionId),
          editorWords().t("The teacher has not answered: approving asks once more."),
        );
      }
    } catch (error) {
      this.#problem = messageOf(error);
      this.#shell.log.warn(this.#problem);
    } finally {
      this.#pausedUntil = this.#problem === null ? 0 : session.clock.now() + PAUSE_MS;
      this.#asking.clear();
      this.#changed();
    }
  }

  #isMissing(session: ProjectSession, entry: QueueEntry): boolean {
    return !this.#failed.has(nameOf(session, entry.instructionId)) && !hasAnswer(session, entry);
  }
}

function nameOf({ folder }: ProjectSession, instructionId: number): string {
  return `${instructionId} ${folder}`;
}

function hasAnswer({ store }: ProjectSession, { instructionId }: QueueEntry): boolean {
  return store.ledger.answersOf(instructionId, "teacher").length > 0;
}

function isWanted({ project, onlyRead }: ProjectSession): boolean {
  return workspace.isTrusted && onlyRead === null && project.config.review.askAhead > 0;
}

/** Why the teacher cannot be asked: its endpoint wants a key and there is none. Null where nothing is missing. */
async function missingKey({ keys }: Shell, { project }: ProjectSession): Promise<string | null> {
  const profile = project.config.profiles[project.config.roles.teacher];
  if (profile?.kind !== "openai" || profile.apiKeyEnv === undefined) {
    return null;
  }
  const { origin } = new URL(profile.baseUrl);
  return (await keys.get(origin)) === undefined
    ? editorWords().t("{0} wants an API key and none is set: “Lion: Set API Key…” takes it.", origin)
    : null;
}
