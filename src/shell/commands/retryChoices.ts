import type { FailedRequests } from "../../core/loop/failedRequests.ts";
import type { RerateRequest, RetryRequest } from "../../protocol/engine.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine, pickLine } from "../trees/text.ts";

/** A row of a quick pick. */
interface Row<T> {
  readonly label: string;
  readonly description: string;
  readonly detail?: string;
  readonly value: T;
}

type RetriedRole = "teacher" | "student";

const LONGEST_REASON = 160;

/** What failed by role, with the reasons in the detail, most frequent first. */
export function retryRows(failed: readonly FailedRequests[], words: Localizer): Array<Row<RetriedRole>> {
  const roles = (["teacher", "student"] as const).filter((role) => failed.some((group) => group.role === role));
  return roles.map((role) => {
    const groups = failed.filter((group) => group.role === role);
    const total = groups.reduce((sum, { count }) => sum + count, 0);
    const reasons = groups.map(
      ({ count, reason, kind }) => `${words.count(count)} × ${kindText(kind, words)}: ${reason}`,
    );
    return {
      label: role === "teacher" ? words.t("Teacher") : words.t("Student"),
      description: words.t("{0} without a usable answer", words.count(total)),
      detail: pickLine(reasons.join("; "), LONGEST_REASON),
      value: role,
    };
  });
}

function kindText(kind: FailedRequests["kind"], words: Localizer): string {
  const texts: Readonly<Record<FailedRequests["kind"], string>> = {
    complete: words.t("unusable"),
    cut: words.t("cut off"),
    empty: words.t("empty"),
    refused: words.t("refused"),
    failed: words.t("failed"),
  };
  return texts[kind];
}

/** Parameters as a person types them: `max_tokens=2048 temperature=0.2`. Null when the text is no such list. */
export function parametersIn(text: string): Record<string, unknown> | null {
  const parameters: Record<string, unknown> = {};
  for (const part of text.split(/[\s,]+/).filter((one) => one !== "")) {
    const [, name, value] = /^([A-Za-z_][\w.]*)=(.+)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      return null;
    }
    parameters[name] = valueIn(value);
  }
  return parameters;
}

/** A number, a truth value or null where it is written as one; everything else is a text. */
function valueIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? text : value;
  } catch {
    return text;
  }
}

/** What came of a retry, in one sentence. */
export function retryResultText(
  result: { readonly asked: number; readonly answered: number; readonly unchanged: number; readonly reopened: number },
  words: Localizer,
): string {
  const parts = [
    ...(result.asked > 0
      ? [words.t("{0} of {1} have a usable answer now", words.count(result.answered), words.count(result.asked))]
      : []),
    ...(result.unchanged > 0
      ? [
          words.t(
            "{0} were not asked, since the same request has its reply already: change a parameter or the profile",
            words.count(result.unchanged),
          ),
        ]
      : []),
    ...(result.reopened > 0
      ? [words.t("{0} of the student's are asked again by the next run", words.count(result.reopened))]
      : []),
  ];
  return parts.length === 0 ? words.t("There was nothing to ask again.") : `${parts.join("; ")}.`;
}

/** What came of a re-rating, in one sentence. */
export function reratingText(
  summary: {
    readonly iteration: number;
    readonly pairs: number;
    readonly scored: number;
    readonly toHard: number;
    readonly toEasy: number;
    readonly meanChange: number | null;
    readonly flipRate: number | null;
  },
  words: Localizer,
): string {
  const parts = [
    words.t(
      "Iteration {0}: {1} pairs rated again, {2} scored",
      words.count(summary.iteration),
      words.count(summary.pairs),
      words.count(summary.scored),
    ),
    words.t("{0} would turn hard, {1} easy", words.count(summary.toHard), words.count(summary.toEasy)),
    ...(summary.meanChange === null ? [] : [words.t("mean gap {0}", words.gap(summary.meanChange))]),
    ...(summary.flipRate === null ? [] : [words.t("flip rate {0}", words.percent(summary.flipRate))]),
  ];
  return `${parts.join("; ")}.`;
}

/** The profiles that can be asked, the role's own first. */
export function profileRows(
  profiles: Readonly<Record<string, { readonly kind: string; readonly model?: string }>>,
  own: string,
  words: Localizer,
): Array<Row<string>> {
  const askable = Object.entries(profiles).filter(([, { kind }]) => kind !== "checkpoint");
  return askable
    .sort(([a], [b]) => Number(b === own) - Number(a === own))
    .map(([name, { model }]) => ({
      label: pickLine(name),
      description: [oneLine(model ?? ""), ...(name === own ? [words.t("in use")] : [])].join(" · "),
      value: name,
    }));
}

/** A retry as the engine is asked for it. */
export function retryRequest(
  role: RetriedRole,
  options: { readonly profile?: string; readonly parameters?: Readonly<Record<string, unknown>> },
): RetryRequest {
  return {
    roles: [role],
    ...(options.profile !== undefined && { profile: options.profile }),
    ...(options.parameters && Object.keys(options.parameters).length > 0 && { parameters: options.parameters }),
  };
}

/** A re-rating as the engine is asked for it. @param limit as typed; empty for all pairs. */
export function rerateRequest(iteration: number, profile: string, limit: string): RerateRequest {
  return { iteration, profile, ...(limit.trim() !== "" && { limit: Number(limit) }) };
}
