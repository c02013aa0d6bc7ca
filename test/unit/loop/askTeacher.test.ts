import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { grantAllowance } from "../../../src/core/loop/allowance.ts";
import { type AskedTeacher, type AskTeacherOptions, askTeacher } from "../../../src/core/loop/askTeacher.ts";
import { Asker } from "../../../src/core/models/asker.ts";
import { Endpoints } from "../../../src/core/models/endpoints.ts";
import type { ProjectConfig } from "../../../src/core/project/schema.ts";
import { effectiveState } from "../../../src/core/review/fold.ts";
import { Judging } from "../../../src/core/review/judging.ts";
import { Review } from "../../../src/core/review/review.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { NOTHING_DECIDED } from "../../../src/core/store/usableAnswer.ts";
import { refuse, reply, ScriptedEndpoint } from "../../support/scriptedEndpoint.ts";
import { addCandidate, addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const TEACHER = { profile: "t", model: "m-1" };

/** A project whose teacher is a real server, which counts what it is asked. */
class World {
  readonly store: Store = newStore(folder);
  readonly endpoint: ScriptedEndpoint;
  readonly abort = new AbortController();
  readonly #config: ProjectConfig;
  readonly #asker: Asker;

  constructor(endpoint: ScriptedEndpoint) {
    this.endpoint = endpoint;
    endpoint.received.length = 0;
    endpoint.script = ({ text }, response, count) => reply(response, `${text} ${count}`);
    const roles = { teacher: "t", student: "t", referee: "t", generator: "t" };
    const profile = { kind: "openai", baseUrl: endpoint.url, model: "m-1", limits: { concurrency: 2 } };
    this.#config = smallConfig({ profiles: { t: profile }, roles, sandbox: undefined });
    const endpoints = new Endpoints({
      ...{ profiles: this.#config.profiles, clock, keyOf: () => undefined, sandboxUrl: () => "" },
      spending: (name) => this.store.ledger.spending(name),
    });
    this.#asker = new Asker({ ledger: this.store.ledger, clock, endpoints });
    this.store.iterations.open({ number: 1, config: this.#config, prompts: {}, decisionFloor: 0 }, 1);
  }

  ask(purpose: AskTeacherOptions["purpose"], ...instructionIds: number[]): Promise<AskedTeacher> {
    const context = { store: this.store, asker: this.#asker, config: this.#config, signal: this.abort.signal };
    return askTeacher(context, { instructionIds, purpose, actor: "ann" });
  }

  usable(id: number): string | undefined {
    return this.store.ledger.usableTeacherAnswer(id, TEACHER, NOTHING_DECIDED)?.text;
  }
}

describe("asking the teacher outside of the stages", () => {
  const endpoint = new ScriptedEndpoint();
  before(() => endpoint.listen());
  after(() => endpoint.close());

  it("stores each answer on arrival, and asks nothing that is answered already", async () => {
    const world = new World(endpoint);
    const ids = ["a", "b", "c"].map((text) => addCandidate(world.store, text));
    assert.deepEqual(await world.ask("ahead", ...ids, ...ids), { asked: 3, answered: 3, problem: null });
    assert.deepEqual(await world.ask("ahead", ...ids), { asked: 3, answered: 3, problem: null });
    assert.equal(endpoint.received.length, 3);
    assert.ok(ids.every((id) => world.usable(id) !== undefined));
    assert.equal(world.store.ledger.callsByRole(1).get("teacher"), 3, "they count for the iteration at hand");
  });

  it("keeps refused and cut-off answers as what they are, and asks for them ahead only once", async () => {
    const world = new World(endpoint);
    const [cut, failed] = [addCandidate(world.store, "long"), addCandidate(world.store, "bad")];
    endpoint.script = ({ text }, response) =>
      text === "long" ? reply(response, "and so", { finish_reason: "length" }) : refuse(response, 400);
    assert.deepEqual(await world.ask("ahead", cut, failed), { asked: 2, answered: 0, problem: null });
    assert.deepEqual(await world.ask("ahead", cut, failed), { asked: 2, answered: 0, problem: null });
    assert.equal(endpoint.received.length, 2);
    assert.deepEqual(
      world.store.ledger.answersOf(cut, "teacher").map(({ kind, text }) => [kind, text]),
      [["cut", "and so"]],
    );
    assert.equal(world.usable(cut), undefined);
  });

  it("asks ahead for nobody who was turned down meanwhile, and for no one who is no candidate", async () => {
    const world = new World(endpoint);
    const [refused, excluded, waiting] = ["r", "x", "w"].map((text) => addCandidate(world.store, text)) as [
      number,
      number,
      number,
    ];
    const filtered = addCandidate(world.store, "f", { filter: "too-similar" });
    const imported = addInstruction(world.store, "pool");
    const review = new Review({ store: world.store, clock, actor: "ann" });
    review.refuse([refused], "dull");
    review.exclude([excluded], "off-topic");
    const all = [refused, excluded, waiting, filtered, imported];
    assert.deepEqual(await world.ask("ahead", ...all), { asked: 1, answered: 1, problem: null });
    assert.deepEqual(
      endpoint.received.map(({ text }) => text),
      ["w"],
    );
    await assert.rejects(world.ask("ahead", 99_999), (error) => error instanceof LionError && error.kind === "input");
  });

  it("asks again by another draw, which serves in the place of an answer that was found wrong", async () => {
    const world = new World(endpoint);
    const id = addCandidate(world.store, "a");
    await world.ask("ahead", id);
    const [first] = world.store.ledger.answersOf(id, "teacher");
    new Judging({ store: world.store, clock, actor: "ann" }).reject(id, first?.id ?? 0);
    const decided = effectiveState(world.store.decisions.upTo());
    const usable = (): string | undefined => world.store.ledger.usableTeacherAnswer(id, TEACHER, decided)?.text;
    assert.equal(usable(), undefined);
    await world.ask("ahead", id);
    assert.equal(endpoint.received.length, 1, "nobody asks again by themselves");
    assert.deepEqual(await world.ask("again", id), { asked: 1, answered: 1, problem: null });
    assert.equal(usable(), "a 2");
    await world.ask("again", id);
    assert.equal(usable(), "a 3", "as often as a person wants");
    const seeds = endpoint.received.map(({ body }) => body.seed);
    assert.equal(new Set(seeds).size, 3);
  });

  it("stops where the allowance of the iteration ends, and says so", async () => {
    const world = new World(endpoint);
    const ids = ["a", "b", "c", "d"].map((text) => addCandidate(world.store, text));
    grantAllowance(world.store, clock, { iteration: 1, calls: 2, cost: null, currency: null, actor: "ann" });
    const { asked, answered, problem } = await world.ask("ahead", ...ids);
    assert.deepEqual([asked, answered], [2, 2]);
    assert.match(problem ?? "", /The allowance of iteration 1 leaves no room/);
    assert.equal(endpoint.received.length, 2);
  });

  it("gives way without losing what is in flight", async () => {
    const world = new World(endpoint);
    const ids = ["a", "b", "c", "d", "e"].map((text) => addCandidate(world.store, text));
    endpoint.script = ({ text }, response, count) => {
      if (count === 2) {
        world.abort.abort(new LionError("interrupted", "Paused."));
      }
      reply(response, text);
    };
    const { asked, problem } = await world.ask("ahead", ...ids);
    assert.ok(asked <= 2);
    assert.match(problem ?? "", /Other work came first: \d of 5/);
    const stored = ids.filter((id) => world.store.ledger.answersOf(id, "teacher").length > 0);
    assert.equal(stored.length, endpoint.received.length);
    assert.equal(world.store.ledger.spending("t").calls, endpoint.received.length);
  });
});
