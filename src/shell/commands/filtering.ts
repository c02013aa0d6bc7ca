import { commands, l10n } from "vscode";
import type { CandidateFilter, PoolFilter } from "../../core/browse/types.ts";
import type { PoolName } from "../../core/store/pools.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { candidateFilterChoices, type FilterChoice, poolFilterChoices } from "../trees/filterChoices.ts";
import type { Trees } from "../trees/registerTrees.ts";
import { readCandidateFilter } from "../trees/reviewFilter.ts";
import {
  GROUPINGS,
  groupingWord,
  readFilter,
  readGrouping,
  readIteration,
  readSort,
  recordOf,
  SORTS,
  sortWord,
} from "../trees/viewOptions.ts";
import { editorWords } from "../words.ts";
import type { CommandTable } from "./registry.ts";
import { textOf } from "./targets.ts";

/**
 * How the views are filtered, sorted and grouped. The arguments leave the question out:
 * `lion.filterCache` and `lion.filterTrain` take `{contradictory?, studentAhead?, origin?, joined?, hasText?}`, also
 * `{flag: "contradictory" | "studentAhead"}`, and for the Cache `{iteration?, bucket?}`: whose verdicts are shown, and a
 * bucket (`hard`, `easy`, `unscored`, `not-rated`) to open. `lion.filterReview` takes `{half?, iteration?, hasText?}`,
 * `lion.sortCache` `{sort}`, `lion.groupCache` `{grouping}`.
 */
export function filteringCommands(shell: Shell, trees: Trees): CommandTable {
  const { cache, train, review } = trees;
  return {
    "lion.filterCache": (given?: unknown) => filterPool(shell, trees, "cache", given),
    "lion.filterTrain": (given?: unknown) => filterPool(shell, trees, "train", given),
    "lion.filterReview": async (given?: unknown) => {
      const filter = given === undefined ? await askCandidateFilter(shell, review.filter) : readCandidateFilter(given);
      if (filter) {
        await review.setFilter(filter);
        trees.tellFiltered();
      }
    },
    "lion.clearFilter": async () => {
      shell.projects.require();
      await Promise.all([cache.setFilter({}), train.setFilter({}), review.setFilter({})]);
      trees.tellFiltered();
    },
    "lion.sortCache": async (given?: unknown) => {
      shell.projects.require();
      const words = editorWords();
      const choices = SORTS.map((value) => choice(sortWord(value, words), value === cache.options.sort, value));
      const asked = readSort(textOf(given, "sort"));
      const sort = asked ?? (await shell.prompter.pick(choices, { title: l10n.t("Sort Cache Pool") }));
      if (sort) {
        await cache.set({ sort });
      }
    },
    "lion.groupCache": async (given?: unknown) => {
      shell.projects.require();
      const words = editorWords();
      const { grouping: now } = cache.options;
      const choices = GROUPINGS.map((value) => choice(groupingWord(value, words), value === now, value));
      const asked = readGrouping(textOf(given, "grouping"));
      const grouping = asked ?? (await shell.prompter.pick(choices, { title: l10n.t("Group Cache Pool") }));
      if (grouping) {
        await cache.set({ grouping });
      }
    },
  };
}

async function filterPool(shell: Shell, trees: Trees, pool: PoolName, given: unknown): Promise<void> {
  const view = trees[pool];
  if (given !== undefined) {
    await showPool(shell, trees, pool, given);
    return;
  }
  const iterations = shell.projects
    .require()
    .store.iterations.all()
    .map(({ number }) => number);
  const { filter: now } = view.options;
  const choices = poolFilterChoices(now, { pool, iterations }, editorWords());
  const title = pool === "cache" ? l10n.t("Filter Cache Pool") : l10n.t("Filter Train Pool");
  const filter = await askFilter<PoolFilter>(shell, title, choices, (hasText) => ({ ...now, hasText }));
  if (filter) {
    await view.setFilter(readFilter(filter));
    trees.tellFiltered();
  }
}

/** Shows what somebody points at, for example a figure of the dashboard: its filter, its iteration and its bucket. */
async function showPool(shell: Shell, trees: Trees, pool: PoolName, given: unknown): Promise<void> {
  shell.projects.require();
  const { flag, iteration, bucket } = recordOf(given);
  const filter = readFilter(typeof flag === "string" ? { ...recordOf(given), [flag]: true } : given);
  const key = typeof bucket === "string" ? bucket : null;
  await trees[pool].set({
    filter,
    ...(pool === "cache" && { iteration: readIteration(iteration) }),
    ...(pool === "cache" && key !== null && { grouping: "verdict" as const }),
  });
  trees.tellFiltered();
  await commands.executeCommand(`lion.${pool}.focus`);
  if (key !== null) {
    await trees[pool].open(key);
  }
}

async function askCandidateFilter(shell: Shell, now: CandidateFilter): Promise<CandidateFilter | undefined> {
  const iterations = shell.projects
    .require()
    .store.iterations.all()
    .map(({ number }) => number);
  const choices = candidateFilterChoices(now, iterations, editorWords());
  const filter = await askFilter<CandidateFilter>(shell, l10n.t("Filter Candidates"), choices, (hasText) => ({
    ...now,
    hasText,
  }));
  return filter && readCandidateFilter(filter);
}

/** Undefined when the person pressed Escape. Empty words take the condition away. */
async function askFilter<F extends object>(
  { prompter }: Shell,
  title: string,
  choices: ReadonlyArray<FilterChoice<F>>,
  withText: (text: string) => F,
): Promise<F | undefined> {
  const picked = await prompter.pick(
    choices.map((one) => choice(one.label, one.kind !== "clear" && one.on, one)),
    { title, placeHolder: l10n.t("Choose what to show; a checked condition is taken away again") },
  );
  switch (picked?.kind) {
    case "set":
      return picked.filter;
    case "clear":
      return {} as F;
    case "text": {
      const prompt = l10n.t("Words that the instruction has; the last one may be a beginning");
      const text = await prompter.text({ title, prompt, value: picked.text });
      return text === undefined ? undefined : withText(text);
    }
    default:
      return undefined;
  }
}

function choice<T>(label: string, on: boolean, value: T): Choice<T> {
  return { label: on ? `$(check) ${label}` : label, value };
}
