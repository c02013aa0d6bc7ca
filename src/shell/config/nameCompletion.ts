import { getLocation, getNodeValue, parseTree } from "jsonc-parser";
import type { Stretch } from "../../core/project/document.ts";
import type { SshHost } from "./sshHosts.ts";

/** Names that can stand where a role or a profile names something. */
export interface NameCompletion {
  /** What a name replaces: the whole value, with its quotes if it has any. */
  readonly replaces: Stretch;
  readonly names: ReadonlyArray<{ readonly name: string; readonly detail: string }>;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The names that can stand at an offset of a text, which may be broken; null where none can.
 *
 * @param hosts those that ssh knows; looked up where one can stand.
 */
export function nameCompletionAt(
  text: string,
  offset: number,
  hosts: () => readonly SshHost[] = () => [],
): NameCompletion | null {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  if (isAtPropertyKey) {
    return null;
  }
  const tree = parseTree(text);
  const root = objectAt(tree && getNodeValue(tree));
  const [section, name, key] = path;
  const names =
    section === "roles" && path.length === 2
      ? profileNames(root, String(name))
      : section === "profiles" && path.length === 3 && key === "target"
        ? targetNames(root)
        : isHost(path)
          ? hosts().map(({ name: host, address }) => ({ name: host, detail: address ?? "" }))
          : [];
  if (names.length === 0) {
    return null;
  }
  const isInside =
    previousNode !== undefined && previousNode.offset <= offset && offset <= previousNode.offset + previousNode.length;
  const replaces = isInside ? { offset: previousNode.offset, length: previousNode.length } : { offset, length: 0 };
  return { replaces, names };
}

/** Whether a host of ssh stands at a path: a target's own, or one of its further nodes. */
function isHost([section, , key, index]: readonly unknown[]): boolean {
  return section === "targets" && (index === undefined ? key === "host" : key === "nodes");
}

/** Only the student can be a checkpoint. */
function profileNames(root: Json, role: string): Array<{ name: string; detail: string }> {
  return Object.entries(objectAt(root.profiles)).flatMap(([name, value]) => {
    const { kind, model } = objectAt(value);
    return kind === "checkpoint" && role !== "student"
      ? []
      : [{ name, detail: [kind, model].filter((part) => typeof part === "string").join(" · ") }];
  });
}

/** `local` is there even when nothing is said of targets. */
function targetNames(root: Json): Array<{ name: string; detail: string }> {
  const targets = root.targets === undefined ? { local: { kind: "local" } } : objectAt(root.targets);
  return Object.entries(targets).map(([name, value]) => ({ name, detail: String(objectAt(value).kind ?? "") }));
}

function objectAt(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
