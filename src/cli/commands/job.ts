import { join } from "node:path";
import type { Command } from "commander";
import { LionError } from "../../core/errors.ts";
import type { Project } from "../../core/project/project.ts";
import type { Store } from "../../core/store/store.ts";
import type { JobRow } from "../../core/store/training.ts";
import { cancelJob } from "../../core/training/cancelling.ts";
import { JobDirectory } from "../../core/training/jobDirectory.ts";
import { stateOf } from "../../core/training/jobState.ts";
import type { JobStatus } from "../../core/training/target.ts";
import { onInterrupt } from "../interrupt.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";
import { formatTable } from "../table.ts";
import { trainingServices } from "../trainingServices.ts";

interface LogOptions extends CommonOptions {
  readonly follow?: boolean;
}

export function registerJobs(program: Command): void {
  const job = program.command("job").description("trainings and answerings as they run on their targets");
  withCommonOptions(job.command("list"))
    .description("the jobs, as far as this machine knows how they stand")
    .action(list);
  withCommonOptions(job.command("log"))
    .description("what a job has printed")
    .argument("<id>", "the job, as `lion job list` names it; its beginning is enough if no other begins so")
    .option("--follow", "go on until the job ends")
    .action(log);
  withCommonOptions(job.command("cancel"))
    .description("ask a job to save its state and to end; the next run goes on from there")
    .argument("<id>", "the job")
    .action(cancel);
}

async function list(options: CommonOptions): Promise<void> {
  const project = openProject(options);
  const jobs = await withStore(
    project,
    (store) => store.training.jobs().map((row) => described(row, directoryOf(project, row))),
    { readonly: true },
  );
  const text =
    jobs.length === 0
      ? "No jobs yet: `lion run` starts them."
      : formatTable(
          ["job", "target", "state", "exit code"],
          jobs.map(({ id, target, state, exitCode }) => [
            id,
            target,
            state,
            exitCode === null ? "–" : String(exitCode),
          ]),
        );
  new Output({ json: options.json ?? false }).result(jobs, text);
}

/** A job as the command line shows it. */
interface ShownJob extends Pick<JobRow, "id" | "kind" | "iteration" | "purpose" | "target" | "exitCode"> {
  /** submitted: handed over to its target; what it says of itself where it has said something. */
  readonly state: string;
  /** The job's directory here. */
  readonly path: string;
}

function described(row: JobRow, directory: JobDirectory): ShownJob {
  const { id, kind, iteration, purpose, target, exitCode } = row;
  const said = row.state === "submitted" ? stateOf(directory).state : undefined;
  const state = row.state === "failed" && directory.cancelled ? "cancelled" : (said ?? row.state);
  return { ...{ id, kind, iteration, purpose, target, state, exitCode }, path: directory.path };
}

async function log(id: string, options: LogOptions): Promise<void> {
  const project = openProject(options);
  const output = new Output({ json: options.json ?? false });
  await withStore(
    project,
    async (store) => {
      const row = jobOf(store, id);
      const directory = directoryOf(project, row);
      const { targets, clock } = trainingServices(project, store);
      const target = row.state === "submitted" ? targets.of(row.target) : null;
      const stop = new AbortController();
      const stopListening = onInterrupt(() => stop.abort());
      try {
        let shown = 0;
        const show = (): void => {
          for (let news = directory.bytes("log", shown); news.length > 0; news = directory.bytes("log", shown)) {
            shown += news.length;
            output.say(news.toString("utf8").replace(/\n$/, ""));
          }
        };
        let state = target ? await target.look(directory) : null;
        show();
        while (options.follow && target && state && isOn(state) && !stop.signal.aborted) {
          await clock.sleep(target.pollMs, stop.signal).catch(() => {});
          state = await target.look(directory);
          show();
        }
        if (output.json) {
          output.result({ ...described(row, directory), log: directory.text("log") ?? "" }, "");
        }
      } finally {
        stopListening();
      }
    },
    { readonly: true },
  );
}

function isOn({ state }: JobStatus): boolean {
  return state === "running" || state === "waiting" || state === "prepared";
}

async function cancel(id: string, options: CommonOptions): Promise<void> {
  const project = openProject(options);
  const output = new Output({ json: options.json ?? false });
  await withStore(project, async (store) => {
    const row = jobOf(store, id);
    output.say(`Asking ${row.id} on "${row.target}" to save its state and to end …`);
    const cancelled = await cancelJob(trainingServices(project, store), row.id);
    output.result(
      { id: row.id, cancelled },
      cancelled ? "It has ended; the next run goes on from what it has saved." : "It was over already.",
    );
  });
}

/** The job with an id, or with an id that begins so. @throws LionError when there is none, or more than one. */
function jobOf(store: Store, id: string): JobRow {
  const jobs = store.training.jobs();
  const found = jobs.filter((row) => row.id === id);
  const matching = found.length > 0 ? found : jobs.filter((row) => row.id.startsWith(id));
  const [only] = matching;
  if (!only || matching.length > 1) {
    throw new LionError(
      "input",
      matching.length > 1
        ? `${matching.length} jobs begin with "${id}": write more of the one that you mean (\`lion job list\`).`
        : `This project has no job "${id}": \`lion job list\` shows them.`,
    );
  }
  return only;
}

function directoryOf({ dataDirectory }: Project, { directory }: Pick<JobRow, "directory">): JobDirectory {
  return new JobDirectory(join(dataDirectory, directory));
}
