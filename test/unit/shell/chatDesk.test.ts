import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SystemClock } from "../../../src/core/clock.ts";
import { LionError } from "../../../src/core/errors.ts";
import type { AnswerNews, ChatAnswer, ChatQuestion } from "../../../src/protocol/chat.ts";
import { questionOf, settingsOf } from "../../../src/protocol/chat.ts";
import { LARGEST_MESSAGE } from "../../../src/protocol/messages.ts";
import { ChatDesk, type ChatServer, type ChatWorld } from "../../../src/shell/panels/chatDesk.ts";
import { ChatMemory } from "../../../src/shell/panels/chatMemory.ts";
import type { Keeping } from "../../../src/shell/panels/queueMemory.ts";
import { withNews } from "../../../webview/chat/chatModel.ts";

const QUESTION: ChatQuestion = { instruction: "Why?", input: "", system: "", temperature: 0.2, maxTokens: 30 };

class Kept implements Keeping {
  readonly #values = new Map<string, unknown>();
  get(key: string): unknown {
    return this.#values.get(key);
  }
  async update(key: string, value: unknown): Promise<void> {
    // As the editor does, through JSON.
    this.#values.set(key, JSON.parse(JSON.stringify(value)));
  }
}

class FakeServer implements ChatServer {
  stops = 0;
  failure: Error | null = null;
  death: string | null = null;
  async served(tell: (text: string) => void): Promise<{ baseUrl: string; model: string }> {
    tell("reading the model");
    if (this.failure) {
      throw this.failure;
    }
    return { baseUrl: "http://127.0.0.1:1/v1", model: "student" };
  }
  async problem(): Promise<string | null> {
    return this.death;
  }
  async stop(): Promise<void> {
    this.stops++;
  }
}

type Ask = ChatWorld["ask"];

const answers: Ask = async (_served, question, _clock, onText) => {
  for (const word of ["Because", " of", ` ${question.instruction}`]) {
    onText(word);
    await pause(1);
  }
  return { finishReason: "stop", inputTokens: 5, outputTokens: 3 };
};

/** Answers a word, and then nothing until it is stopped. */
const hangs: Ask = async (_served, _question, _clock, onText, signal) => {
  onText("Well");
  await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  throw new Error("never");
};

function world(changes: { ask?: Ask; idleMs?: number; keeping?: Keeping; students?: number } = {}) {
  const servers = new Map<number, FakeServer>();
  const news: AnswerNews[] = [];
  const keeping = changes.keeping ?? new Kept();
  const students = Array.from({ length: changes.students ?? 3 }, (_, index) => {
    const id = (changes.students ?? 3) - index;
    return { id, iteration: id * 10, target: "local", usable: true };
  });
  const serverOf = (id: number): FakeServer => {
    const server = servers.get(id) ?? new FakeServer();
    servers.set(id, server);
    return server;
  };
  const desk = new ChatDesk({
    ...{ clock: new SystemClock(), students: () => students, makeServer: serverOf, ask: changes.ask ?? answers },
    ...{ memory: new ChatMemory(keeping, "/p"), tell: (one) => news.push(one), changed: () => {}, note: assert.fail },
    ...(changes.idleMs !== undefined && { idleMs: changes.idleMs }),
  });
  const settled = async (): Promise<readonly ChatAnswer[]> => {
    for (let turn = 0; turn < 400; turn++) {
      const last = desk.exchanges.at(-1)?.answers ?? [];
      if (last.length > 0 && last.every(({ state }) => state !== "starting" && state !== "answering")) {
        return last;
      }
      await pause(10);
    }
    return assert.fail("nobody has answered");
  };
  return { desk, serverOf, servers, news, keeping, settled };
}

describe("the chat", () => {
  it("asks the newest student until somebody chooses, with its answer, tokens and time", async () => {
    const { desk, settled } = world();
    assert.deepEqual(desk.chosen, [3]);
    await desk.ask(QUESTION);
    const [answer] = await settled();
    assert.equal(answer?.iteration, 30);
    assert.equal(answer?.text, "Because of Why?");
    assert.deepEqual([answer?.state, answer?.inputTokens, answer?.outputTokens, answer?.isCut], ["done", 5, 3, false]);
    assert.ok((answer?.milliseconds ?? -1) >= 0);
  });

  it("asks two students the same, side by side, and no more than two", async () => {
    const { desk, settled, servers } = world();
    await desk.choose([1, 2, 3, 99, 1]);
    assert.deepEqual(desk.chosen, [1, 2]);
    await desk.ask(QUESTION);
    assert.deepEqual(
      (await settled()).map(({ student }) => student),
      [1, 2],
    );
    assert.deepEqual([...servers.keys()], [1, 2]);
  });

  it("tells the page each piece once, so that it has the whole answer", async () => {
    const { desk, settled, news } = world();
    await desk.ask(QUESTION);
    let shown = desk.exchanges;
    await settled();
    for (const one of news) {
      shown = withNews(shown, one) ?? assert.fail("something was missed");
    }
    assert.deepEqual(shown, desk.exchanges);
  });

  it("has the page load again where a piece was missed", () => {
    const answer = { student: 1, iteration: 1, state: "answering", note: "", isCut: false } as const;
    const counts = { inputTokens: null, outputTokens: null, milliseconds: null };
    const exchanges = [{ id: 7, at: 0, question: QUESTION, answers: [{ ...answer, ...counts, text: "abc" }] }];
    const news = (from: number, exchange = 7): AnswerNews => ({
      exchange,
      answer: { ...answer, ...counts },
      from,
      text: "d",
    });
    assert.equal(withNews(exchanges, news(3))?.[0]?.answers[0]?.text, "abcd");
    assert.equal(withNews(exchanges, news(0))?.[0]?.answers[0]?.text, "d");
    assert.equal(withNews(exchanges, news(9)), null);
    assert.equal(withNews(exchanges, news(3, 8)), null);
  });

  it("stops an answer and keeps what has come", async () => {
    const { desk, settled } = world({ ask: hangs });
    await desk.ask(QUESTION);
    await pause(30);
    desk.stop();
    const [answer] = await settled();
    assert.deepEqual([answer?.state, answer?.text, answer?.milliseconds], ["stopped", "Well", null]);
  });

  it("says why a student cannot be asked, and asks it again when that is wished", async () => {
    const { desk, settled, serverOf } = world();
    serverOf(3).failure = new LionError("environment", "There is no Python that works: run `lion status`.");
    await desk.ask(QUESTION);
    const [failed] = await settled();
    assert.equal(failed?.state, "failed");
    assert.match(failed?.note ?? "", /^There is no Python that works: run the Iterations view/);
    assert.equal(serverOf(3).stops, 1, "the next question has another server");
    serverOf(3).failure = null;
    desk.again(desk.exchanges[0]?.id ?? 0, 3);
    const [answer] = await settled();
    assert.deepEqual([answer?.state, desk.exchanges.length], ["done", 1]);
  });

  it("says what a server has died of, rather than that the connection broke off", async () => {
    const breaks: Ask = () => Promise.reject(new Error("the connection broke off"));
    const { desk, settled, serverOf } = world({ ask: breaks });
    serverOf(3).death = "The student of iteration 30 could not be served: signal 9 ended it.";
    await desk.ask(QUESTION);
    assert.match((await settled())[0]?.note ?? "", /signal 9 ended it/);
  });

  it("ends a server that nobody asks, that of a student who is not chosen any more, and all of them in the end", async () => {
    const { desk, settled, serverOf } = world({ idleMs: 30 });
    await desk.ask(QUESTION);
    await settled();
    assert.equal(serverOf(3).stops, 0);
    await pause(80);
    assert.equal(serverOf(3).stops, 1);

    const other = world();
    await other.desk.ask(QUESTION);
    await other.settled();
    await other.desk.choose([1]);
    assert.equal(other.serverOf(3).stops, 1);
    await other.desk.ask(QUESTION);
    await other.settled();
    other.desk.dispose();
    assert.equal(other.serverOf(1).stops, 1);
  });

  it("does not end a server while it answers", async () => {
    const { desk, serverOf, settled } = world({ ask: hangs, idleMs: 10 });
    await desk.ask(QUESTION);
    await pause(60);
    assert.equal(serverOf(3).stops, 0);
    desk.stop();
    await settled();
  });
});

describe("what the chat remembers", () => {
  it("is there after a reload: questions, answers, who was asked and how; what was being answered has stopped", async () => {
    const keeping = new Kept();
    const first = world({ keeping });
    await first.desk.choose([2, 1]);
    await first.desk.ask(QUESTION);
    await first.settled();
    const hanging = world({ keeping, ask: hangs });
    await hanging.desk.ask({ ...QUESTION, instruction: "And then?" });
    await pause(20);

    const { desk } = world({ keeping });
    assert.deepEqual(desk.chosen, [2, 1]);
    assert.deepEqual(desk.settings, { temperature: 0.2, maxTokens: 30 });
    assert.deepEqual(
      desk.exchanges.map(({ question, answers: given }) => [question.instruction, given.map(({ state }) => state)]),
      [
        ["Why?", ["done", "done"]],
        ["And then?", ["stopped", "stopped"]],
      ],
    );
    hanging.desk.stop();
    await hanging.settled();
    await desk.clear();
    assert.deepEqual(world({ keeping }).desk.exchanges, []);
  });

  it("fits into a message, however much was said", async () => {
    const keeping = new Kept();
    const long: Ask = async (_served, _question, _clock, onText) => {
      onText("\u0001".repeat(60_000));
      return { finishReason: "length", inputTokens: 1, outputTokens: 1 };
    };
    const { desk, settled } = world({ keeping, ask: long });
    for (let turn = 0; turn < 3; turn++) {
      await desk.ask({ ...QUESTION, instruction: `${turn}` });
      await settled();
    }
    const { exchanges } = world({ keeping }).desk;
    assert.equal(exchanges.at(-1)?.question.instruction, "2");
    assert.ok(JSON.stringify(exchanges).length < LARGEST_MESSAGE - 16 * 1024);
    assert.ok(JSON.stringify(desk.exchanges).length < LARGEST_MESSAGE - 16 * 1024);
  });

  it("is nothing of what a stranger has stored", () => {
    const keeping = new Kept();
    void keeping.update("lion.chat:/p", { chosen: "x", settings: 3, exchanges: [1, { id: 1 }, null] });
    const { desk } = world({ keeping });
    assert.deepEqual([desk.chosen, desk.exchanges], [[3], []]);
    assert.deepEqual(desk.settings, { temperature: 0.7, maxTokens: 1024 });
  });
});

describe("a question that comes from the page", () => {
  it("is taken as far as it is one", () => {
    assert.equal(questionOf({ instruction: "  " }), null);
    assert.equal(questionOf(null), null);
    assert.deepEqual(questionOf({ instruction: "a", input: 3, temperature: 9, maxTokens: 0.4 }), {
      ...{ instruction: "a", input: "", system: "", temperature: 2, maxTokens: 1 },
    });
    assert.equal(questionOf({ instruction: "x".repeat(50_000) })?.instruction.length, 20_000);
    assert.deepEqual(settingsOf({ temperature: Number.NaN, maxTokens: "7" }), { temperature: 0.7, maxTokens: 1024 });
  });
});
