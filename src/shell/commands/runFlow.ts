import { commands, l10n, workspace } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import type { EndedRun, RunRequest } from "../../protocol/engine.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { factsOf } from "../status/facts.ts";
import { offerAfterTraining } from "../status/notifications.ts";
import { nextOf, type Standing, standingOf } from "../status/standing.ts";
import { makeReady, studentTarget } from "../training/targetsHere.ts";
import { editorWords } from "../words.ts";
import { allowIteration } from "./allowing.ts";
import { finishApprovalOf } from "./approval.ts";
import { planOf, type RunPlan, type RunWish } from "./runPlan.ts";

/** What a person wants to run, and what is answered already. */
export interface RunOptions extends RunWish {
  /** Asks for a new allowance though there is one. */
  readonly raiseAllowance?: boolean;
  /** Takes the estimate's upper bound as the allowance without asking. */
  readonly acceptEstimate?: boolean;
}

const ENDING_MS = 2000;
const LOOK_EVERY_MS = 50;

/** How a run ended whose engine was lost; the loss itself is announced to everybody who follows it. */
const LOST: EndedRun = { outcome: "failed", kind: "environment", message: "" };

/**
 * Runs the loop from where it stands to the end of an iteration, after the questions that it takes: about money before
 * the first call of an iteration, about what waits for a person. Resolves when the run has ended.
 *
 * @returns null when the person wanted something else, or nothing.
 * @throws LionError when nothing can run.
 */
export async function runProject(shell: Shell, session: ProjectSession, options: RunOptions): Promise<EndedRun | null> {
  if (session.engine.state.phase !== "idle" && options.unattended) {
    await session.engine.setUnattended(true);
    void shell.prompter.inform(l10n.t("The run goes on without a window now; “Lion: Pause” stops it."));
    return null;
  }
  const standing = await settledStanding(session);
  const approval = approvalMode(session, standing);
  const plan = planOf(standing, options, session.project.config, approval, editorWords());
  switch (plan.kind) {
    case "approval":
      await leadToApproval(shell, session, plan);
      return null;
    case "complete":
      return (await wantsOneMore(shell, plan.iterations))
        ? runProject(shell, session, { ...options, oneMore: true })
        : null;
    case "run":
      if (!(await allowIteration(shell, session, { ...options, iteration: plan.iteration, approval }))) {
        return null;
      }
      if (!(await readyToTrain(shell, session, standing))) {
        return null;
      }
      return runPlanned(shell, session, plan, options);
  }
}

async function runPlanned(
  shell: Shell,
  session: ProjectSession,
  { requests }: Extract<RunPlan, { kind: "run" }>,
  { only, unattended = false }: RunOptions,
): Promise<EndedRun> {
  const ended = await runAll(shell, session, requests, unattended);
  if (only === "imitation" && ended.outcome === "done") {
    void offerAfterTraining(shell, session);
  }
  return ended;
}

/** Makes the host ready that the next stage trains or answers on, while somebody is there to accept a key or type a code. */
async function readyToTrain(shell: Shell, session: ProjectSession, standing: Standing): Promise<boolean> {
  if (nextOf(standing)?.stage === "generation") {
    return true;
  }
  // Where the student is computed applies at once, whatever the iteration began with.
  const target = studentTarget(shell, session);
  // What is wrong with this machine's own Python, the engine says itself.
  return !target || target.kind === "local" || makeReady(shell, target);
}

/** Where the project stands once an engine that is just ending is gone: its process outlives its socket by a moment. */
async function settledStanding(session: ProjectSession): Promise<Standing> {
  const deadline = session.clock.now() + ENDING_MS;
  for (;;) {
    const standing = standingOf(factsOf(session));
    if (standing.kind !== "running" || session.engine.state.phase !== "idle" || session.clock.now() > deadline) {
      return standing;
    }
    await session.clock.sleep(LOOK_EVERY_MS);
  }
}

/** How candidates are approved in the iteration that runs next: it keeps what it began with. */
function approvalMode({ store, project }: ProjectSession, standing: Standing): ProjectConfig["approval"]["mode"] {
  const latest = store.iterations.latest();
  const config = latest && nextOf(standing)?.iteration === latest.number ? latest.config : project.config;
  return config.approval.mode;
}

async function leadToApproval(
  shell: Shell,
  session: ProjectSession,
  standing: Extract<RunPlan, { kind: "approval" }>,
): Promise<void> {
  const words = editorWords();
  const toReview = words.t("To Review");
  const finish = words.t("Finish Approval…");
  const message =
    standing.waiting > 0
      ? words.t(
          "Iteration {0} is at its approval: {1} candidates wait.",
          words.count(standing.iteration),
          words.count(standing.waiting),
        )
      : words.t(
          "Iteration {0} is at its approval: all {1} candidates are approved.",
          words.count(standing.iteration),
          words.count(standing.approved),
        );
  const answer = await shell.prompter.inform(message, toReview, finish);
  if (answer === toReview) {
    await commands.executeCommand("lion.review.focus");
  } else if (answer === finish) {
    await finishApprovalOf(shell, session);
  }
}

async function wantsOneMore({ prompter }: Shell, iterations: number): Promise<boolean> {
  const words = editorWords();
  return prompter.confirm(
    words.t("All {0} iterations of this project are done.", words.count(iterations)),
    words.t("Run One More Iteration"),
    words.t("Iteration {0} would be run beyond what lion.json says.", words.count(iterations + 1)),
  );
}

async function runAll(
  shell: Shell,
  session: ProjectSession,
  requests: readonly RunRequest[],
  unattended: boolean,
): Promise<EndedRun> {
  let ended: EndedRun = { outcome: "done", kind: null, message: "" };
  for (const request of requests) {
    ended = await ask(shell, session, unattended ? { ...request, ...unattendedOptions() } : request);
    if (ended.outcome !== "done") {
      break;
    }
  }
  return ended;
}

/** What the setting names is started without a shell; a workspace cannot set it. */
function unattendedOptions(): Pick<RunRequest, "unattended" | "notify"> {
  const program = workspace.getConfiguration("lion").get("unattended.command", "").trim();
  return { unattended: true, ...(program !== "" && { notify: { program, args: [] } }) };
}

/**
 * Asks the engine for one run. When the engine is lost, or this window has turned to another project, that is no error
 * of the command: the loss is announced, and the other project has its own runs.
 */
async function ask(shell: Shell, session: ProjectSession, request: RunRequest): Promise<EndedRun> {
  let lost = false;
  const losing = session.engine.onDidLose(() => {
    lost = true;
  });
  try {
    return await session.engine.run(request);
  } catch (error) {
    if (lost || (error instanceof LionError && shell.projects.current !== session)) {
      return LOST;
    }
    throw error;
  } finally {
    losing.dispose();
  }
}
