import type { CompareItem, CompareString } from "../../src/protocol/compare.ts";
import type { Action } from "../ui/actions.ts";
import { type KeyGroup, keyGroup } from "../ui/cheatSheet.ts";
import type { CompareTools } from "./compareTools.ts";

type CompareAction = Action<CompareString>;

/** The buttons under a comparison: judge, mend, move. */
export function actionsOf(
  item: CompareItem,
  { text }: Pick<CompareTools, "text">,
  { decides }: { readonly decides: boolean },
): CompareAction[][] {
  const off = { disabled: !decides };
  const half = item.referee?.half ?? null;
  const names = item.blind ? (["leftBetter", "rightBetter"] as const) : (["teacherBetter", "studentBetter"] as const);
  const agree: CompareAction =
    half === null
      ? { command: "lion.compare.agree", title: text(item.blind ? "blindText" : "agreeUnscored"), disabled: true }
      : { command: "lion.compare.agree", label: text("agreeWith", text(half)), weight: "primary", ...off };
  const score: CompareAction = {
    command: "lion.compare.score",
    weight: half === null && !item.blind ? "primary" : "secondary",
    ...off,
  };
  return [
    [
      agree,
      { command: "lion.compare.left", label: text(names[0]), ...off },
      { command: "lion.compare.tie", ...off },
      { command: "lion.compare.right", label: text(names[1]), ...off },
    ],
    [{ command: "lion.compare.hard", ...off }, { command: "lion.compare.easy", ...off }, score],
    [
      { command: "lion.queue.edit", ...off },
      { command: "lion.compare.askAgain", ...off },
      { command: "lion.queue.exclude", ...off },
      { command: "lion.queue.note", ...off },
    ],
    [{ command: "lion.queue.skip" }, { command: "lion.queue.previous" }, { command: "lion.queue.next" }],
  ];
}

/** How the comparison is shown. */
export function switchesOf({ display }: CompareTools, blind: boolean): CompareAction[] {
  return [
    { command: "lion.queue.marks", pressed: display.marks, weight: "quiet" },
    { command: "lion.queue.details", pressed: display.details, weight: "quiet", disabled: blind },
    { command: "lion.queue.plain", pressed: display.plain, weight: "quiet" },
    { command: "lion.queue.diff", weight: "quiet" },
    { command: "lion.compare.blind", pressed: blind, weight: "quiet" },
  ];
}

/** All keys of the page, as the cheat sheet lists them. */
export function keyGroupsOf(tools: CompareTools): KeyGroup[] {
  const group = (title: CompareString, commands: readonly CompareString[]): KeyGroup =>
    keyGroup(tools.text(title), commands, tools);
  return [
    group("groupDecide", [
      ...(["lion.compare.agree", "lion.compare.left", "lion.compare.tie", "lion.compare.right"] as const),
      ...(["lion.compare.hard", "lion.compare.easy", "lion.compare.score", "lion.queue.accept"] as const),
      ...(["lion.queue.edit", "lion.compare.askAgain", "lion.queue.exclude", "lion.queue.note"] as const),
      ...(["lion.undo", "lion.redo"] as const),
    ]),
    group("groupMove", ["lion.queue.next", "lion.queue.previous", "lion.queue.skip", "lion.queue.choose"]),
    group("groupShow", [
      ...(["lion.queue.marks", "lion.queue.details", "lion.queue.plain", "lion.queue.diff"] as const),
      ...(["lion.compare.blind", "lion.compare.tau", "lion.queue.help"] as const),
    ]),
    group("groupEdit", ["lion.queue.saveEdit", "lion.queue.cancelEdit"]),
  ].filter(({ entries }) => entries.length > 0);
}
