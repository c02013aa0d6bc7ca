import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { Coalescer } from "../../../src/shell/coalescer.ts";

function begin(context: TestContext): {
  told: string[][];
  add: (...changes: string[]) => void;
  pass: (ms: number) => void;
} {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const told: string[][] = [];
  const coalescer = new Coalescer<string>({
    tell: (changes) => told.push([...changes].sort()),
    canWait: (change) => change === "decisions",
    clock: { now: () => Date.now() },
  });
  context.after(() => coalescer.dispose());
  return { told, add: (...changes) => coalescer.add(changes), pass: (ms) => context.mock.timers.tick(ms) };
}

it("tells a change soon, and what comes with it at once", (context) => {
  const { told, add, pass } = begin(context);
  add("decisions");
  pass(149);
  assert.deepEqual(told, []);
  pass(1);
  assert.deepEqual(told, [["decisions"]]);
  add();
  pass(2000);
  assert.equal(told.length, 1, "nothing is nothing to tell of");
});

it("waits for a pause while decisions follow each other, but not for ever", (context) => {
  const { told, add, pass } = begin(context);
  add("decisions");
  pass(150);
  for (let at = 0; at < 49; at++) {
    add("decisions");
    pass(100);
  }
  assert.equal(told.length, 1, "in a row nothing is told");
  pass(100);
  assert.equal(told.length, 2, "after five seconds it is");
  add("decisions");
  pass(399);
  assert.equal(told.length, 2);
  pass(1);
  assert.equal(told.length, 3, "a pause is enough");
});

it("lets nothing else wait for decisions", (context) => {
  const { told, add, pass } = begin(context);
  add("decisions");
  pass(150);
  add("decisions");
  add("engine");
  pass(150);
  assert.deepEqual(told.slice(1), [["decisions", "engine"]]);
  add("engine");
  pass(100);
  add("engine");
  pass(50);
  assert.equal(told.length, 3, "what comes later does not put it off");
});
