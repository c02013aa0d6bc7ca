import type { Disposable } from "vscode";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { JobReports } from "./jobReport.ts";
import { JobsModel, type JobsNode } from "./jobsModel.ts";
import { LiveView } from "./liveView.ts";
import { pageSize } from "./poolView.ts";
import { shownCheckpoints, shownJobs } from "./shownJobs.ts";

const POLL_MS = 1000;

/** Checkpoints & Jobs. A job's progress is in its folder, so that it is looked at while the view is open. */
export class JobsView implements Disposable {
  readonly #live: LiveView<JobsNode, JobsModel>;
  readonly #disposables = new Disposables();

  constructor(shell: Shell) {
    this.#live = this.#disposables.add(
      new LiveView<JobsNode, JobsModel>(shell, {
        id: "lion.jobs",
        parts: ["jobs", "iterations"],
        open: (session) => {
          const reports = new JobReports(session.project.dataDirectory);
          return new JobsModel({
            checkpoints: () => shownCheckpoints(session),
            jobs: () => shownJobs(session, reports),
            pageSize,
            l10n: editorWords(),
          });
        },
      }),
    );
    const timer = setInterval(
      () => this.#live.tree.visible && this.#live.model?.busy && this.#live.refresh(["jobs"]),
      POLL_MS,
    );
    this.#disposables.add({ dispose: () => clearInterval(timer) });
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

  dispose(): void {
    this.#disposables.dispose();
  }
}
