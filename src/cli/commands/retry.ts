import { type Command, InvalidArgumentError, Option } from "commander";
import type { RetryResult } from "../../core/loop/retry.ts";
import { formatCount, Output } from "../output.ts";
import { type CommonOptions, currentPerson, openProject, withCommonOptions } from "../shared.ts";
import { withEngine } from "../withEngine.ts";

type Parameters = Readonly<Record<string, unknown>>;

interface RetryCommandOptions extends CommonOptions {
  readonly profile?: string;
  readonly set: Parameters;
  readonly role: "teacher" | "student";
}

export function registerRetry(program: Command): void {
  withCommonOptions(program.command("retry"))
    .description("ask again, also with other parameters or another profile, what has no usable answer")
    .addOption(new Option("--profile <name>", "who is asked instead of the teacher's own profile"))
    .addOption(
      new Option(
        "--set <key=value>",
        "a parameter that is different this time, for example max_tokens=2048; repeatable",
      )
        .argParser(parameter)
        .default({}, "none"),
    )
    .addOption(new Option("--role <role>", "whose failures").choices(["teacher", "student"]).default("teacher"))
    .action(async ({ profile, set, role, ...options }: RetryCommandOptions) => {
      const output = new Output({ json: options.json ?? false });
      const result = await withEngine(openProject(options), output, (engine) =>
        engine.retryFailed({
          ...(profile !== undefined && { profile }),
          ...(Object.keys(set).length > 0 && { parameters: set }),
          roles: [role],
          actor: currentPerson(),
        }),
      );
      output.result(result, describe(result, role));
    });
}

/** Adds `key=value`; the value is JSON where it can be read as such, else a text. */
function parameter(text: string, others: Parameters): Parameters {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new InvalidArgumentError("It must be key=value.");
  }
  return { ...others, [text.slice(0, at)]: parsedValue(text.slice(at + 1)) };
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describe({ asked, answered, unchanged, reopened }: RetryResult, role: RetryCommandOptions["role"]): string {
  if (role === "student") {
    return `${formatCount(reopened)} failed requests to the student are asked once more by the next \`lion run\`.`;
  }
  if (asked === 0) {
    return "Nothing that the teacher was asked is without a usable answer.";
  }
  const same =
    unchanged > 0
      ? ` ${formatCount(unchanged)} were not asked, since the same request has its reply: change something with --set or --profile.`
      : "";
  return `${formatCount(answered)} of ${formatCount(asked)} instructions without a usable teacher's answer have one now.${same}`;
}
