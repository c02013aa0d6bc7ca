import { LionError } from "../errors.ts";
import type { Line } from "./line.ts";
import type { ChatFailure } from "./types.ts";

/** What the user is told about failures that end a stage: each one sentence that names what to do. */

const MODELS_SHOWN = 5;
const MODELS_TIMEOUT_MS = 10_000;

export function keyRefused(line: Line, failure: ChatFailure): LionError {
  const { profile, origin, name } = line;
  const variable = profile.kind === "openai" ? profile.apiKeyEnv : undefined;
  return new LionError(
    "environment",
    `${origin} refused the key of profile "${name}" (${failure.message}): ${
      variable === undefined
        ? `give it one, on the command line by naming its variable in profiles.${name}.apiKeyEnv.`
        : `put a valid key into the environment variable ${variable} and run again.`
    }`,
    { problem: { code: "missing-key", origin, profile: name } },
  );
}

export function quotaUsedUp(line: Line, failure: ChatFailure): LionError {
  return new LionError(
    "environment",
    `The quota at ${line.origin} is used up for profile "${line.name}" (${failure.message}): raise it with the provider and run again.`,
  );
}

/** Asks the endpoint what it has, so that the sentence can say what to write instead. */
export async function modelUnknown(line: Line, failure: ChatFailure): Promise<LionError> {
  const { name, origin, profile, client } = line;
  const offered = await client.models(AbortSignal.timeout(MODELS_TIMEOUT_MS)).catch(() => []);
  const names = offered.slice(0, MODELS_SHOWN).join(", ");
  const more = offered.length > MODELS_SHOWN ? ` and ${offered.length - MODELS_SHOWN} more` : "";
  const todo =
    offered.length === 0
      ? `correct profiles.${name}.model, or its baseUrl (it usually ends in /v1), in lion.json.`
      : `set profiles.${name}.model in lion.json to one that it offers: ${names}${more}.`;
  return new LionError(
    "environment",
    `${origin} does not answer as model "${profile.model}" of profile "${name}" (${failure.message}): ${todo}`,
  );
}

export function endpointDown(line: Line, failure: ChatFailure): LionError {
  const complaint = failure.kind === "unreachable" ? "does not answer" : "keeps failing";
  return new LionError(
    "environment",
    `The endpoint ${line.origin} ${complaint} (${failure.message}): see that it is up and that the address in profile "${line.name}" is right, then run again; nothing was lost.`,
  );
}

export function alwaysTooFast(line: Line, failure: ChatFailure): LionError {
  return new LionError(
    "environment",
    `The endpoint ${line.origin} answers profile "${line.name}" with nothing but requests to slow down (${failure.message}): lower its limits.concurrency or limits.requestsPerMinute in lion.json, or run again later.`,
  );
}

export function alwaysRefused(line: Line, failure: ChatFailure): LionError {
  return new LionError(
    "environment",
    `The endpoint ${line.origin} refuses every request of profile "${line.name}" (${failure.message}): correct its parameters, or sendSeed, in lion.json and run again with --retry-failed.`,
  );
}

export function costUnbounded(profile: string): LionError {
  return new LionError(
    "input",
    `Profile "${profile}" has a cap on money but no limit to a reply's length, so a request's cost is not known beforehand: add max_tokens or max_completion_tokens to profiles.${profile}.parameters in lion.json.`,
  );
}

export function allowanceUnbounded(profile: string, iteration: number): LionError {
  return new LionError(
    "input",
    `The allowance of iteration ${iteration} is in money, but profile "${profile}" sets no limit to a reply's length, so a request's cost is not known beforehand: allow a number of calls only, or add max_tokens or max_completion_tokens to profiles.${profile}.parameters in lion.json before an iteration begins.`,
    { problem: { code: "allowance", iteration } },
  );
}
