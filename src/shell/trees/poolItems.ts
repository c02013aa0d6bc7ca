import type { Bucket, PoolRow, RowState } from "../../core/browse/types.ts";
import type { Origin } from "../../core/pool/instruction.ts";
import type { Icon, ItemModel } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";
import { CONTRADICTORY_ICON, originWord, STUDENT_AHEAD_ICON, VERDICT_ICONS, verdictWord } from "./verdictWords.ts";

const TOOLTIP_LENGTH = 600;

/** A group of instructions, of which only the count is known. */
export function poolBucketItem(bucket: Bucket, l10n: Localizer): ItemModel {
  const { id, pool, grouping, key, count } = bucket;
  const label = bucketLabel(bucket, l10n);
  const counted = l10n.count(count);
  const meaning = grouping === "verdict" ? [verdictMeaning(key as RowState, bucket.tau, l10n)] : [];
  return {
    id,
    label,
    description: counted,
    tooltip: [l10n.t("{0}: {1} instructions", label, counted), ...meaning].join("\n"),
    icon: bucketIcon(bucket),
    contextValue: `bucket:${pool}`,
    children: count === 0 ? "none" : "collapsed",
    accessibilityLabel: l10n.t("{0}, {1} instructions", label, counted),
  };
}

/** A row of a pool; a click compares the answers where there are ratings, else shows the instruction. */
export function poolRowItem(row: PoolRow, bucket: Bucket, l10n: Localizer): ItemModel {
  const { pool, iteration } = bucket;
  const rated = row.state !== "not-rated";
  const text = oneLine(row.text);
  const origin = originWord(row.origin, l10n).toLowerCase();
  const scores = scoresText(row, l10n);
  const state = contextState(row.state);
  const target = { instructionId: row.id, iteration };
  return {
    id: `${bucket.id}/${row.id}`,
    label: text === "" ? l10n.t("(empty)") : text,
    description: [...(scores === null ? [] : [scores]), origin].join(" · "),
    tooltip: rowTooltip(row, l10n),
    icon: rowIcon(row),
    contextValue: `instruction.${pool}.${state}${rated ? ".rated" : ""}`,
    children: "none",
    accessibilityLabel: [
      verdictWord(row.state, l10n),
      ...flagWords(row, l10n),
      l10n.t("instruction {0}", row.id),
      text,
      ...(scores === null ? [] : [scoresSentence(row, l10n)]),
      origin,
    ].join(", "),
    command: rated
      ? { command: "lion.openComparison", title: l10n.t("Compare Teacher and Student"), arguments: [target] }
      : { command: "lion.openInstruction", title: l10n.t("Open Instruction"), arguments: [target] },
  };
}

/** The row that stands for those of a bucket that are not loaded. */
export function restItem(
  bucketId: string,
  rest: { readonly kind: "earlier" | "more"; readonly left: number },
  l10n: Localizer,
): ItemModel {
  const left = l10n.count(rest.left);
  return {
    id: `${bucketId}/${rest.kind}`,
    label:
      rest.kind === "more" ? l10n.t("Load more ({0} left)", left) : l10n.t("Back to the beginning ({0} before)", left),
    icon: { id: rest.kind === "more" ? "ellipsis" : "arrow-up" },
    contextValue: "rest",
    children: "none",
    command: { command: "lion.loadMore", title: l10n.t("Load More"), arguments: [rest] },
  };
}

function contextState(state: RowState): string {
  return state === "not-rated" ? "notRated" : state;
}

function bucketLabel({ grouping, key, name }: Bucket, l10n: Localizer): string {
  switch (grouping) {
    case "verdict":
      return verdictWord(key as RowState, l10n);
    case "origin":
      return originWord(key as Origin, l10n);
    case "source":
      return name === null ? l10n.t("No file") : oneLine(name, 60);
    case "iteration":
      return l10n.t("Joined in iteration {0}", key);
  }
}

function bucketIcon({ grouping, key }: Bucket): Icon {
  const origins: Readonly<Record<Origin, string>> = {
    imported: "cloud-download",
    generated: "sparkle",
    edited: "edit",
    written: "pencil",
  };
  switch (grouping) {
    case "verdict":
      return VERDICT_ICONS[key as RowState];
    case "origin":
      return { id: origins[key as Origin] };
    case "source":
      return { id: "file" };
    case "iteration":
      return { id: "history" };
  }
}

function verdictMeaning(state: RowState, tau: number, l10n: Localizer): string {
  const limit = l10n.score(tau);
  const meanings: Readonly<Record<RowState, string>> = {
    hard: l10n.t("The teacher is ahead by at least {0}.", limit),
    easy: l10n.t("The teacher is ahead by less than {0}, or not at all.", limit),
    unscored: l10n.t("A rating could not be read as numbers."),
    "not-rated": l10n.t("The discrimination of this iteration did not draw them."),
  };
  return meanings[state];
}

function rowIcon({ state, contradictory, studentAhead }: PoolRow): Icon {
  return contradictory ? CONTRADICTORY_ICON : studentAhead ? STUDENT_AHEAD_ICON : VERDICT_ICONS[state];
}

function flagWords({ contradictory, studentAhead }: PoolRow, l10n: Localizer): string[] {
  return [...(contradictory ? [l10n.t("contradictory")] : []), ...(studentAhead ? [l10n.t("student ahead")] : [])];
}

/** "+2.5 (8 : 5.5)", or null when nothing is scored. */
function scoresText({ gap, teacherScore, studentScore }: PoolRow, l10n: Localizer): string | null {
  if (gap === null) {
    return null;
  }
  return teacherScore === null || studentScore === null
    ? l10n.gap(gap)
    : `${l10n.gap(gap)} (${l10n.score(teacherScore)} : ${l10n.score(studentScore)})`;
}

function scoresSentence({ gap, teacherScore, studentScore }: PoolRow, l10n: Localizer): string {
  return l10n.t(
    "gap {0}, teacher {1}, student {2}",
    gap === null ? "–" : l10n.gap(gap),
    teacherScore === null ? "–" : l10n.score(teacherScore),
    studentScore === null ? "–" : l10n.score(studentScore),
  );
}

function rowTooltip(row: PoolRow, l10n: Localizer): string {
  const verdict = [verdictWord(row.state, l10n), ...flagWords(row, l10n)].join(", ");
  return [
    oneLine(row.text, TOOLTIP_LENGTH),
    row.gap === null ? verdict : `${verdict}: ${scoresSentence(row, l10n)}`,
    [
      `#${row.id}`,
      originWord(row.origin, l10n),
      ...(row.iteration === null ? [] : [l10n.t("joined in iteration {0}", row.iteration)]),
      ...(row.overridden ? [l10n.t("set by a person")] : []),
    ].join(" · "),
  ].join("\n");
}
