import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LARGEST_MESSAGE } from "../../../src/protocol/messages.ts";
import { TEXT_PIECE } from "../../../src/protocol/queue.ts";
import { readScores } from "../../../src/shell/commands/scores.ts";
import { fits, fitting, fittingPiece } from "../../../src/shell/panels/fittingMessage.ts";
import { QueueDesk, type QueueSource } from "../../../src/shell/panels/queueDesk.ts";
import { QueueMemory, readDisplay } from "../../../src/shell/panels/queueMemory.ts";
import {
  candidateTitle,
  compareTitle,
  readCandidateQuery,
  readCompareQuery,
} from "../../../src/shell/panels/queueQueries.ts";
import type { Queued } from "../../../src/shell/panels/queueSession.ts";
import { Sitting } from "../../../src/shell/panels/sitting.ts";
import { english } from "./english.ts";

interface Text {
  readonly text: string;
}

/** Candidates whose texts and decisions a test can change. */
class World implements QueueSource<Queued, Text> {
  readonly title = "Waiting";
  readonly texts = new Map<number, string>([1, 2, 3, 4].map((id) => [id, `text ${id}`]));
  readonly decided = new Set<number>();
  reads: number[] = [];
  now = 0;

  open(): { entries: Queued[]; done: number } {
    const entries = [...this.texts.keys()]
      .filter((id) => !this.decided.has(id))
      .map((instructionId): Queued => {
        const subject = `instruction:${instructionId}`;
        return { instructionId, iteration: 1, reason: "first", again: null, subject };
      });
    return { entries, done: 0 };
  }

  isDecided({ instructionId }: Queued): boolean {
    return this.decided.has(instructionId);
  }

  read({ instructionId }: Queued): Text | null {
    this.reads.push(instructionId);
    const text = this.texts.get(instructionId);
    return text === undefined ? null : { text };
  }

  others(): [] {
    return [];
  }

  whyEmpty(): "nothing" {
    return "nothing";
  }
}

function deskOf(world: World): QueueDesk<Queued, Text> {
  const clock = { now: () => world.now };
  return new QueueDesk<Queued, Text>({
    ...{ source: world, actor: "Ada", clock, sitting: new Sitting(clock), display: readDisplay(undefined) },
    ...{ state: { onlyRead: null, blind: false }, held: new Set<string>(), startAt: null },
  });
}

const shown = (desk: QueueDesk<Queued, Text>, whole = false) => {
  const screen = desk.screen(whole);
  return screen.state === "item" ? [screen.entry.key, screen.item?.text ?? null] : [screen.state];
};

describe("what a person has before them", () => {
  it("is shown without reading anything where it was sent ahead", () => {
    const world = new World();
    const desk = deskOf(world);
    assert.deepEqual(shown(desk), ["1", "text 1"]);
    assert.deepEqual(
      desk.ahead().map(({ key }) => key),
      ["2", "3"],
    );
    world.reads = [];
    desk.decided(false, "Approved #1.");
    assert.deepEqual(shown(desk), ["2", null]);
    assert.deepEqual(world.reads, []);
    assert.deepEqual(
      desk.ahead().map(({ key }) => key),
      ["4"],
    );
    assert.deepEqual(shown(desk, true), ["2", "text 2"]);
  });

  it("is sent anew when it has changed, also what was sent ahead", () => {
    const world = new World();
    const desk = deskOf(world);
    shown(desk);
    desk.ahead();
    assert.ok(!desk.renewItems());
    world.texts.set(2, "changed");
    assert.ok(!desk.renewItems());
    assert.deepEqual(
      desk.ahead().map(({ key, item }) => [key, item.text]),
      [["2", "changed"]],
    );
    world.texts.set(1, "changed too");
    assert.ok(desk.renew());
    assert.deepEqual(shown(desk, true), ["1", "changed too"]);
  });

  it("knows whether it is shown as decided, whatever others have done since", () => {
    const world = new World();
    const desk = deskOf(world);
    shown(desk);
    world.decided.add(1);
    shown(desk);
    assert.ok(!desk.isShownDecided, "what the page has says nothing of it");
    shown(desk, true);
    assert.ok(desk.isShownDecided);
    desk.queue.next();
    shown(desk);
    assert.ok(!desk.isShownDecided);
  });

  it("passes what is there no more, and says when all is done", () => {
    const world = new World();
    const desk = deskOf(world);
    world.texts.delete(1);
    assert.deepEqual(shown(desk), ["2", "text 2"]);
    for (let id = 2; id <= 4; id++) {
      desk.decided(false, "");
    }
    const screen = desk.screen();
    assert.ok(screen.state === "empty" && screen.why === "finished");
    assert.ok(screen.queue.left === 0 && screen.queue.position === 0);
  });

  it("knows how long it has been looked at, from when it was painted", () => {
    const world = new World();
    const desk = deskOf(world);
    shown(desk);
    assert.equal(desk.milliseconds, null);
    desk.painted("1");
    world.now = 1500;
    assert.equal(desk.milliseconds, 1500);
    desk.hide();
    assert.equal(desk.milliseconds, null);
  });

  it("lets a key that is too quick wait for the page", async () => {
    const desk = deskOf(new World());
    shown(desk);
    let seen = false;
    const waiting = desk.seen(10_000).then(() => {
      seen = true;
    });
    await Promise.resolve();
    assert.ok(!seen);
    desk.painted("1");
    await waiting;
    await desk.seen(10_000);
  });
});

describe("an item's message", () => {
  it("is cut until it fits, and no character in two", () => {
    const text = { ref: "turn:1:0", head: "😀".repeat(9999), length: 19_998 };
    const item = { turns: Array.from({ length: 40 }, () => ({ role: "user", text })), name: "kept" };
    const { item: cut, json } = fitting(item);
    assert.ok(json.length < LARGEST_MESSAGE);
    const head = cut.turns[0]?.text.head ?? "";
    assert.ok(head.length > 100 && head.isWellFormed());
    assert.deepEqual([cut.turns[0]?.text.length, cut.name], [19_998, "kept"]);
    assert.equal(fitting({ a: 1 }).json, '{"a":1}');
  });

  it("has room for what is edited, unless that is too long", () => {
    const editing = (text: string) =>
      ({ what: "answer", instructionId: 1, fields: [{ name: "answer", text }] }) as const;
    const most = editing("x".repeat(100_000));
    assert.ok(fits(most));
    const texts = Array.from({ length: 9 }, () => ({ ref: "answer:1", head: "x".repeat(20_000), length: 1_000_000 }));
    const { json } = fitting(texts, most);
    assert.ok(json.length + JSON.stringify(most).length < LARGEST_MESSAGE);
    assert.ok(!fits(editing("\u0001".repeat(100_000))));
  });

  it("has a shorter piece of a text whose characters take more than one in it", () => {
    const text = "\u0001".repeat(200_000);
    const piece = fittingPiece((length) => ({ text: text.slice(0, length), next: length }));
    assert.ok(JSON.stringify(piece).length < LARGEST_MESSAGE);
    assert.ok(piece.text.length > 20_000);
    assert.equal(fittingPiece((length) => ({ text: "x".repeat(length), next: null })).text.length, TEXT_PIECE);
  });
});

describe("which queue is gone through", () => {
  it("is read from what was stored or given, and anything else is none", () => {
    for (const given of [null, "x", {}, { state: "gone" }, { group: "hard" }, { group: "hard", iteration: -1 }]) {
      assert.equal(readCandidateQuery(given), null);
      assert.equal(readCompareQuery(given), null);
    }
    const candidates = readCandidateQuery({ sort: "best", half: "soft", state: "waiting", hasText: "a\nb" });
    assert.deepEqual(candidates, { kind: "candidates", state: "waiting", hasText: "a b", sort: "oldest" });
    const verdicts = readCompareQuery({ iteration: 2, group: "unscored" });
    assert.deepEqual(verdicts, { kind: "verdicts", iteration: 2, group: "unscored", sort: "gap" });
    assert.equal(candidates && candidateTitle(candidates, english), "Waiting, “a b”, oldest first");
    assert.equal(verdicts && compareTitle(verdicts, english), "Unscored, iteration 2, largest gap first");
  });

  it("is remembered with the place in it, and can be saved under a name", async () => {
    const kept = new Map<string, unknown>();
    const keeping = {
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => void kept.set(key, value),
    };
    const open = () => new QueueMemory(keeping, { page: "review", folder: "/p", read: readCandidateQuery });
    const query = readCandidateQuery({ state: "waiting" });
    assert.ok(query);
    await open().keepQuery(query);
    await open().keepPosition(query, "12");
    // Of the queue that was left, late.
    await open().keepPosition({ ...query, state: "filtered" }, "13");
    await open().save("Mine", query);
    await open().save("Mine", { ...query, sort: "newest" });
    await open().keepBlind(true);
    assert.deepEqual([open().query, open().positionIn(query), open().blind], [query, "12", true]);
    assert.deepEqual(open().saved, [{ name: "Mine", query: { ...query, sort: "newest" } }]);
    await open().forget("Mine");
    assert.deepEqual(open().saved, []);
    kept.set("lion.queue.review:/p", { query: 3, saved: [{ name: 4 }], positions: "x", blind: "yes" });
    assert.deepEqual([open().query, open().positionIn(query), open().blind, open().saved], [null, null, false, []]);
  });

  it("keeps the place in it once a person stays there, of each queue its own", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const kept = new Map<string, unknown>();
    let writes = 0;
    const keeping = {
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => {
        writes++;
        kept.set(key, value);
      },
    };
    const open = () => new QueueMemory(keeping, { page: "review", folder: "/p", read: readCandidateQuery });
    const waiting = readCandidateQuery({ state: "waiting" });
    assert.ok(waiting);
    const filtered = { ...waiting, state: "filtered" } as const;
    const memory = open();
    for (const key of ["1", "2", "3"]) {
      memory.keepPositionSoon(waiting, key);
      t.mock.timers.tick(200);
    }
    assert.deepEqual([memory.positionIn(waiting), open().positionIn(waiting), writes], ["3", null, 0]);
    memory.keepPositionSoon(filtered, "7");
    assert.deepEqual([open().positionIn(waiting), open().positionIn(filtered), writes], ["3", null, 1]);
    t.mock.timers.tick(250);
    assert.deepEqual([open().positionIn(filtered), writes], ["7", 2]);
    memory.keepPositionSoon(filtered, "7");
    t.mock.timers.tick(1000);
    assert.equal(writes, 2, "nothing new");

    memory.keepPositionSoon(waiting, "4");
    void memory.keepPosition(waiting, null);
    t.mock.timers.tick(1000);
    assert.equal(open().positionIn(waiting), null, "what was said last holds");
  });
});

describe("scores by hand", () => {
  it("are two numbers from 1 to 10", () => {
    for (const text of ["8 5.5", " 8,5.5 ", "8 / 5.5", "8;5.5"]) {
      assert.deepEqual(readScores(text), [8, 5.5]);
    }
    for (const text of ["", "8", "8 11", "0 5", "8 5.555", "8 5 3", "eight five"]) {
      assert.equal(readScores(text), null, text);
    }
  });
});
