import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { iterationAtHand } from "../../../src/core/loop/iterations.ts";
import { finishApproval } from "../../../src/core/review/approval.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import { STAGES } from "../../../src/core/store/iterations.ts";
import { addCandidate, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

describe("the iteration at hand", () => {
  it("is the coming one as soon as the approval is finished, and the old one again when that is undone", () => {
    const store = newStore(temporaryFolder());
    const clock = new HandClock();
    assert.deepEqual(iterationAtHand(store), { number: 1, stages: STAGES });

    store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 0);
    for (const name of STAGES) {
      store.iterations.begin(1, name, 0, 0);
      store.iterations.end(1, name, name === "generation" ? "waiting" : "done", "", 0, 0);
    }
    assert.deepEqual(iterationAtHand(store), { number: 1, stages: ["generation"] });

    const person = new Review({ store, clock, actor: "me" });
    person.approve([addCandidate(store, "Name a colour.")]);
    finishApproval(store, clock, "me");
    assert.deepEqual(iterationAtHand(store), { number: 2, stages: STAGES });
    new Undoing({ store, clock, actor: "me" }).undo();
    assert.deepEqual(iterationAtHand(store), { number: 1, stages: ["generation"] });
  });
});
