import { commands, ProgressLocation, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import { endpointOf } from "../../core/loop/context.ts";
import { failedRequests } from "../../core/loop/failedRequests.ts";
import type { ReratingSummary } from "../../core/loop/reratingSummary.ts";
import type { RetryResult } from "../../core/loop/retry.ts";
import type { RerateRequest, RetryRequest } from "../../protocol/engine.ts";
import { runCommandLine } from "../commandLine.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { factsOf } from "../status/facts.ts";
import { standingOf } from "../status/standing.ts";
import { editorWords } from "../words.ts";
import { isPaid } from "./allowanceQuestion.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import {
  parametersIn,
  profileRows,
  rerateRequest,
  reratingText,
  retryRequest,
  retryResultText,
  retryRows,
} from "./retryChoices.ts";

/**
 * `lion.retryFailed` and `lion.rerate`. Both take the engine's request as an argument, and then ask nothing; `lion.rerate`
 * with `{apply: true}` beside it takes the new verdicts over.
 */
export function retryingCommands(shell: Shell): CommandTable {
  return {
    "lion.retryFailed": async (argument?: unknown) => {
      requireTrust();
      const session = shell.projects.require();
      const given = requestIn<RetryRequest>(argument, "roles");
      const request = given ?? (await askWhatToRetry(shell, session));
      return request && retry(shell, session, request, given !== null);
    },
    "lion.rerate": async (argument?: unknown) => {
      requireTrust();
      const session = shell.projects.require();
      const given = requestIn<RerateRequest & { apply?: boolean }>(argument, "iteration");
      if (given) {
        const { apply, ...request } = given;
        return rerate(shell, session, request, apply ?? false);
      }
      const request = await askWhatToRerate(shell, session);
      return request && rerate(shell, session, request, null);
    },
  };
}

/** A request that was given as a plain object; a tree's node is none. */
function requestIn<T>(argument: unknown, member: string): T | null {
  const plain =
    typeof argument === "object" && argument !== null && Object.getPrototypeOf(argument) === Object.prototype;
  return plain && Object.hasOwn(argument, member) && !Object.hasOwn(argument, "kind") ? (argument as T) : null;
}

async function askWhatToRetry(shell: Shell, session: ProjectSession): Promise<RetryRequest | undefined> {
  const { prompter } = shell;
  const words = editorWords();
  const rows = retryRows(failedRequests(session.store), words);
  if (rows.length === 0) {
    void prompter.inform(words.t("Nothing has failed: every request has a usable answer."));
    return undefined;
  }
  const title = words.t("Retry Failed With…");
  const role = await prompter.pick(rows, { title, placeHolder: words.t("Whose requests are asked again?") });
  if (role !== "teacher") {
    return role && retryRequest(role, {});
  }
  const { config } = session.project;
  const profile = await prompter.pick(profileRows(config.profiles, config.roles.teacher, words), {
    title,
    placeHolder: words.t("Which profile is asked? What it answers serves as the teacher's."),
  });
  if (profile === undefined) {
    return undefined;
  }
  const typed = await prompter.text({
    title,
    prompt: words.t("Parameters added to the profile's own, or nothing"),
    placeHolder: "max_tokens=2048 temperature=0.2",
    validate: (text) =>
      parametersIn(text)
        ? null
        : words.t("Write them as name=value with spaces in between, for example max_tokens=2048."),
  });
  const parameters = typed === undefined ? null : parametersIn(typed);
  return parameters ? retryRequest(role, { profile, parameters }) : undefined;
}

async function retry(
  shell: Shell,
  session: ProjectSession,
  request: RetryRequest,
  confirmed: boolean,
): Promise<RetryResult | undefined> {
  const words = editorWords();
  const profile = request.profile ?? session.project.config.roles.teacher;
  if (!confirmed && (request.roles ?? ["teacher"]).includes("teacher") && isPaid(session.project.config, [profile])) {
    const message = words.t("Ask “{0}” again about what failed?", profile);
    const detail = words.t("The requests count against the iteration's allowance.");
    if (!(await shell.prompter.confirm(message, words.t("Ask Again"), detail))) {
      return undefined;
    }
  }
  const actor = await session.actor();
  const result = await (await session.engine.client()).retryFailed({ actor, ...request });
  void offerToGoOn(shell, session, retryResultText(result, words));
  return result;
}

async function offerToGoOn({ prompter }: Shell, session: ProjectSession, message: string): Promise<void> {
  const resume = editorWords().t("Resume");
  const stopped = standingOf({ ...factsOf(session), holder: null }).kind === "stopped";
  if ((await prompter.inform(message, ...(stopped ? [resume] : []))) === resume) {
    await commands.executeCommand("lion.resume");
  }
}

async function askWhatToRerate(shell: Shell, session: ProjectSession): Promise<RerateRequest | undefined> {
  const { prompter } = shell;
  const words = editorWords();
  const { store, project } = session;
  const title = words.t("Re-rate Stored Answers…");
  const rated = store.iterations
    .all()
    .filter(({ number }) => store.iterations.stage(number, "discrimination")?.state === "done")
    .toReversed();
  if (rated.length === 0) {
    throw new LionError("input", words.t("No discrimination is done yet, so there is nothing to rate again."));
  }
  const iteration = await prompter.pick(
    rated.map(({ number }) => ({ label: words.t("Iteration {0}", words.count(number)), value: number })),
    { title, placeHolder: words.t("Whose pairs of answers are rated again?") },
  );
  if (iteration === undefined) {
    return undefined;
  }
  const { name } = endpointOf(project.config, "referee");
  const profile = await prompter.pick(profileRows(project.config.profiles, name, words), {
    title,
    placeHolder: words.t("Which profile is the referee?"),
  });
  const limit =
    profile === undefined
      ? undefined
      : await prompter.text({
          title,
          prompt: words.t("How many pairs at most? Nothing for all of them."),
          validate: (text) =>
            /^\s*([1-9]\d{0,8})?\s*$/.test(text) ? null : words.t("Give a whole number of at least 1, or nothing."),
        });
  if (profile === undefined || limit === undefined) {
    return undefined;
  }
  if (isPaid(project.config, [profile])) {
    const message = words.t("Have “{0}” rate iteration {1} again?", profile, words.count(iteration));
    const detail = words.t("Each pair takes up to two requests, which count against the iteration's allowance.");
    if (!(await prompter.confirm(message, words.t("Rate Again"), detail))) {
      return undefined;
    }
  }
  return rerateRequest(iteration, profile, limit);
}

/** @param apply whether the new verdicts are taken over; null asks. */
async function rerate(
  { prompter, installation }: Shell,
  session: ProjectSession,
  request: RerateRequest,
  apply: boolean | null,
): Promise<ReratingSummary> {
  const actor = await session.actor();
  const summary = await (await session.engine.client()).rerate({ actor, ...request });
  const words = editorWords();
  const takeOver = words.t("Take Over New Verdicts");
  const wanted =
    apply ??
    (await prompter.decide(
      words.t("Take over the new verdicts of iteration {0}?", words.count(summary.iteration)),
      [
        reratingText(summary, words),
        words.t("The ratings are kept either way. A person's own verdicts stay as they are."),
      ].join("\n"),
      takeOver,
    )) === takeOver;
  if (!wanted) {
    return summary;
  }
  const takingOver = words.t("Taking over the new verdicts");
  return window.withProgress({ location: ProgressLocation.Window, title: takingOver }, () =>
    runCommandLine<ReratingSummary>(installation, "rerate", [
      "--project",
      session.folder,
      "--apply",
      String(summary.rerating),
    ]),
  );
}
