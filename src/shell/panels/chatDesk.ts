import type { Clock } from "../../core/clock.ts";
import { LionError, messageOf } from "../../core/errors.ts";
import type { askStudent } from "../../core/training/studentAnswer.ts";
import type { StudentServer } from "../../core/training/studentServer.ts";
import type {
  AnswerNews,
  ChatAnswer,
  ChatExchange,
  ChatQuestion,
  ChatSettings,
  ChatStudent,
} from "../../protocol/chat.ts";
import { inEditorWords } from "../wording.ts";
import { type ChatMemory, fittingExchanges } from "./chatMemory.ts";

/** What the desk needs of a server. */
export type ChatServer = Pick<StudentServer, "served" | "problem" | "stop">;

export interface ChatWorld {
  readonly clock: Clock;
  /** The project's checkpoints, newest first. */
  readonly students: () => readonly ChatStudent[];
  /** A server of a checkpoint, which starts when it is asked. */
  readonly makeServer: (student: number) => ChatServer;
  readonly ask: typeof askStudent;
  readonly memory: ChatMemory;
  /** Told what becomes of answers, a few times a second. */
  readonly tell: (news: AnswerNews) => void;
  /** Told when there is more or less to show than answers say. */
  readonly changed: () => void;
  readonly note: (text: string) => void;
  /** Milliseconds after which a server that nobody asks is ended. */
  readonly idleMs?: number;
}

/** A student that is not asked keeps a GPU from others. */
const IDLE_MS = 10 * 60_000;
const TELL_EVERY_MS = 60;
/** How often, and how soon, it is looked whether a server that broke off an answer has died. */
const LOOKS = 5;
const LOOK_MS = 300;
const MOST_STUDENTS = 2;

interface Work {
  readonly exchange: ChatExchange;
  answer: ChatAnswer;
  readonly stop: AbortController;
  told: number;
  timer: NodeJS.Timeout | null;
}

interface Served {
  readonly server: ChatServer;
  /** Questions that it is answering. */
  asked: number;
  idle: NodeJS.Timeout | null;
}

/** The conversation with the students of one project: what was asked, what is being answered, and their servers. */
export class ChatDesk {
  readonly #world: ChatWorld;
  readonly #servers = new Map<number, Served>();
  readonly #works = new Set<Work>();
  #exchanges: readonly ChatExchange[];

  constructor(world: ChatWorld) {
    this.#world = world;
    this.#exchanges = world.memory.exchanges;
  }

  /** Who is asked: those that were chosen and are still there, else the newest student. */
  get chosen(): readonly number[] {
    const known = this.#world.students().map(({ id }) => id);
    const chosen = this.#world.memory.chosen.filter((id) => known.includes(id));
    return chosen.length > 0 ? chosen : known.slice(0, 1);
  }

  get settings(): ChatSettings {
    return this.#world.memory.settings;
  }

  /** As many of the newest as fit into a message. */
  get exchanges(): readonly ChatExchange[] {
    const now = this.#exchanges.map((exchange) => ({
      ...exchange,
      answers: exchange.answers.map((answer) => this.#workOn(exchange.id, answer.student)?.answer ?? answer),
    }));
    return fittingExchanges(now);
  }

  /** Whom to ask from now on; the servers of others are ended. */
  async choose(students: readonly number[]): Promise<void> {
    const known = new Set(this.#world.students().map(({ id }) => id));
    const chosen = [...new Set(students)].filter((id) => known.has(id)).slice(0, MOST_STUDENTS);
    await this.#world.memory.keep({ chosen });
    for (const [id, served] of this.#servers) {
      if (!this.chosen.includes(id) && served.asked === 0) {
        this.#end(id);
      }
    }
  }

  /** Asks the chosen students; returns when the question stands there, not when it is answered. */
  async ask(question: ChatQuestion): Promise<void> {
    const { memory, clock } = this.#world;
    const iterations = new Map(this.#world.students().map(({ id, iteration }) => [id, iteration]));
    const last = this.#exchanges.at(-1)?.id ?? 0;
    const exchange: ChatExchange = {
      ...{ id: Math.max(last + 1, clock.now()), at: clock.now(), question },
      answers: this.chosen.map((id) => emptyAnswer(id, iterations.get(id) ?? 0)),
    };
    const { temperature, maxTokens } = question;
    this.#exchanges = [...this.#exchanges, exchange];
    await memory.keep({ settings: { temperature, maxTokens }, exchanges: this.#exchanges });
    for (const { student } of exchange.answers) {
      void this.#answer(exchange, student);
    }
    this.#world.changed();
  }

  /** Asks a student of an exchange once more. */
  again(exchangeId: number, student: number): void {
    const exchange = this.#exchanges.find(({ id }) => id === exchangeId);
    if (exchange?.answers.some((one) => one.student === student) && !this.#workOn(exchangeId, student)) {
      void this.#answer(exchange, student);
      this.#world.changed();
    }
  }

  /** Stops whoever answers; what has come stays. */
  stop(): void {
    for (const { stop } of this.#works) {
      stop.abort();
    }
  }

  /** Forgets what was asked; what is being answered is stopped. */
  async clear(): Promise<void> {
    this.stop();
    this.#exchanges = [];
    await this.#world.memory.keep({ exchanges: [] });
    this.#world.changed();
  }

  question(exchangeId: number): ChatQuestion | null {
    return this.#exchanges.find(({ id }) => id === exchangeId)?.question ?? null;
  }

  /** Ends all servers. */
  dispose(): void {
    this.stop();
    for (const id of [...this.#servers.keys()]) {
      this.#end(id);
    }
  }

  async #answer(exchange: ChatExchange, student: number): Promise<void> {
    const { clock, ask } = this.#world;
    const iteration = exchange.answers.find((one) => one.student === student)?.iteration ?? 0;
    const answer = emptyAnswer(student, iteration);
    const work: Work = { exchange, answer, stop: new AbortController(), told: 0, timer: null };
    this.#works.add(work);
    const served = this.#serve(student);
    const change = (changes: Partial<ChatAnswer>): void => {
      work.answer = { ...work.answer, ...changes };
      this.#tellSoon(work);
    };
    try {
      const place = await orAborted(
        served.server.served((note) => change({ note })),
        work.stop.signal,
      );
      const began = clock.now();
      change({ state: "answering", note: "" });
      const end = await ask(
        place,
        exchange.question,
        clock,
        (piece) => change({ text: work.answer.text + piece }),
        work.stop.signal,
      );
      const { inputTokens, outputTokens, finishReason } = end;
      const milliseconds = clock.now() - began;
      change({ state: "done", inputTokens, outputTokens, milliseconds, isCut: finishReason === "length" });
    } catch (error) {
      const stopped = work.stop.signal.aborted || (error instanceof LionError && error.kind === "interrupted");
      if (stopped) {
        change({ state: "stopped", note: "" });
      } else {
        const death = await this.#deathOf(error, served);
        change({ state: "failed", note: inEditorWords(death ?? messageOf(error)) });
        if (death !== null) {
          // What was wrong may have been mended, in lion.json for example: the next question has another server.
          this.#forget(student, served);
        }
      }
    }
    this.#finished(work, student, served);
  }

  #finished(work: Work, student: number, served: Served): void {
    this.#tell(work);
    this.#works.delete(work);
    this.#exchanges = this.#exchanges.map((one) =>
      one.id === work.exchange.id
        ? { ...one, answers: one.answers.map((answer) => (answer.student === student ? work.answer : answer)) }
        : one,
    );
    void this.#world.memory.keep({ exchanges: this.#exchanges });
    served.asked--;
    if (served.asked === 0 && this.#servers.get(student) === served) {
      served.idle = setTimeout(() => this.#end(student), this.#world.idleMs ?? IDLE_MS).unref();
    }
  }

  /** Why the server does not run; null when it does. One that has died says more than the connection that broke off. */
  async #deathOf(error: unknown, { server }: Served): Promise<string | null> {
    if (error instanceof LionError) {
      return error.message;
    }
    for (let look = 0; look < LOOKS; look++) {
      const problem = await server.problem().catch(messageOf);
      if (problem !== null) {
        return problem;
      }
      await this.#world.clock.sleep(LOOK_MS);
    }
    return null;
  }

  #serve(student: number): Served {
    const served = this.#servers.get(student) ?? { server: this.#world.makeServer(student), asked: 0, idle: null };
    this.#servers.set(student, served);
    served.asked++;
    if (served.idle) {
      clearTimeout(served.idle);
      served.idle = null;
    }
    return served;
  }

  #end(student: number): void {
    const served = this.#servers.get(student);
    if (!served) {
      return;
    }
    this.#servers.delete(student);
    if (served.idle) {
      clearTimeout(served.idle);
    }
    served.server.stop().catch((error: unknown) => this.#world.note(messageOf(error)));
  }

  /** Lets go of a server that does not run. */
  #forget(student: number, served: Served): void {
    if (this.#servers.get(student) === served) {
      this.#end(student);
    }
  }

  #workOn(exchangeId: number, student: number): Work | undefined {
    return [...this.#works].find(({ exchange, answer }) => exchange.id === exchangeId && answer.student === student);
  }

  #tellSoon(work: Work): void {
    work.timer ??= setTimeout(() => this.#tell(work), TELL_EVERY_MS);
  }

  #tell(work: Work): void {
    if (work.timer) {
      clearTimeout(work.timer);
      work.timer = null;
    }
    const { text, ...answer } = work.answer;
    this.#world.tell({ exchange: work.exchange.id, answer, from: work.told, text: text.slice(work.told) });
    work.told = text.length;
  }
}

function emptyAnswer(student: number, iteration: number): ChatAnswer {
  return {
    ...{ student, iteration, state: "starting", text: "", note: "" },
    ...{ inputTokens: null, outputTokens: null, milliseconds: null, isCut: false },
  };
}

/** What a promise comes to, unless the signal aborts first; the server goes on starting, for the next question. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
