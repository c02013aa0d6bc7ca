import { JsonDocument } from "../../core/project/document.ts";
import type { TextEdit } from "../../core/project/edit.ts";
import type { ProjectConfigInput } from "../../core/project/schema.ts";
import { type Change, soundEdits } from "./soundEdit.ts";

export type TargetInput = NonNullable<ProjectConfigInput["targets"]>[string];

/** What is wrong with the name of a host, told by a word; null when `ssh` can be given it. */
export function hostFault(host: string): "empty" | "option" | "blank" | null {
  if (host === "") {
    return "empty";
  }
  return host.startsWith("-") ? "option" : /\s/.test(host) ? "blank" : null;
}

/** Whether a folder can be meant on another machine: from its root, or from the home there. */
export function isRemoteFolder(folder: string): boolean {
  return /^(\/|~\/|~$)[^\n\r\0]*$/.test(folder);
}

/** A name for the target at a host that no other target has: `me@gpu-1.example.org` is `gpu-1`. */
export function targetNameFor(host: string, taken: readonly string[]): string {
  const machine = host.split("@").at(-1) ?? "";
  const address = /^[\d.]+$/.test(machine) ? machine : (machine.split(".")[0] ?? "");
  const plain = address.replaceAll(/[^\p{L}\p{N}.]+/gu, "-").replace(/^-+|-+$/g, "");
  const name = plain === "" ? "target" : plain;
  let numbered = name;
  for (let number = 2; taken.includes(numbered); number++) {
    numbered = `${name}-${number}`;
  }
  return numbered;
}

/**
 * The edit that adds a target.
 *
 * @param student the checkpoint profile that is to be trained there from the next iteration on.
 * @throws LionError of kind `input` when the project file would not be sound afterwards: then nothing should be written.
 */
export function targetEdits(text: string, name: string, target: TargetInput, student?: string): TextEdit[] {
  const written = new JsonDocument(text).value;
  const hasTargets = typeof written === "object" && written !== null && "targets" in written;
  // The target that there is as long as none is named would be gone with the first one that is.
  const local: Change[] = hasTargets ? [] : [{ path: ["targets", "local"], value: { kind: "local" } }];
  return soundEdits(text, [
    ...local,
    { path: ["targets", name], value: target },
    ...(student === undefined ? [] : [{ path: ["profiles", student, "target"], value: name }]),
  ]);
}
