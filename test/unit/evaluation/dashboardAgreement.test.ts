import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DashboardReader } from "../../../src/core/evaluation/dashboard.ts";
import { agreementFigures } from "../../../src/core/evaluation/dashboardAgreement.ts";
import { instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import type { NewDecision } from "../../../src/core/store/decisions.ts";
import type { Store } from "../../../src/core/store/store.ts";
import type { AgreementFigures, AgreementSummary } from "../../../src/protocol/dashboard.ts";
import { newStore, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const DECISIONS = 18_000;

/** Decisions of a few people, told in few words. */
class Log {
  readonly store: Store = newStore(folder);
  readonly #reader = new DashboardReader(this.store);

  add(actor: string, kind: NewDecision["kind"], subject: string, rest: Partial<NewDecision> = {}): number {
    return this.store.decisions.add({ actor, kind, subject, payload: {}, groupId: "g", ...rest }, 1);
  }

  /** A judgement of instruction `id` in the first iteration: the person's half and the referee's. */
  judge(actor: string, id: number, half: string, referee: string | null, rest: Partial<NewDecision> = {}): number {
    const payload = { half, referee, ...rest.payload };
    return this.add(actor, half === referee ? "agree" : "override", verdictSubject(1, id), { ...rest, payload });
  }

  undo(id: number): number {
    return this.add("Ada", "undo", "x", { undoes: id });
  }

  async figures(): Promise<AgreementFigures> {
    return (await this.#reader.read("p", null)).agreement;
  }
}

const counts = ({ count, agreed }: AgreementSummary): [number, number] => [count, agreed];

describe("agreement in the dashboard", () => {
  it("with the referee is of each person's latest judgement, blind and not blind apart", async () => {
    const log = new Log();
    assert.deepEqual((await log.figures()).people, []);
    log.judge("Ada", 1, "easy", "hard");
    log.judge("Ada", 1, "hard", "hard");
    log.judge("Bo", 1, "easy", "hard");
    log.judge("Ada", 2, "easy", "easy", { context: "blind" });
    log.judge("Ada", 3, "easy", null);
    const { referee, refereeByIteration } = await log.figures();
    assert.deepEqual(
      [counts(referee.normal), counts(referee.blind)],
      [
        [2, 1],
        [1, 1],
      ],
    );
    assert.equal(referee.normal.kappa?.value, 0);
    assert.deepEqual(
      refereeByIteration.map(({ iteration, blind }) => [iteration, blind.count]),
      [[1, 1]],
    );
  });

  it("with oneself is of what was decided again, and counts as a blind judgement too", async () => {
    const log = new Log();
    const first = log.judge("Ada", 1, "hard", "hard");
    log.judge("Ada", 1, "easy", "hard", { context: "blind", payload: { again: first } });
    const approved = log.add("Ada", "approve", instructionSubject(9));
    log.add("Ada", "approve", instructionSubject(9), { context: "blind", payload: { again: approved } });
    const { self, referee } = await log.figures();
    assert.deepEqual(
      [counts(self.verdicts), counts(self.candidates)],
      [
        [1, 0],
        [1, 1],
      ],
    );
    assert.deepEqual(counts(referee.blind), [1, 0]);
  });

  it("between people is of second opinions, which did not see the first", async () => {
    const log = new Log();
    log.add("Ada", "approve", instructionSubject(1));
    log.add("Bo", "refuse", instructionSubject(1), { payload: { reason: "x", second: true } });
    // Who settles it has seen both, and is no opinion more.
    log.add("Cy", "approve", instructionSubject(1));
    log.judge("Ada", 2, "hard", "hard");
    log.judge("Bo", 2, "hard", "hard", { payload: { second: true } });
    const { between } = await log.figures();
    assert.deepEqual(
      [counts(between.candidates), counts(between.verdicts)],
      [
        [1, 0],
        [1, 1],
      ],
    );
  });

  it("leaves out what was undone, suggestions, policies and excluded instructions", async () => {
    const log = new Log();
    const undone = log.judge("Ada", 1, "hard", "hard");
    log.undo(undone);
    const restored = log.judge("Ada", 2, "hard", "hard");
    log.undo(log.undo(restored));
    log.judge("agent (x)", 3, "hard", "hard", { context: "suggestion" });
    log.judge("Ada", 4, "hard", "hard");
    log.add("Ada", "exclude", instructionSubject(4), { payload: { reason: "x" } });
    log.add("lion", "approve", instructionSubject(5));
    const { referee, people } = await log.figures();
    assert.deepEqual(counts(referee.normal), [1, 1]);
    assert.deepEqual(
      people.map(({ actor, decisions }) => [actor, decisions]),
      [["Ada", 3]],
    );
  });

  it("tells who decided how much, and the median time an item", async () => {
    const log = new Log();
    for (const milliseconds of [2000, 60_000, 4000, 3000, null]) {
      log.add("Ada", "approve", instructionSubject(1), { milliseconds });
    }
    log.add("Bo", "approve", instructionSubject(2));
    assert.deepEqual((await log.figures()).people, [
      { actor: "Ada", decisions: 5, timed: 4, medianSeconds: 3.5 },
      { actor: "Bo", decisions: 1, timed: 0, medianSeconds: null },
    ]);
  });

  it("of many decisions is read in slices, and once", async () => {
    const log = new Log();
    log.store.write(() => {
      for (let id = 1; id <= DECISIONS; id++) {
        log.judge(id % 2 ? "Ada" : "Bo", 1 + (id % 3000), id % 3 ? "hard" : "easy", id % 5 ? "hard" : "easy");
      }
    });
    let turns = 0;
    const beat = setInterval(() => turns++, 0);
    const once = await agreementFigures(log.store.connection, DECISIONS, () => false);
    clearInterval(beat);
    assert.deepEqual(counts(once.referee.normal).at(0), 3000);
    assert.ok(turns >= 2, `${turns} turns of the event loop`);
    const read = await log.figures();
    assert.deepEqual(read, once);
    assert.equal(await log.figures(), read);
  });
});
