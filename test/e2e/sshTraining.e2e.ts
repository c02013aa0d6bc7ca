import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { sandboxProject } from "./harness/projects.ts";
import { Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

const EPOCHS = 1000;
/** Steps after which something happens to the connection: far from the end. */
const SOME_STEPS = 30;

describe("training on a host that is reached by ssh", { skip: noSshd() }, () => {
  let sshd: TestSshd;
  let editor: EditorServer;
  const endings: Array<() => void | Promise<void>> = [];
  before(async () => {
    sshd = await TestSshd.start({ after: (act) => endings.push(act) });
    editor = await EditorServer.start({ environment: sshd.environment as Record<string, string> });
  });
  after(async () => {
    await editor.stop();
    for (const end of endings) {
      await end();
    }
  });

  it("outlives its connections and the window; its checkpoint stays there and answers there", async (context) => {
    const python = process.env.LION_PYTHON ?? "python3";
    const folder = await sandboxProject(context, {
      trained: {
        epochs: EPOCHS,
        on: {
          ...{ kind: "ssh", host: sshd.hosts.direct, nodes: [], folder: "~/a lion's $(den)", python },
          ...{ gpus: "all", waitForGpus: false },
        },
      },
    });
    const records = new Records(context, folder);
    const steps = (id: string): number => linesOf(join(folder, ".lion", "jobs", id, "metrics.jsonl")).length;
    const window = await editor.openWindow(context, { folder });
    await window.activityBar.open("Lion");
    await window.tree("Iterations").welcome.getByRole("button", { name: "Run Next Iteration" }).click();
    await until(() => records.jobs("train").length === 1, "the job is submitted");
    const [job] = records.jobs("train");
    assert.ok(job);
    await until(() => steps(job.id) > SOME_STEPS, "the training's steps arrive here");
    assert.ok(sshd.killSessions() > 0);
    const before = steps(job.id);
    await until(() => steps(job.id) > before + SOME_STEPS, "the training is followed again");

    await window.leave();
    await until(() => records.engine === null, "the engine has ended for want of a window");
    await window.comeBack();
    await window.notifications.choose(/The training of iteration 1 goes on by itself/, "Resume");

    await until(() => records.checkpoints().length === 1, "the checkpoint is registered", { milliseconds: 240_000 });
    await window.statusBar.item("Lion: 8 to review").waitFor({ timeout: 240_000 });
    const [checkpoint] = records.checkpoints();
    assert.equal(checkpoint?.target, job.target);
    assert.deepEqual(
      records.jobs("train").map(({ id, state }) => [id, state]),
      [[job.id, "collected"]],
      "one training, however often it was left",
    );
    assert.ok(
      records.jobs("generate").some(({ target, state }) => target === job.target && state === "collected"),
      "the trained student has answered there",
    );
    const there = join(sshd.home, "a lion's $(den)", "jobs", job.id);
    const here = join(folder, ".lion", "jobs", job.id);
    for (const name of ["log", "metrics.jsonl"]) {
      assert.equal(readFileSync(join(here, name), "utf8"), readFileSync(join(there, name), "utf8"), name);
    }
    assert.ok(existsSync(join(there, "out", "checkpoint", "model.safetensors")));
    assert.ok(!existsSync(join(here, "out", "checkpoint", "model.safetensors")), "weights stay where they are");
    assertHealthy(editor, [window]);
  });
});

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}
