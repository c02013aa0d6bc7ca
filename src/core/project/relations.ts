import { listNames, nearestName } from "./nearest.ts";
import type { Problem } from "./problems.ts";
import { type Remedy, setTo, setToOneOf } from "./remedies.ts";
import { type EndpointProfile, type Profile, type ProjectConfig, TRAINING_PLACEHOLDERS } from "./schema.ts";

/** Tokens; what the templates of new projects allow. */
const LONGEST_REPLY = 1024;

/** What the schema cannot see: parts of a configuration that do not fit together. In the order of the file's sections. */
export function relationProblems(config: ProjectConfig): Problem[] {
  const profiles = Object.entries(config.profiles).flatMap(([name, profile]) => profileProblems(config, name, profile));
  return [...profiles, ...roleProblems(config), ...commandProblems(config), ...sandboxProblems(config)];
}

function roleProblems(config: ProjectConfig): Problem[] {
  const { roles, profiles } = config;
  const names = Object.keys(profiles);
  return Object.entries(roles).flatMap(([role, name]) => {
    if (name === undefined) {
      return [];
    }
    const path = ["roles", role];
    if (!Object.hasOwn(profiles, name)) {
      const nearest = nearestName(name, names);
      const hint = `${nearest ? `did you mean "${nearest}"; ` : ""}profiles are ${listNames(names)}`;
      return [
        {
          path,
          message: `names the profile "${name}", which does not exist: ${hint}`,
          remedies: [...setToOneOf(path, namesFor(config, role), name), newProfile(config, role, name)],
        },
      ];
    }
    if (profiles[name]?.kind === "checkpoint" && role !== "student") {
      return [
        {
          path,
          message: `names "${name}", a checkpoint, which only the student can be: name an endpoint's profile`,
          remedies: namesFor(config, role).map((other) => setTo(path, other)),
        },
      ];
    }
    return [];
  });
}

/** The profiles that a role can be bound to. */
function namesFor({ profiles }: ProjectConfig, role: string): string[] {
  return Object.keys(profiles).filter((name) => role === "student" || profiles[name]?.kind !== "checkpoint");
}

/** A profile under the name that a role asks for: of the sandbox where there is one, else an endpoint to be adapted. */
function newProfile({ sandbox }: ProjectConfig, role: string, name: string): Remedy {
  const profile = sandbox
    ? { kind: "sandbox", model: `${sandbox.mind}-${role}` }
    : { kind: "openai", baseUrl: "https://api.openai.com/v1", model: "gpt-4o-mini", apiKeyEnv: "OPENAI_API_KEY" };
  return setTo(["profiles", name], profile);
}

function profileProblems(config: ProjectConfig, name: string, profile: Profile): Problem[] {
  if (profile.kind === "checkpoint") {
    const targets = Object.keys(config.targets);
    return targets.includes(profile.target)
      ? []
      : [
          {
            path: ["profiles", name, "target"],
            message: `is "${profile.target}", which is no training target: targets are ${listNames(targets)}`,
            remedies: setToOneOf(["profiles", name, "target"], targets, profile.target),
          },
        ];
  }
  const sandbox: Problem[] =
    profile.kind === "sandbox" && !config.sandbox
      ? [
          {
            path: ["profiles", name],
            message: 'is a sandbox profile, which needs a "sandbox" section: add "sandbox": { "mind": "oracle" }',
            remedies: [setTo(["sandbox"], { mind: "oracle" })],
          },
        ]
      : [];
  return [...sandbox, ...moneyProblems(config, name, profile)];
}

/** A cap on money can be kept only where prices and the longest possible reply are known before a request leaves. */
function moneyProblems({ roles }: ProjectConfig, name: string, profile: EndpointProfile): Problem[] {
  if (profile.limits.maxCost === undefined) {
    return [];
  }
  if (!profile.prices) {
    return [
      {
        path: ["profiles", name, "limits", "maxCost"],
        message: `is a cap on money, which needs the prices: add "prices" to profiles.${name}`,
        remedies: [
          // Nobody but the user knows them, and a guess would make the cap a wrong one: the file stays refused until then.
          setTo(["profiles", name, "prices"], { inputPerMillion: null, outputPerMillion: null, currency: "USD" }),
          { kind: "remove", path: ["profiles", name, "limits", "maxCost"] },
        ],
      },
    ];
  }
  const bounded = ["max_tokens", "max_completion_tokens"].some((key) => typeof profile.parameters[key] === "number");
  const usedBy = Object.entries(roles).flatMap(([role, used]) => (used === name ? [role] : []));
  // The generator's requests get their limit from generation.maxTokens.
  const generatorOnly = usedBy.length > 0 && usedBy.every((role) => role === "generator");
  return bounded || generatorOnly
    ? []
    : [
        {
          path: ["profiles", name, "limits", "maxCost"],
          message: `is a cap on money, which needs a limit to the replies' length: add "max_tokens" or "max_completion_tokens" to profiles.${name}.parameters`,
          remedies: [setTo(["profiles", name, "parameters", "max_tokens"], LONGEST_REPLY)],
        },
      ];
}

/** A placeholder in an argument of a training command, for `replaceAll` and `matchAll`. */
export const PLACEHOLDER = /\{([A-Za-z]\w*)\}/g;

function commandProblems({ training: { trainer } }: ProjectConfig): Problem[] {
  if (trainer === "lion") {
    return [];
  }
  return trainer.command.flatMap((argument, index) =>
    [...argument.matchAll(PLACEHOLDER)].flatMap(([written, name = ""]): Problem[] => {
      if (TRAINING_PLACEHOLDERS.includes(name)) {
        return [];
      }
      const nearest = nearestName(name, TRAINING_PLACEHOLDERS);
      const path = ["training", "trainer", "command", index];
      return [
        {
          path,
          message: `has the placeholder ${written}, which nothing is known for: ${nearest ? `did you mean {${nearest}}; ` : ""}placeholders are ${listNames(TRAINING_PLACEHOLDERS)}`,
          remedies: nearest ? [setTo(path, argument.replaceAll(written, `{${nearest}}`))] : [],
        },
      ];
    }),
  );
}

function sandboxProblems({ sandbox }: ProjectConfig): Problem[] {
  return sandbox?.mind === "replay" && sandbox.set === undefined
    ? [
        {
          path: ["sandbox"],
          message: 'replays a recorded set and names none: add "set" with the path of a JSON or JSONL file',
        },
      ]
    : [];
}
