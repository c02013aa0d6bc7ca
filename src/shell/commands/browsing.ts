import { existsSync } from "node:fs";
import { join } from "node:path";
import { commands, env, l10n, UIKind, Uri, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import { fromUri } from "../documents/lionUri.ts";
import type { Shell } from "../shell.ts";
import type { JobsNode } from "../trees/jobsModel.ts";
import type { PoolNode } from "../trees/poolModel.ts";
import type { Trees } from "../trees/registerTrees.ts";
import type { ReviewNode } from "../trees/reviewModel.ts";
import { shownCheckpoints } from "../trees/shownJobs.ts";
import { isFiltered, recordOf } from "../trees/viewOptions.ts";
import { filteringCommands } from "./filtering.ts";
import type { CommandTable } from "./registry.ts";
import { searchingCommands } from "./searching.ts";
import { instructionIds, textOf } from "./targets.ts";

/**
 * Finding one's way in the views. `lion.revealInPool` and `lion.copyId` take a node or `{instructionId}`,
 * `lion.openJobLog` `{jobId}`, `lion.revealCheckpoint` `{iteration}`; see also `filteringCommands`.
 */
export function browsingCommands(shell: Shell, trees: Trees): CommandTable {
  return {
    ...filteringCommands(shell, trees),
    ...searchingCommands(shell),
    "lion.loadMore": (node: unknown) => loadMore(trees, node),
    "lion.revealInPool": (node?: unknown) => revealInPool(shell, trees, node),
    "lion.copyId": async (node?: unknown, nodes?: unknown) => {
      const ids = [...instructionIds(node, nodes), ...trainingIds(node)];
      if (ids.length > 0) {
        await env.clipboard.writeText(ids.join("\n"));
      }
    },
    "lion.openJobLog": (node?: unknown) => openJobLog(shell, textOf(node, "jobId")),
    "lion.revealCheckpoint": (node?: unknown) => revealCheckpoint(shell, recordOf(node).iteration),
  };
}

/** A job is known by its id, a checkpoint by the hash of its weights. */
function trainingIds(node: unknown): string[] {
  const { jobId, shown } = recordOf(node);
  const { weightsSha256 } = recordOf(shown);
  return [jobId, weightsSha256].filter((id) => typeof id === "string");
}

function loadMore({ train, cache, review, jobs }: Trees, node: unknown): void {
  const { kind } = recordOf(node);
  if (kind === "more" || kind === "earlier") {
    // Each view knows its own nodes.
    const views = [
      () => train.loadMore(node as PoolNode),
      () => cache.loadMore(node as PoolNode),
      () => review.loadMore(node as ReviewNode),
      () => jobs.loadMore(node as JobsNode),
    ];
    views.some((load) => load());
  }
}

/** Selects an instruction where it is: in the Cache, else among the candidates. Filters that hide it are cleared. */
async function revealInPool(shell: Shell, { cache, review, tellFiltered }: Trees, node: unknown): Promise<void> {
  const { store, browser } = shell.projects.require();
  const id = instructionIds(node)[0] ?? openInstructionId() ?? (await askId(shell));
  if (id === undefined) {
    return;
  }
  const state = browser.candidates.get(id)?.state ?? "excluded";
  const candidate = state !== "excluded";
  const places = [
    () => cache.reveal(id),
    async () => candidate && (await review.reveal(id)),
    async () => {
      if (!isFiltered(cache.options.filter)) {
        return false;
      }
      await cache.setFilter({});
      tellFiltered();
      return cache.reveal(id);
    },
  ];
  for (const place of places) {
    if (await place()) {
      return;
    }
  }
  if (candidate) {
    await commands.executeCommand("lion.review.focus");
  }
  throw new LionError("input", whereItIs(id, candidate, store.instructions.get(id) !== null));
}

function whereItIs(id: number, candidate: boolean, exists: boolean): string {
  if (candidate) {
    return l10n.t(
      "#{0} is a candidate further down in To Review: load more there, or filter by its words.",
      String(id),
    );
  }
  return exists
    ? l10n.t("#{0} is in no pool: it is excluded, replaced by an edit, or part of an evaluation set.", String(id))
    : l10n.t("There is no instruction #{0} in this project: search for its words instead.", String(id));
}

/** The instruction whose document is in the active editor. */
function openInstructionId(): number | undefined {
  const uri = window.activeTextEditor?.document.uri;
  return uri?.scheme === "lion" ? fromUri(uri)?.instructionId : undefined;
}

async function askId({ prompter }: Shell): Promise<number | undefined> {
  const text = await prompter.text({
    title: l10n.t("Reveal in Pool"),
    prompt: l10n.t("The instruction's number"),
    validate: (typed) => (/^#?\d{1,15}$/.test(typed.trim()) ? null : l10n.t("A number is wanted, such as 12.")),
  });
  return text === undefined ? undefined : Number(text.trim().replace("#", ""));
}

/** Opens a job's log as it is now; of the newest job when none is named. */
async function openJobLog(shell: Shell, jobId: string | undefined): Promise<void> {
  const { store, project } = shell.projects.require();
  const jobs = store.training.jobs();
  const job = jobId === undefined ? jobs.at(-1) : jobs.find(({ id }) => id === jobId);
  if (!job) {
    throw new LionError("input", l10n.t("No such job is on record: the imitation of an iteration starts one."));
  }
  const file = join(project.dataDirectory, job.directory, "log");
  if (!existsSync(file)) {
    throw new LionError("input", l10n.t("The job has no log (yet): it would be {0}.", file));
  }
  await window.showTextDocument(Uri.file(file), { preview: true });
  await commands.executeCommand("workbench.action.files.setActiveEditorReadonlyInSession");
}

/** Shows a checkpoint's folder in the system's file manager, or in the explorer where it belongs to the workspace. */
async function revealCheckpoint(shell: Shell, iteration: unknown): Promise<void> {
  const checkpoints = shownCheckpoints(shell.projects.require());
  const checkpoint = iteration === undefined ? checkpoints[0] : checkpoints.find((one) => one.iteration === iteration);
  if (!checkpoint) {
    throw new LionError("input", l10n.t("There is no such checkpoint: the imitation of an iteration trains one."));
  }
  if (checkpoint.weights === "there") {
    throw new LionError(
      "input",
      l10n.t(
        "The weights of student {0} are on {1}: bring them here with “Fetch Checkpoint…” first.",
        checkpoint.iteration,
        checkpoint.target,
      ),
    );
  }
  if (checkpoint.weights === "gone") {
    throw new LionError("input", l10n.t("The weights are no longer in {0}: put the folder back.", checkpoint.path));
  }
  // Only a desktop window has a file manager beside it; elsewhere the explorer does it.
  const local = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
  await commands.executeCommand(local ? "revealFileInOS" : "revealInExplorer", Uri.file(checkpoint.path));
}
