import { type Disposable, workspace } from "vscode";
import { messageOf } from "../../core/errors.ts";
import { Lease } from "../../core/store/lease.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { JobMirrors } from "../training/jobMirrors.ts";
import { editorWords } from "../words.ts";
import { JobReports } from "./jobReport.ts";
import { JobsModel, type JobsNode } from "./jobsModel.ts";
import { LiveView } from "./liveView.ts";
import { pageSize } from "./poolView.ts";
import { shownCheckpoints, shownJobs } from "./shownJobs.ts";

const POLL_MS = 1000;

/** Checkpoints & Jobs. A job's progress is in its folder, so that it is looked at while the view is open. */
export class JobsView implements Disposable {
  readonly #shell: Shell;
  readonly #live: LiveView<JobsNode, JobsModel>;
  readonly #disposables = new Disposables();
  #mirrors: JobMirrors | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#live = this.#disposables.add(
      new LiveView<JobsNode, JobsModel>(shell, {
        id: "lion.jobs",
        parts: ["jobs", "iterations"],
        open: (session) => {
          const reports = new JobReports(session.project.dataDirectory);
          this.#mirrors = this.#mirrorsOf(session, reports);
          return new JobsModel({
            checkpoints: () => shownCheckpoints(session),
            jobs: () => shownJobs(session, reports),
            pageSize,
            l10n: editorWords(),
          });
        },
      }),
    );
    const timer = setInterval(() => this.#look(), POLL_MS);
    this.#disposables.add({ dispose: () => clearInterval(timer) });
    this.#disposables.add(this.#live.tree.onDidChangeVisibility(() => this.#mirrors?.forgetFailures()));
  }

  /** Loads more rows where a node stands for some. Returns whether it was one of this view's. */
  loadMore(node: JobsNode): boolean {
    const model = this.#live.model;
    const [jobs] = model?.children().filter((folder) => folder.kind === "folder" && folder.about === "jobs") ?? [];
    if (!model || node.kind !== "more" || !jobs || !model.children(jobs).includes(node)) {
      return false;
    }
    this.#live.redraw(model.loadMore());
    return true;
  }

  /** Reads again what has changed without the database: files. */
  refresh(): void {
    this.#live.refresh(["jobs"]);
  }

  /** What the view shows, for tests. */
  get model(): JobsModel | null {
    return this.#live.model;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #look(): void {
    const session = this.#shell.projects.current;
    if (!this.#live.tree.visible || !this.#live.model?.busy || !session) {
      return;
    }
    this.#live.refresh(["jobs"]);
    // An engine that follows the jobs brings what they write, whose window ever it belongs to.
    const alone = session.engine.state.phase === "idle" && Lease.holder(session.store.connection) === null;
    if (alone && workspace.isTrusted) {
      void this.#mirrors?.look(performance.now());
    }
  }

  #mirrorsOf(session: ProjectSession, reports: JobReports): JobMirrors {
    return new JobMirrors({
      dataDirectory: session.project.dataDirectory,
      jobs: () => session.store.training.jobs().filter(({ state }) => state === "submitted"),
      targets: async () => (await import("../training/targetsHere.ts")).quietTargets(this.#shell, session),
      onLook: (id, status) => reports.note(id, status),
      onFailure: (error) => this.#shell.log.debug(messageOf(error)),
    });
  }
}
