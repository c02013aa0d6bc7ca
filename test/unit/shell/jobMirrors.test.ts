import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobStatus } from "../../../src/core/training/target.ts";
import { JobMirrors } from "../../../src/shell/training/jobMirrors.ts";

interface World {
  readonly mirrors: JobMirrors;
  readonly looks: string[];
  readonly told: Array<[string, string]>;
  made: number;
  failing: boolean;
}

function world(jobs: ReadonlyArray<{ readonly id: string; readonly target: string }>): World {
  const made: Omit<World, "mirrors"> = { looks: [], told: [], made: 0, failing: false };
  const look = async (id: string): Promise<JobStatus> => {
    made.looks.push(id);
    if (made.failing) {
      throw new Error("the host is away");
    }
    return { state: "running" };
  };
  const mirrors = new JobMirrors({
    dataDirectory: "/data",
    jobs: () => jobs.map((job) => ({ ...job, directory: `jobs/${job.id}` })),
    targets: async () => {
      made.made++;
      return { of: (name) => ({ kind: name === "local" ? "local" : "ssh", look: (job) => look(job.path) }) };
    },
    onLook: (id, { state }) => made.told.push([id, state]),
    onFailure: (error) => made.told.push(["failure", String(error)]),
  });
  return Object.assign(made, { mirrors });
}

describe("the mirrors of jobs elsewhere", () => {
  it("are brought up to date one after the other, those of this machine left alone", async () => {
    const made = world([
      { id: "a", target: "gpu" },
      { id: "b", target: "local" },
      { id: "c", target: "gpu" },
    ]);
    await made.mirrors.look(0);
    assert.deepEqual(made.looks, ["/data/jobs/a", "/data/jobs/c"]);
    assert.deepEqual(made.told, [
      ["a", "running"],
      ["c", "running"],
    ]);
    await made.mirrors.look(2999);
    assert.equal(made.looks.length, 2, "not so soon again");
    await made.mirrors.look(3000);
    assert.equal(made.looks.length, 4);
    assert.equal(made.made, 1, "one connection for all of it");
  });

  it("are left alone longer and longer while the host is away, and at once tried again when told to", async () => {
    const made = world([{ id: "a", target: "gpu" }]);
    made.failing = true;
    await made.mirrors.look(0);
    assert.equal(made.mirrors.pauseMs, 6000);
    await made.mirrors.look(5999);
    assert.equal(made.looks.length, 1);
    await made.mirrors.look(6000);
    assert.deepEqual([made.looks.length, made.mirrors.pauseMs], [2, 12_000]);
    for (let now = 1e6; now < 2e7; now += 1e6) {
      await made.mirrors.look(now);
    }
    assert.equal(made.mirrors.pauseMs, 300_000);
    assert.ok(made.told.every(([what]) => what === "failure"));
    made.failing = false;
    made.mirrors.forgetFailures();
    await made.mirrors.look(2e7 + 1);
    assert.deepEqual(made.told.at(-1), ["a", "running"]);
    assert.equal(made.mirrors.pauseMs, 3000);
  });

  it("make no connection where there is nothing to look at, and never look twice at once", async () => {
    const idle = world([]);
    await idle.mirrors.look(0);
    assert.equal(idle.made, 0);
    const made = world([{ id: "a", target: "gpu" }]);
    await Promise.all([made.mirrors.look(0), made.mirrors.look(1)]);
    assert.equal(made.looks.length, 1);
  });
});
