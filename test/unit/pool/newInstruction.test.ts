import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { addInstruction, type WrittenInstruction } from "../../../src/core/pool/newInstruction.ts";
import { Store } from "../../../src/core/store/store.ts";
import { HandClock, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
let store: Store;

let stores = 0;
beforeEach(() => {
  store = new Store(join(folder, `${stores++}.db`));
});
afterEach(() => store.close());

function write(
  text: string,
  into: WrittenInstruction["into"] = "pools",
  input = "",
): { id: number; iteration: number } {
  return addInstruction(store, clock, { ...singleTurn(text, input), into, actor: "ann" });
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof LionError && error.kind === "input");
    return error.message;
  }
  assert.fail("it was taken");
}

describe("addInstruction", () => {
  it("adds to both pools, to the Cache alone, or to the candidates", () => {
    const both = write("Name a colour.");
    const cached = write("Name a river.", "cache");
    const candidate = write("Name a tree.", "candidates");
    assert.deepEqual(store.pools.train(1), [both.id]);
    assert.deepEqual(store.pools.cache(1), [both.id, cached.id]);
    assert.equal(store.candidates.get(candidate.id)?.half, null);
    const stored = store.instructions.get(both.id);
    assert.deepEqual([stored?.origin, stored?.tags], ["written", { writtenBy: "ann" }]);
  });

  it("joins the coming iteration while one runs", () => {
    store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
    assert.equal(write("Name a colour.").iteration, 2);
    assert.equal(store.pools.cache(1).length, 0);
  });

  it("says which one is there already, and what differs in its input is another one", () => {
    const { id } = write("Name a colour.");
    assert.match(
      refusal(() => write("Name a colour.")),
      new RegExp(`there already as #${id}\\b`),
    );
    assert.match(
      refusal(() => write("Name a colour.", "candidates")),
      /there already/,
    );
    assert.notEqual(write("Name a colour.", "pools", "a warm one").id, id);
  });

  it("takes a stored text to where it is missing instead of storing it twice", () => {
    const { id } = write("Name a colour.", "cache");
    assert.deepEqual(write("Name a colour."), { id, iteration: 1 });
    assert.deepEqual(store.pools.train(1), [id]);
    assert.deepEqual(store.pools.cache(1), [id]);
  });

  it("keeps what is evaluated with out of the pools", () => {
    const id = store.instructions.insert(
      { ...singleTurn("Add 1 and 2."), origin: "imported", purpose: "evaluation" },
      1,
    );
    assert.match(
      refusal(() => write("Add 1 and 2.")),
      new RegExp(`evaluation instruction #${id}\\b`),
    );
  });

  it("wants a text without NUL characters", () => {
    assert.match(
      refusal(() => write("  \n")),
      /needs a text/,
    );
    assert.match(
      refusal(() => addInstruction(store, clock, { turns: [], input: "", system: "", into: "cache", actor: "ann" })),
      /needs a text/,
    );
    assert.match(
      refusal(() => write("a\0b")),
      /NUL character/,
    );
    assert.equal(store.pools.cache(1).length, 0);
  });
});
