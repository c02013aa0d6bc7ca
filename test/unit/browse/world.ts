import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { Random } from "../../../src/core/random.ts";
import { instructionSubject, iterationSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import type { Half } from "../../../src/core/store/candidates.ts";
import type { NewDecision } from "../../../src/core/store/decisions.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, smallConfig } from "../store/support.ts";

const WORDS = ["river", "café", "stone", "apple", "green", "seven", "night", "Ümlaut", "it's", "3.14"];
const ORIGINS = ["imported", "written", "generated"] as const;

/** A project of two iterations with everything that the views tell apart, drawn at random from a seed. */
export class BrowseWorld {
  readonly store: Store;
  readonly random: Random;
  readonly instructions: number[] = [];
  readonly candidates: number[] = [];
  readonly #answer: number;

  constructor(store: Store, seed: string) {
    this.store = store;
    this.random = new Random(seed);
    this.#answer = store.write(() => this.#fill(store));
  }

  /** Both pools of two iterations. Returns an answer that stands for any. */
  #fill(store: Store): number {
    const { id } = store.ledger.insertAnswer(
      {
        ...{ requestKey: null, role: "teacher", origin: "model", writtenBy: "m", profile: "t", modelAsked: "m" },
        ...{ parameters: "{}", text: "x", kind: "complete", finishReason: "stop" },
        ...{ inputTokens: 1, outputTokens: 1, cost: null },
      },
      1,
    );
    const source = store.instructions.addSource(
      {
        name: "a.json",
        sha256: "x",
        destination: "pools",
        outputs: "drop",
        writtenBy: null,
        licence: null,
        rowLimit: null,
      },
      1,
    );
    for (let count = 0; count < 60; count++) {
      const origin = this.random.pick(ORIGINS);
      const sourceId = origin === "imported" ? source : null;
      this.instructions.push(store.instructions.insert({ ...singleTurn(this.text()), origin, sourceId }, 1));
    }
    const members = this.instructions.filter(() => this.random.next() < 0.9);
    const late = members.filter((id) => id % 3 === 0);
    const early = members.filter((id) => id % 3 > 0);
    store.pools.add("train", 1, members);
    store.pools.add("cache", 1, early);
    store.pools.add("cache", 2, late);
    store.pools.add("train", 2, late);
    return id;
  }

  text(): string {
    return Array.from({ length: 2 + this.random.below(6) }, () => this.random.pick(WORDS)).join(" ");
  }

  openIteration(number: number): void {
    this.store.iterations.open({ number, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  }

  /** Verdicts for a random part of the Cache of an iteration. */
  rate(iteration: number): void {
    this.store.write(() => this.#rate(iteration));
  }

  #rate(iteration: number): void {
    for (const [position, instructionId] of this.store.pools.cache(iteration).entries()) {
      if (this.random.next() < 0.6) {
        const gap = this.random.next() < 0.2 ? null : Math.round(4 * (6 * this.random.next() - 2)) / 4;
        this.store.ratings.putVerdict({
          ...{ iteration, scope: "draw", position, instructionId, gap },
          state: gap === null ? "unscored" : "scored",
          teacherScore: gap === null ? null : 8,
          studentScore: gap === null ? null : 8 - gap,
          contradictory: this.random.next() < 0.3,
          source: "referee",
          teacherAnswerId: this.#answer,
          studentAnswerId: this.#answer,
        });
      }
    }
  }

  addCandidates(iteration: number, count: number): void {
    for (let added = 0; added < count; added++) {
      const filter = this.random.next() < 0.2 ? "similar" : null;
      const half = this.random.pick<Half | null>(["hard", "easy", null]);
      const nearestScore = this.random.next() < 0.2 ? null : this.random.below(70) / 100;
      this.candidates.push(addCandidate(this.store, this.text(), { iteration, half, filter, nearestScore }));
    }
  }

  decide(kind: NewDecision["kind"], subject: string, payload: NewDecision["payload"] = {}, undoes?: number): number {
    const context = this.random.next() < 0.1 ? "suggestion" : "normal";
    const more = undoes === undefined ? this.#opinion() : {};
    return this.store.decisions.add(
      {
        ...{ actor: this.random.pick(["me", "you"]), kind, subject, payload: { ...payload, ...more } },
        // Each an act of its own.
        ...{ groupId: `g${this.store.decisions.highestId() + 1}`, undoes: undoes ?? null, context },
      },
      1,
    );
  }

  /** Now and then a decision is a second opinion, a repeat, or both. */
  #opinion(): NewDecision["payload"] {
    return {
      ...(this.random.next() < 0.25 && { second: true }),
      ...(this.random.next() < 0.1 && { again: 1 }),
    };
  }

  /** Some decision of any kind, an undo (also of an undo) among them. */
  decideAnything(): void {
    const { random } = this;
    const anyId = random.pick([...this.instructions, ...this.candidates]);
    const candidate = instructionSubject(random.pick(this.candidates));
    switch (random.below(12)) {
      case 0:
      case 1:
        this.decide("approve", candidate);
        break;
      case 2:
        this.decide("refuse", candidate, { reason: "wrong" });
        break;
      case 3:
        this.decide("exclude", instructionSubject(anyId), { reason: "off-topic" });
        break;
      case 4:
      case 5:
      case 6:
        this.#judge(verdictSubject(1 + random.below(2), random.pick(this.instructions.slice(0, 20))));
        break;
      case 7:
        this.decide(random.pick(["correct", "reject"]), instructionSubject(anyId), { answerId: 1 + random.below(3) });
        break;
      case 8:
        this.#edit(anyId);
        break;
      default:
        this.#undoAnything();
    }
  }

  #judge(subject: string): void {
    const { random } = this;
    const half = random.pick(["hard", "easy"] as const);
    const gap = Math.round(4 * (6 * random.next() - 2)) / 4;
    switch (random.below(4)) {
      case 0:
        this.decide("agree", subject, { half, gap, referee: half });
        break;
      case 1:
        this.decide("override", subject, { choice: "scores", gap, opinion: half });
        break;
      default:
        this.decide("override", subject, { choice: half, half });
    }
  }

  /** Half of what edits make are candidates of their own, and may be edited again. */
  #edit(id: number): void {
    const replacement = this.store.instructions.insert(
      { ...singleTurn(this.text()), origin: "edited", supersedes: id },
      1,
    );
    const original = this.store.candidates.get(id);
    if (original && this.random.next() < 0.5) {
      this.store.candidates.add({ ...original, instructionId: replacement, ordinal: -replacement }, 1);
      this.candidates.push(replacement);
    }
    this.decide("edit", instructionSubject(id), { replacement });
  }

  /** What is undone is mostly something recent, so that undos of undos of undos are among it. */
  #undoAnything(): void {
    const highest = this.store.decisions.highestId();
    if (highest > 0) {
      const undoes =
        this.random.next() < 0.5 ? highest - this.random.below(Math.min(highest, 4)) : 1 + this.random.below(highest);
      this.decide("undo", this.store.decisions.get(undoes)?.subject ?? "", {}, undoes);
    }
  }

  finish(iteration: number): number {
    return this.store.decisions.add(
      { actor: "me", kind: "finish", subject: iterationSubject(iteration), payload: {}, groupId: "f" },
      1,
    );
  }
}
