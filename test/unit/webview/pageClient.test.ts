import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { QueueState, Screen } from "../../../src/protocol/queue.ts";
import { KeptItems } from "../../../webview/ui/keptItems.ts";
import { PageClient, type QueuePeer } from "../../../webview/ui/pageClient.ts";

const QUEUE = {} as QueueState;
const DISPLAY = { plain: false, marks: false, details: false, help: false };
const names = ["requestAnimationFrame", "requestIdleCallback", "document"] as const;

function screenOf(key: string, item?: string): Screen<string> {
  const entry = { key, instructionId: 1, reason: "first" } as const;
  return { state: "item", queue: QUEUE, entry, ...(item !== undefined && { item }), display: DISPLAY, editing: null };
}

/** A page and an editor that write down what they are asked for. */
class World {
  readonly log: string[] = [];
  loads: Array<Screen<string> | Error> = [];
  readonly client = new PageClient<string, null>({
    begin: () => this.log.push("begin"),
    show: async (screen) => this.log.push(`show ${screen.state === "item" ? screen.item : screen.state}`),
    prepare: (item) => this.log.push(`prepare ${item}`),
    command: (command) => this.log.push(command),
    trouble: (problem) => problem !== null && this.log.push(`trouble ${problem}`),
  });
  readonly peer = {
    request: async (kind: string) => {
      this.log.push(`ask ${kind}`);
      const next = kind === "load" ? this.loads.shift() : null;
      if (next instanceof Error) {
        throw next;
      }
      return next;
    },
    tell: (kind: string, body: { key: string }) => this.log.push(`${kind} ${body.key}`),
  } as unknown as QueuePeer<string, null>;
}

describe("the page's end of the conversation on a queue", () => {
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  const listeners: Array<() => void> = [];

  beforeEach(() => {
    const soon = (work: () => void): number => {
      setImmediate(work);
      return 0;
    };
    const document = {
      visibilityState: "visible",
      addEventListener: (_: string, listener: () => void) => listeners.push(listener),
    };
    for (const [name, value] of Object.entries({ requestAnimationFrame: soon, requestIdleCallback: soon, document })) {
      Object.defineProperty(globalThis, name, { value, configurable: true });
    }
  });

  afterEach(() => {
    for (const [at, name] of names.entries()) {
      const descriptor = before[at];
      if (descriptor) {
        Object.defineProperty(globalThis, name, descriptor);
      } else {
        Reflect.deleteProperty(globalThis, name);
      }
    }
    listeners.length = 0;
  });

  const frames = async (): Promise<void> => {
    for (let frame = 0; frame < 4; frame++) {
      await new Promise(setImmediate);
    }
  };

  const started = async (): Promise<World> => {
    const world = new World();
    world.loads = [screenOf("1", "one")];
    await world.client.start(world.peer);
    await frames();
    return world;
  };

  it("asks for texts and the screen, shows it, and tells when it was painted", async () => {
    assert.deepEqual((await started()).log, ["ask hello", "begin", "ask load", "show one", "painted 1"]);
  });

  it("shows an item that was sent ahead without asking", async () => {
    const world = await started();
    world.log.length = 0;
    await world.client.handlers.ahead({ entry: { key: "2", instructionId: 2, reason: "first" }, item: "two" });
    await frames();
    await world.client.handlers.show(screenOf("2"));
    await frames();
    assert.deepEqual(world.log, ["prepare two", "show two", "painted 2"]);
  });

  it("asks for an item that it lacks", async () => {
    const world = await started();
    world.log.length = 0;
    world.loads = [screenOf("9", "nine")];
    await world.client.handlers.show(screenOf("9"));
    await frames();
    assert.deepEqual(world.log, ["ask load", "show nine", "painted 9"]);
  });

  it("tells once that an item was painted, however often its display changes, and again after another one", async () => {
    const world = await started();
    world.log.length = 0;
    for (const key of ["1", "1", "2", "1"]) {
      await world.client.handlers.show(screenOf(key, key));
      await frames();
    }
    assert.deepEqual(
      world.log.filter((line) => line.startsWith("painted")),
      ["painted 2", "painted 1"],
    );
  });

  it("does not tell of an item that another one came in front of before its frame", async () => {
    const world = await started();
    world.log.length = 0;
    await world.client.handlers.show(screenOf("2", "two"));
    await world.client.handlers.show(screenOf("3", "three"));
    await frames();
    assert.deepEqual(world.log, ["show two", "show three", "painted 3"]);
  });

  it("asks again when the page is seen again", async () => {
    const world = await started();
    world.log.length = 0;
    world.loads = [{ state: "empty", queue: QUEUE, why: "finished", others: [] }];
    listeners[0]?.();
    await frames();
    assert.deepEqual(world.log, ["ask load", "show empty"]);
  });

  it("says what the editor could not do", async () => {
    const world = await started();
    world.log.length = 0;
    world.loads = [new Error("The file is locked.")];
    await world.client.load();
    assert.deepEqual(world.log, ["ask load", "trouble The file is locked."]);
  });
});

describe("kept items", () => {
  it("are the newest ones, and the newest under a key", () => {
    const kept = new KeptItems<number>(2);
    kept.keep("a", 1);
    kept.keep("b", 2);
    kept.keep("a", 3);
    kept.keep("c", 4);
    assert.deepEqual([kept.take("a"), kept.take("b"), kept.take("c")], [3, undefined, 4]);
  });
});
