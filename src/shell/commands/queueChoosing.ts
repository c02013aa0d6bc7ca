import { QuickPickItemKind } from "vscode";
import type { CandidateQuery, CompareQuery } from "../../core/browse/queues.ts";
import type { Panels } from "../panels/panels.ts";
import type { QueueMemory } from "../panels/queueMemory.ts";
import {
  CANDIDATE_SORTS,
  CANDIDATE_STATES,
  COMPARE_GROUPS,
  COMPARE_SORTS,
  candidateSortName,
  candidateStateName,
  candidateTitle,
  compareGroupName,
  compareSortName,
  compareTitle,
  halfName,
} from "../panels/queueQueries.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";

/** Characters of a queue's title in a quick pick. */
const LONGEST_TITLE = 200;

/** What was picked: a queue, or what is done with queues. */
interface Picked<Query> {
  readonly query?: Query;
  readonly todo?: "text" | "save" | "forget";
}

/** Goes through another queue: the one with the id, else one that is picked. */
export async function chooseQueue(shell: Shell, panels: Panels, id: unknown): Promise<void> {
  if (panels.front() === panels.compare) {
    const { driver } = panels.compare;
    const { query, memory, source } = driver.require();
    const chosen =
      driver.kind.readQuery(parsed(id)) ??
      (await pick<CompareQuery>(shell, compareChoices(query, countsOf(source.others())), query, memory));
    if (chosen) {
      await driver.choose(chosen);
    }
    return;
  }
  const { driver } = panels.review;
  const { query, memory, source, session } = driver.require();
  const isSample = session.project.config.approval.mode === "sample";
  const chosen =
    driver.kind.readQuery(parsed(id)) ??
    (await pick<CandidateQuery>(shell, candidateChoices(query, countsOf(source.others()), isSample), query, memory));
  if (chosen) {
    await driver.choose(chosen);
  }
}

type Counts = ReadonlyMap<string, number>;

function countsOf(others: ReadonlyArray<{ readonly id: string; readonly count: number }>): Counts {
  return new Map(others.map(({ id, count }) => [id, count]));
}

function compareChoices(query: CompareQuery, counts: Counts): Array<Choice<Picked<CompareQuery>>> {
  const words = editorWords();
  const { hasText: _, ...plain } = query;
  const groups = COMPARE_GROUPS.map((group) => {
    const other: CompareQuery = { kind: "verdicts", iteration: query.iteration, group, sort: query.sort };
    return choice(compareGroupName(group, words), other, group === query.group, counts.get(JSON.stringify(other)));
  });
  const sorts = COMPARE_SORTS.map((sort) =>
    choice(compareSortName(sort, words), { ...query, sort }, sort === query.sort),
  );
  return [
    heading(words.t("queue")),
    ...groups,
    ...narrowing(query.hasText, plain),
    heading(words.t("order")),
    ...sorts,
  ];
}

function candidateChoices(
  query: CandidateQuery,
  counts: Counts,
  isSample: boolean,
): Array<Choice<Picked<CandidateQuery>>> {
  const words = editorWords();
  const { hasText: _, ...plain } = query;
  const { half: __, ...anyHalf } = query;
  const states = CANDIDATE_STATES.map((state) => {
    const other: CandidateQuery = { kind: "candidates", state, sort: query.sort };
    const isChosen = state === query.state && !query.sample;
    return choice(candidateStateName(state, words), other, isChosen, counts.get(JSON.stringify(other)));
  });
  const sample: CandidateQuery = { kind: "candidates", state: "waiting", sample: true, sort: "oldest" };
  const halves = (["hard", "easy", "imported"] as const).map((half) =>
    choice(halfName(half, words), half === query.half ? anyHalf : { ...query, half }, half === query.half),
  );
  const sorts = CANDIDATE_SORTS.map((sort) =>
    choice(candidateSortName(sort, words), { ...query, sort }, sort === query.sort),
  );
  return [
    heading(words.t("queue")),
    ...states,
    ...(isSample ? [choice(words.t("Sample"), sample, query.sample === true)] : []),
    heading(words.t("only")),
    ...halves,
    ...narrowing(query.hasText, plain),
    heading(words.t("order")),
    ...sorts,
  ];
}

function narrowing<Query>(hasText: string | undefined, without: Query): Array<Choice<Picked<Query>>> {
  const words = editorWords();
  return hasText === undefined
    ? [{ label: words.t("Text…"), value: { todo: "text" } }]
    : [
        {
          label: `$(check) ${pickLine(hasText, 40)}`,
          description: words.t("takes the words away"),
          value: { query: without },
        },
      ];
}

function choice<Query>(label: string, query: Query, isChosen: boolean, count?: number): Choice<Picked<Query>> {
  return {
    label: isChosen ? `$(check) ${label}` : label,
    ...(count !== undefined && { description: editorWords().count(count) }),
    value: { query },
  };
}

function heading<T>(label: string): Choice<T> {
  // Nobody can pick it, so that its value is never read.
  return { label, kind: QuickPickItemKind.Separator, value: undefined as T };
}

async function pick<Query extends CandidateQuery | CompareQuery>(
  shell: Shell,
  choices: ReadonlyArray<Choice<Picked<Query>>>,
  query: Query,
  memory: QueueMemory<Query>,
): Promise<Query | null> {
  const words = editorWords();
  const { prompter } = shell;
  const saved = memory.saved.map(({ name, query: one }): Choice<Picked<Query>> => {
    return { label: `$(star) ${pickLine(name)}`, description: described(one), value: { query: one } };
  });
  const keeping: Array<Choice<Picked<Query>>> = [
    { label: words.t("Save This Queue…"), description: described(query), value: { todo: "save" } },
    ...(saved.length > 0 ? [{ label: words.t("Delete a Saved Queue…"), value: { todo: "forget" } as const }] : []),
  ];
  const picked: Picked<Query> | undefined = await prompter.pick<Picked<Query>>(
    [
      ...(saved.length > 0 ? [heading<Picked<Query>>(words.t("saved")), ...saved] : []),
      ...choices,
      heading(words.t("keep")),
      ...keeping,
    ],
    { title: words.t("Choose Queue"), placeHolder: titleOf(query) },
  );
  switch (picked?.todo) {
    case undefined:
      return picked?.query ?? null;
    case "text": {
      const text = await prompter.text({
        title: words.t("Choose Queue"),
        prompt: words.t("Only what has all of these words; the last one may be a beginning."),
      });
      return text === undefined || text.trim() === "" ? null : { ...query, hasText: text.trim() };
    }
    case "save":
      await saveQueue(shell, query, memory);
      return null;
    case "forget":
      await forgetQueue(shell, memory);
      return null;
  }
}

async function saveQueue<Query extends CandidateQuery | CompareQuery>(
  { prompter }: Shell,
  query: Query,
  memory: QueueMemory<Query>,
): Promise<void> {
  const words = editorWords();
  const name = await prompter.text({
    title: words.t("Save This Queue"),
    prompt: words.t("A name; a saved queue that has it is replaced."),
    value: titleOf(query),
    validate: (text) => (text.trim() === "" ? words.t("A name is needed.") : null),
  });
  if (name !== undefined) {
    await memory.save(name.trim(), query);
  }
}

async function forgetQueue<Query extends CandidateQuery | CompareQuery>(
  { prompter }: Shell,
  memory: QueueMemory<Query>,
): Promise<void> {
  const words = editorWords();
  const name = await prompter.pick(
    memory.saved.map(({ name, query }) => ({ label: pickLine(name), description: described(query), value: name })),
    { title: words.t("Delete a Saved Queue"), placeHolder: words.t("The items in it stay as they are") },
  );
  if (name !== undefined) {
    await memory.forget(name);
  }
}

function titleOf(query: CandidateQuery | CompareQuery): string {
  return query.kind === "candidates" ? candidateTitle(query, editorWords()) : compareTitle(query, editorWords());
}

/** A queue in a quick pick: the words that it is narrowed to are no picture there. */
function described(query: CandidateQuery | CompareQuery): string {
  return pickLine(titleOf(query), LONGEST_TITLE);
}

/** The id of a queue is its query's JSON. */
function parsed(id: unknown): unknown {
  try {
    return typeof id === "string" ? JSON.parse(id) : null;
  } catch {
    return null;
  }
}
