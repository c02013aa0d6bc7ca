import { LionError } from "../../core/errors.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import { STAGES, type StageName } from "../../core/store/iterations.ts";
import type { RunRequest } from "../../protocol/engine.ts";
import { nextOf, type Standing } from "../status/standing.ts";
import { stageName } from "../status/statusText.ts";
import type { Localizer } from "../trees/localizer.ts";

/** What a person wants to run. */
export interface RunWish {
  /** This stage and no other. */
  readonly only?: StageName;
  readonly unattended?: boolean;
  /** One iteration more than the project wants. */
  readonly oneMore?: boolean;
}

export type RunPlan =
  /** A person's decisions come first. */
  | { readonly kind: "approval"; readonly iteration: number; readonly waiting: number; readonly approved: number }
  /** All wanted iterations are done: only a person can want more. */
  | { readonly kind: "complete"; readonly iterations: number }
  /** What to ask of the engine, one request after the other while each is done. */
  | { readonly kind: "run"; readonly iteration: number; readonly requests: readonly RunRequest[] };

/**
 * What a wish amounts to where the project stands. A run ends at the end of one iteration: at its approval where a
 * person approves; where a policy does, the stages are asked for one by one, since the engine would go on with the next
 * iteration. An unattended run goes as far as it can.
 *
 * @param approval how candidates are approved in the iteration that runs.
 * @throws LionError of kind `input` when nothing can run.
 */
export function planOf(
  standing: Standing,
  wish: RunWish,
  config: Pick<ProjectConfig, "loop">,
  approval: ProjectConfig["approval"]["mode"],
  words: Localizer,
): RunPlan {
  if (standing.kind === "empty") {
    throw new LionError("input", words.t("The Train pool is empty: import instructions first with “Lion: Import…”."));
  }
  if (standing.kind === "running") {
    throw new LionError(
      "input",
      words.t("Process {0} works on this project already: pause it with “Lion: Pause”.", String(standing.process)),
    );
  }
  if (standing.kind === "complete" && !wish.oneMore) {
    return { kind: "complete", iterations: standing.iterations };
  }
  const wanted = config.loop.iterations;
  const next =
    nextOf(standing) ?? ({ iteration: wanted + 1, stage: "discrimination" } satisfies ReturnType<typeof nextOf>);
  if (wish.only) {
    return { kind: "run", iteration: next.iteration, requests: onlyRequests(standing, next, wish.only, words) };
  }
  if (standing.kind === "approval" && standing.waiting + standing.approved > 0) {
    return standing;
  }
  const closing = next.iteration === wanted + 1 && next.stage === "imitation";
  const iterations = closing ? wanted : Math.max(wanted, next.iteration);
  if (wish.unattended || approval === "manual" || closing) {
    return { kind: "run", iteration: next.iteration, requests: [{ iterations }] };
  }
  const stages = STAGES.slice(STAGES.indexOf(next.stage)).map((only) => ({ only }));
  return { kind: "run", iteration: next.iteration, requests: [...closingGeneration(standing), ...stages] };
}

function onlyRequests(
  standing: Standing,
  next: { readonly iteration: number; readonly stage: StageName },
  only: StageName,
  words: Localizer,
): RunRequest[] {
  if (next.stage !== only) {
    throw new LionError(
      "input",
      words.t(
        "Iteration {0} is at its {1}: that comes first.",
        words.count(next.iteration),
        stageName(next.stage, words),
      ),
    );
  }
  return [...closingGeneration(standing), { only }];
}

/** After a finished approval the generation has still to be closed, which takes no call. */
function closingGeneration(standing: Standing): RunRequest[] {
  return standing.kind === "approved" && !standing.closed ? [{ only: "generation" }] : [];
}
