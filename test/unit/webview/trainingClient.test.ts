import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { ChosenRun, RunCurve, RunLog, RunState, TrainingView } from "../../../src/protocol/training.ts";
import { TrainingClient, type TrainingPeer, type Wanted } from "../../../webview/training/trainingClient.ts";

const CURVE: Wanted["curve"] = { axis: "step", from: null, to: null, smoothing: 0 };

/** An editor whose one training has steps and a log that tests change. */
class FakeEditor {
  version = 1;
  state: RunState = "running";
  jobId = "j1";
  log = "one\n";
  /** Bytes that a piece of the log has. */
  piece = 1000;
  view: TrainingView | null = null;
  readonly asked: string[] = [];

  readonly peer = {
    request: async (kind: string, body: { side?: string; at?: number } | null) => {
      this.asked.push(kind === "log" ? `log ${body?.side}` : kind);
      await pause(1);
      return kind === "look" ? (this.view ?? this.#runs()) : kind === "curve" ? this.#curve() : this.#logOf(body);
    },
  } as unknown as TrainingPeer;

  #runs(): TrainingView {
    const chosen = { id: "r1", jobId: this.jobId, state: this.state } as ChosenRun;
    const drawn = [{ id: "r1", version: this.version }];
    return { state: "runs", project: "p", runs: [chosen], more: 0, chosen, drawn };
  }

  #curve(): RunCurve {
    return { version: this.version } as RunCurve;
  }

  #logOf(body: { side?: string; at?: number } | null): RunLog {
    const { side, at = 0 } = body ?? {};
    const [from, to] =
      side === "before"
        ? [Math.max(0, at - this.piece), at]
        : side === "after"
          ? [at, Math.min(this.log.length, at + this.piece)]
          : [Math.max(0, this.log.length - this.piece), this.log.length];
    return { jobId: this.jobId, from, to, text: this.log.slice(from, to) };
  }
}

function page(wanted: Partial<Wanted> = {}) {
  const seen = { shows: 0, versions: [] as Array<number | undefined>, log: "", sides: [] as string[], problem: "" };
  return {
    seen,
    wanted: () => ({ chosen: null, drawn: null, curve: CURVE, ...wanted }),
    show: (_: TrainingView, curves: ReadonlyMap<string, RunCurve>) => {
      seen.shows++;
      seen.versions.push(curves.get("r1")?.version);
    },
    showLog: (side: string, { text }: RunLog) => {
      seen.sides.push(side);
      seen.log = side === "last" ? text : side === "before" ? text + seen.log : seen.log + text;
    },
    trouble: (problem: string | null) => {
      seen.problem = problem ?? "";
    },
  };
}

describe("the training view's client", () => {
  it("fetches a curve again only when it, or what is wanted of it, has changed", async () => {
    const editor = new FakeEditor();
    editor.state = "collected";
    const wanted: { curve: Wanted["curve"] } = { curve: CURVE };
    const shown = { ...page(), wanted: () => ({ chosen: null, drawn: null, ...wanted }) };
    const client = new TrainingClient(editor.peer, shown);
    const curves = (): number => editor.asked.filter((kind) => kind === "curve").length;
    await client.look();
    await client.look();
    assert.equal(curves(), 1);
    editor.version = 2;
    await client.look();
    assert.equal(curves(), 2);
    wanted.curve = { ...CURVE, smoothing: 0.9 };
    await client.look();
    assert.equal(curves(), 3);
    assert.deepEqual(shown.seen.versions, [1, 1, 2, 2]);
  });

  it("adds what the log has got, goes back in it, and begins anew with another attempt's", async () => {
    const editor = new FakeEditor();
    editor.state = "collected";
    editor.piece = 4;
    editor.log = "aaa\nbbb\nccc\n";
    const shown = page();
    const client = new TrainingClient(editor.peer, shown);
    await client.look();
    assert.equal(shown.seen.log, "ccc\n");
    editor.log += "ddd\neee\n";
    await client.look();
    assert.equal(shown.seen.log, "ccc\nddd\neee\n");
    assert.equal(await client.earlier("r1"), true);
    assert.equal(await client.earlier("r1"), false);
    assert.equal(shown.seen.log, editor.log);
    editor.jobId = "j2";
    editor.log = "new\n";
    await client.look();
    assert.equal(shown.seen.log, "new\n");
  });

  it("shows the end of a log that has got much longer than anybody reads", async () => {
    const editor = new FakeEditor();
    editor.state = "collected";
    editor.piece = 4;
    const shown = page();
    const client = new TrainingClient(editor.peer, shown);
    await client.look();
    editor.log += "xxx\n".repeat(50);
    await client.look();
    await client.look();
    assert.equal(shown.seen.sides.at(-1), "last");
    assert.equal(shown.seen.log, "xxx\n");
  });

  it("looks again by itself while a training works, not when it is over, and never while it is paused", async (context) => {
    const editor = new FakeEditor();
    const shown = page();
    const client = new TrainingClient(editor.peer, shown, 10);
    context.after(() => client.pause());
    await client.look();
    await pause(100);
    assert.ok(shown.seen.shows > 2, `${shown.seen.shows} looks`);
    client.pause();
    await pause(40);
    const before = editor.asked.length;
    await pause(60);
    assert.equal(editor.asked.length, before);
    editor.state = "collected";
    await client.goOn();
    const after = editor.asked.length;
    await pause(60);
    assert.equal(editor.asked.length, after);
  });

  it("looks once more when it is told to while it looks", async () => {
    const editor = new FakeEditor();
    editor.state = "collected";
    const shown = page();
    const client = new TrainingClient(editor.peer, shown);
    const first = client.look();
    void client.look();
    void client.look();
    await first;
    assert.equal(shown.seen.shows, 2);
  });

  it("shows what there is when nothing was trained, and tells of a failure", async () => {
    const editor = new FakeEditor();
    editor.view = { state: "empty", project: "p", trains: true, running: false };
    const shown = page();
    await new TrainingClient(editor.peer, shown).look();
    assert.equal(shown.seen.shows, 1);
    const failing = { request: () => Promise.reject(new Error("No such table.")) } as unknown as TrainingPeer;
    await new TrainingClient(failing, shown).look();
    assert.equal(shown.seen.problem, "No such table.");
  });
});
