import type { LionError, Problem } from "../../core/errors.ts";
import type { Offer } from "../status/announcement.ts";
import type { Localizer } from "../trees/localizer.ts";

/** A host that could not be reached, in the words of `SshProblem`. */
export type HostProblem = Extract<Problem, { code: "ssh" }>;

/** What keeps a host from being reached, where an error is about that; it may have come from the engine's process. */
export function hostProblemOf({ problem }: LionError): HostProblem | null {
  return problem?.code === "ssh" ? problem : null;
}

/** What can be done about a host that could not be reached; trying again is for whoever knows what was tried. */
export function hostOffers({ host, why }: HostProblem, words: Localizer): Offer[] {
  const terminal: Offer = {
    title: words.t("Open Terminal to Connect"),
    command: "lion.openJobTerminal",
    argument: { host },
  };
  switch (why) {
    case "unknown-host-key":
      return [
        { title: words.t("Show Fingerprint and Accept…"), command: "lion.acceptHostKey", argument: { host } },
        terminal,
      ];
    case "permission-denied":
    case "other":
      return [terminal];
    default:
      return [];
  }
}

/** Whether another attempt can succeed without anything being done first, or after it was done elsewhere. */
export function isWorthRetrying({ why }: HostProblem): boolean {
  return !["changed-host-key", "no-ssh", "no-shell"].includes(why);
}
