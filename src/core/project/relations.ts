import { listNames, nearestName } from "./nearest.ts";
import type { Problem } from "./problems.ts";
import type { EndpointProfile, Profile, ProjectConfig } from "./schema.ts";

/** What the schema cannot see: parts of a configuration that do not fit together. In the order of the file's sections. */
export function relationProblems(config: ProjectConfig): Problem[] {
  const profiles = Object.entries(config.profiles).flatMap(([name, profile]) => profileProblems(config, name, profile));
  return [...profiles, ...roleProblems(config), ...sandboxProblems(config)];
}

function roleProblems({ roles, profiles }: ProjectConfig): Problem[] {
  const names = Object.keys(profiles);
  return Object.entries(roles).flatMap(([role, name]) => {
    if (name === undefined) {
      return [];
    }
    const path = ["roles", role];
    if (!Object.hasOwn(profiles, name)) {
      const nearest = nearestName(name, names);
      const hint = `${nearest ? `did you mean "${nearest}"; ` : ""}profiles are ${listNames(names)}`;
      return [{ path, message: `names the profile "${name}", which does not exist: ${hint}` }];
    }
    if (profiles[name]?.kind === "checkpoint" && role !== "student") {
      return [
        { path, message: `names "${name}", a checkpoint, which only the student can be: name an endpoint's profile` },
      ];
    }
    return [];
  });
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
          },
        ];
  }
  const sandbox: Problem[] =
    profile.kind === "sandbox" && !config.sandbox
      ? [
          {
            path: ["profiles", name],
            message: 'is a sandbox profile, which needs a "sandbox" section: add "sandbox": { "mind": "oracle" }',
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
        },
      ];
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
