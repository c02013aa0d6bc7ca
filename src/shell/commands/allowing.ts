import { allowanceOf, grantAllowance } from "../../core/loop/allowance.ts";
import type { Estimate } from "../../core/loop/estimate.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import type { Allowance } from "../../core/store/allowances.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import type { Localizer } from "../trees/localizer.ts";
import { editorWords } from "../words.ts";
import {
  allowanceQuestion,
  hasRoom,
  isPaid,
  moneyIn,
  requestsIn,
  suggestedAllowance,
  typedMoney,
} from "./allowanceQuestion.ts";
import { totalText } from "./estimateText.ts";
import { estimateOf } from "./estimating.ts";

const NO_BOUND: Allowance = { calls: null, cost: null, currency: null };

interface Allowing {
  readonly iteration: number;
  readonly approval: ProjectConfig["approval"]["mode"];
  readonly unattended?: boolean;
  /** Asks also where there is room left. */
  readonly raiseAllowance?: boolean;
  /** Takes the suggestion without asking. */
  readonly acceptEstimate?: boolean;
}

/**
 * Sees to it that an iteration which may cost something has an allowance with room: asks once, with the estimate, and
 * stores what the person allows. Where everything is free nothing is asked.
 *
 * @returns false when the person does not want to go on.
 */
export async function allowIteration(shell: Shell, session: ProjectSession, options: Allowing): Promise<boolean> {
  const { store, project } = session;
  const { iteration } = options;
  const state = allowanceOf(store, iteration);
  const paid = isPaid(project.config, Object.values(project.config.roles));
  if (!options.raiseAllowance && (hasRoom(state) || (!paid && !state.allowed))) {
    return true;
  }
  const estimate = await estimateOf(shell, session);
  const suggested = suggestedAllowance(estimate);
  const last = project.config.loop.iterations + 1;
  const following = options.unattended && options.approval !== "manual" ? Math.max(0, last - iteration) : 0;
  // Beyond the project's own iterations nothing is estimated: the person says what may be used.
  const beyond = estimate.stages.length === 0;
  const allowance = options.acceptEstimate
    ? suggested
    : beyond
      ? await askBounds(shell, NO_BOUND, editorWords())
      : await askAllowance(shell, { estimate, state, allowance: suggested, following });
  if (!allowance) {
    return false;
  }
  const actor = await session.actor();
  const iterations = Array.from({ length: following + 1 }, (_, index) => iteration + index);
  await session.write(() => {
    for (const one of iterations) {
      grantAllowance(store, session.clock, { iteration: one, actor, ...allowance });
    }
  });
  return true;
}

/** What the rest of the running iteration takes, in words. */
export async function costOfRest(shell: Shell, session: ProjectSession, words: Localizer): Promise<string> {
  return totalText(await estimateOf(shell, session), words);
}

async function askAllowance(
  shell: Shell,
  about: {
    readonly estimate: Estimate;
    readonly state: ReturnType<typeof allowanceOf>;
    readonly allowance: Allowance;
    readonly following: number;
  },
): Promise<Allowance | null> {
  const words = editorWords();
  const { message, detail } = allowanceQuestion(about.estimate, about.state, about, words);
  const run = about.state.allowed ? words.t("Allow and Go On") : words.t("Run");
  const change = words.t("Change Allowance…");
  const answer = await shell.prompter.decide(message, detail, run, change);
  if (answer === run) {
    return about.allowance;
  }
  return answer === change ? askBounds(shell, about.allowance, words) : null;
}

async function askBounds({ prompter }: Shell, suggested: Allowance, words: Localizer): Promise<Allowance | null> {
  const title = words.t("Allowance for the Iteration");
  const calls = await prompter.text({
    title,
    prompt: words.t("Requests in all, what is used already included. Nothing for no bound."),
    value: suggested.calls === null ? "" : String(suggested.calls),
    validate: (text) =>
      requestsIn(text) === undefined ? words.t("Give a whole number of requests, or nothing for no bound.") : null,
  });
  if (calls === undefined) {
    return null;
  }
  const { currency } = suggested;
  const money =
    currency === null
      ? ""
      : await prompter.text({
          title,
          prompt: words.t("{0} in all, what is used already included. Nothing for no bound.", currency),
          value: typedMoney(suggested.cost),
          validate: (text) =>
            moneyIn(text) === undefined ? words.t("Give an amount such as 2.50, or nothing for no bound.") : null,
        });
  if (money === undefined) {
    return null;
  }
  return { calls: requestsIn(calls) ?? null, cost: moneyIn(money) ?? null, currency };
}
