import type { Role } from "../../core/models/types.ts";
import type { TextEdit } from "../../core/project/edit.ts";
import type { ProjectConfig, ProjectConfigInput } from "../../core/project/schema.ts";
import { isLoopback, originOf } from "./origins.ts";
import { soundEdits } from "./soundEdit.ts";

export const ROLES: readonly Role[] = ["teacher", "student", "referee", "generator", "evaluator"];
type ProfileInput = ProjectConfigInput["profiles"][string];

/** A profile that a role can be bound to. */
export interface ProfileChoice {
  readonly name: string;
  readonly kind: "openai" | "sandbox" | "checkpoint";
  /** The model that is asked; empty for a checkpoint. */
  readonly model: string;
  readonly origin: string | null;
}

/** The profiles that can play a role: only the student can be a checkpoint. */
export function profilesFor(config: ProjectConfig, role: Role): ProfileChoice[] {
  return Object.entries(config.profiles).flatMap(([name, profile]): ProfileChoice[] => {
    if (profile.kind === "checkpoint") {
      return role === "student" ? [{ name, kind: profile.kind, model: "", origin: null }] : [];
    }
    const origin = profile.kind === "openai" ? originOf(profile.baseUrl) : null;
    return [{ name, kind: profile.kind, model: profile.model, origin }];
  });
}

/** The addresses of the endpoints that a project uses already, each once. */
export function knownAddresses(config: ProjectConfig): string[] {
  return [...new Set(Object.values(config.profiles).flatMap((one) => (one.kind === "openai" ? [one.baseUrl] : [])))];
}

/** What is wrong with an endpoint's address, told by a word; null when it can be one. */
export function addressFault(address: string): "no-address" | "credentials" | "query" | null {
  if (originOf(address) === null) {
    return "no-address";
  }
  const { username, password, search, hash } = new URL(address);
  if (username !== "" || password !== "") {
    return "credentials";
  }
  return search !== "" || hash !== "" ? "query" : null;
}

/** A profile for a model of an endpoint. An endpoint on this machine wants no key. */
export function endpointProfile(baseUrl: string, model: string): ProfileInput {
  const { origin, hostname } = new URL(baseUrl);
  return {
    kind: "openai",
    baseUrl,
    model,
    ...(!isLoopback(origin) && { apiKeyEnv: keyVariable(hostname) }),
    parameters: { max_tokens: 1024 },
  };
}

/** `api.example.com` is `EXAMPLE_API_KEY`: the variable that holds the key on the command line. */
function keyVariable(hostname: string): string {
  const labels = hostname.split(".").filter((label) => !["api", "www"].includes(label));
  const name = labels.at(-2) ?? labels[0] ?? "";
  const letters = name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  return `${/^[A-Z]/.test(letters) ? letters : "ENDPOINT"}_API_KEY`;
}

/** A name for a model's profile that none of the others has: the model's own without what comes before its slash. */
export function profileNameFor(model: string, taken: readonly string[]): string {
  const plain = (model.split("/").at(-1) ?? "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  const name = plain === "" ? "model" : plain;
  let numbered = name;
  for (let number = 2; taken.includes(numbered); number++) {
    numbered = `${name}-${number}`;
  }
  return numbered;
}

/**
 * The edits that bind a role to a profile, which is added when it is new.
 *
 * @throws LionError of kind `input` when the project file would not be sound afterwards: then nothing should be written.
 */
export function bindingEdits(text: string, role: Role, name: string, profile?: ProfileInput): TextEdit[] {
  return soundEdits(text, [
    ...(profile ? [{ path: ["profiles", name], value: profile }] : []),
    { path: ["roles", role], value: name },
  ]);
}
