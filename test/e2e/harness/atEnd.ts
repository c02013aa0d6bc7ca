import type { TestContext } from "node:test";

type Work = () => void | Promise<void>;

const works = new WeakMap<TestContext, Work[]>();

/** Does something when the test is over, before whatever was put off earlier: windows close before folders go. */
export function atEnd(context: TestContext, work: Work): void {
  const known = works.get(context);
  if (known) {
    known.push(work);
    return;
  }
  const stack = [work];
  works.set(context, stack);
  context.after(async () => {
    for (const next of stack.toReversed()) {
      await next();
    }
  });
}
