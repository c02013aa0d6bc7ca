import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { allowanceOf } from "../../src/core/loop/allowance.ts";
import type { Estimate } from "../../src/core/loop/estimate.ts";
import type { ReratingSummary } from "../../src/core/loop/reratingSummary.ts";
import type { Project } from "../../src/core/project/project.ts";
import { Lease } from "../../src/core/store/lease.ts";
import type { EndedRun } from "../../src/protocol/engine.ts";
import type { ProjectSession } from "../../src/shell/projectSession.ts";
import type { Shell } from "../../src/shell/shell.ts";
import { factsOf } from "../../src/shell/status/facts.ts";
import { type Standing, standingOf } from "../../src/shell/status/standing.ts";
import { makeSandboxProject, removeProject, type SandboxOptions } from "./sandboxProject.ts";
import { runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

describe("running the loop from the editor", function () {
  this.timeout(120_000);
  let shell: Shell;
  let home = "";
  const made: Project[] = [];

  before(async () => {
    shell = await shellForTests();
    home = shell.projects.require().folder;
  });

  afterEach(() => shell.projects.open(home));

  after(() => {
    for (const project of made) {
      removeProject(project);
    }
  });

  async function openSandbox(options: SandboxOptions = {}): Promise<ProjectSession> {
    const project = await makeSandboxProject(options);
    made.push(project);
    await shell.projects.open(project.directory);
    return shell.projects.require();
  }

  const standing = (session: ProjectSession): Standing => standingOf(factsOf(session));

  /** Runs, and waits until something of it is done. Resolves with the run's end. */
  async function begin(session: ProjectSession, prompter: ScriptedPrompter): Promise<{ ended: Promise<EndedRun> }> {
    const ended = runScripted<EndedRun>(shell, prompter, "lion.run");
    await until(() => (session.engine.state.progress?.done ?? 0) > 2, "the run has begun", 60_000);
    return { ended };
  }

  it("runs to the approval without a question where everything is free, and finishes it", async () => {
    const session = await openSandbox();
    const prompter = new ScriptedPrompter();
    const ended = await runScripted<EndedRun>(shell, prompter, "lion.run");
    assert.equal(ended.outcome, "waiting", ended.message);
    const waiting = standing(session);
    assert.ok(waiting.kind === "approval" && waiting.waiting === 8, JSON.stringify(waiting));
    assert.match(prompter.told.join("\n"), /8 candidates wait for approval/);

    const again = new ScriptedPrompter();
    assert.equal(await runScripted(shell, again, "lion.run"), null);
    assert.match(again.told.join("\n"), /is at its approval: 8 candidates wait/);

    const review = await session.review();
    const ids = session.store.candidates.ofIteration(1).flatMap((row) => (row.filter ? [] : [row.instructionId]));
    await session.write(() => review.approve(ids));
    await runScripted(shell, new ScriptedPrompter([{ pick: "Finish" }]), "lion.finishApproval");
    assert.deepEqual(standing(session), { kind: "approved", iteration: 1, closed: false });
  });

  it("pauses without loss and goes on from there", async () => {
    const session = await openSandbox({ latencyMs: 60 });
    const { ended } = await begin(session, new ScriptedPrompter());
    await vscode.commands.executeCommand("lion.pause");
    assert.equal((await ended).outcome, "paused");
    const stopped = standing(session);
    assert.ok(stopped.kind === "stopped" && !stopped.died, JSON.stringify(stopped));
    const calls = allowanceOf(session.store, 1).used.calls;
    const resumed = await runScripted<EndedRun>(shell, new ScriptedPrompter(), "lion.resume");
    assert.equal(resumed.outcome, "waiting", resumed.message);
    assert.ok(allowanceOf(session.store, 1).used.calls > calls);
  });

  it("asks once about money, stops at the allowance, and goes on when it is raised", async () => {
    const session = await openSandbox({ priced: true });
    const small = new ScriptedPrompter([{ pick: "Change Allowance" }, { text: "20" }, { text: "" }]);
    const ended = await runScripted<EndedRun>(shell, small, "lion.run");
    assert.equal(ended.outcome, "limit", ended.message);
    assert.deepEqual(ended.problem, { code: "allowance", iteration: 1 });
    assert.equal(allowanceOf(session.store, 1).used.calls, 20);
    assert.match(small.told.join("\n"), /allowance of iteration 1 is used up/);

    const raised = new ScriptedPrompter([{ pick: "Allow and Go On" }]);
    const on = await runScripted<EndedRun>(shell, raised, "lion.resume", { raiseAllowance: true });
    assert.equal(on.outcome, "waiting", on.message);
    assert.equal(raised.questions.length, 1);
  });

  it("turns a run that goes on into an unattended one", async () => {
    const session = await openSandbox({ latencyMs: 60 });
    const { ended } = await begin(session, new ScriptedPrompter());
    const prompter = new ScriptedPrompter();
    assert.equal(await runScripted(shell, prompter, "lion.runUnattended"), null);
    await until(() => session.engine.state.unattended, "the engine knows");
    assert.match(prompter.told.join("\n"), /goes on without a window now/);
    await vscode.commands.executeCommand("lion.pause");
    assert.equal((await ended).outcome, "paused");
  });

  it("rates stored answers again, and takes the new verdicts over when told to", async () => {
    const session = await openSandbox();
    const run = await runScripted<EndedRun>(shell, new ScriptedPrompter(), "lion.run");
    assert.equal(run.outcome, "waiting", run.message);
    const failed = new ScriptedPrompter();
    await runScripted(shell, failed, "lion.retryFailed");
    assert.match(failed.told.join("\n"), /Nothing has failed/);

    const answers = [{ pick: "Iteration 1" }, { pick: "referee" }, { text: "5" }, { pick: "Take Over" }];
    const summary = await runScripted<ReratingSummary>(shell, new ScriptedPrompter(answers), "lion.rerate");
    assert.deepEqual([summary.pairs, summary.applied], [5, true]);
    const compared = await runScripted<ReratingSummary>(shell, new ScriptedPrompter(), "lion.rerate", {
      iteration: 1,
      limit: 3,
    });
    assert.deepEqual([compared.pairs, compared.applied], [3, false]);
    assert.equal(session.engine.state.phase, "idle");
  });

  it("sends nothing when the question about money is cancelled", async () => {
    const session = await openSandbox({ priced: true });
    assert.equal(await runScripted(shell, new ScriptedPrompter(["escape"]), "lion.run"), null);
    assert.equal(allowanceOf(session.store, 1).used.calls, 0);
    assert.equal(session.store.iterations.latest(), null);
  });

  it("tells of an engine that was killed, and resumes on a click", async () => {
    const session = await openSandbox({ latencyMs: 60 });
    const prompter = new ScriptedPrompter([], ["Resume"]);
    const { ended } = await begin(session, prompter);
    const pid = Lease.holder(session.store.connection);
    assert.ok(pid !== null && pid !== process.pid);
    process.kill(pid, "SIGKILL");
    assert.equal((await ended).outcome, "failed");
    await until(() => standing(session).kind === "approval", "the resumed run has come to the approval", 60_000);
    assert.match(prompter.told.join("\n"), /ended unexpectedly; nothing stored is lost/);
  });

  it("shows the estimate as a document that nobody can edit", async () => {
    await openSandbox({ priced: true });
    const estimate = await vscode.commands.executeCommand<Estimate>("lion.estimate");
    assert.ok(estimate.requests.high > 0);
    const text = vscode.window.activeTextEditor?.document;
    assert.match(text?.getText() ?? "", /^Estimate for iteration 1 of suite/);
    assert.equal(text?.isUntitled, false);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("says in one sentence that nothing runs, and that a served student is not trained", async () => {
    await openSandbox();
    const pausing = new ScriptedPrompter();
    await runScripted(shell, pausing, "lion.pause");
    assert.match(pausing.told.join("\n"), /nothing to pause/);
    const training = new ScriptedPrompter();
    await runScripted(shell, training, "lion.train");
    assert.match(training.told.join("\n"), /served model/);
  });
});
