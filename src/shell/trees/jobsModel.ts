import { checkpointItem, type ShownCheckpoint } from "./checkpointItems.ts";
import type { ItemModel } from "./itemModel.ts";
import { jobItem, jobsFolderItem, type ShownJob } from "./jobItems.ts";
import { isUnfinished } from "./jobReport.ts";
import type { Localizer } from "./localizer.ts";
import { restItem } from "./poolItems.ts";
import type { Redraw, TreeModel } from "./treeModel.ts";

export interface JobsFolderNode {
  readonly kind: "folder";
  readonly about: "checkpoints" | "jobs";
}

export interface CheckpointNode {
  readonly kind: "checkpoint";
  readonly iteration: number;
  shown: ShownCheckpoint;
}

export interface JobNode {
  readonly kind: "job";
  readonly jobId: string;
  shown: ShownJob;
}

export interface MoreJobsNode {
  readonly kind: "more";
  left: number;
}

export type JobsNode = JobsFolderNode | CheckpointNode | JobNode | MoreJobsNode;

/** Checkpoints and jobs, newest first. There are few checkpoints; jobs may be many and come in pages. */
export class JobsModel implements TreeModel<JobsNode, string> {
  readonly #checkpoints: () => readonly ShownCheckpoint[];
  readonly #jobs: () => readonly ShownJob[];
  readonly #pageSize: () => number;
  readonly #l10n: Localizer;
  readonly #folders: readonly JobsFolderNode[] = [
    { kind: "folder", about: "checkpoints" },
    { kind: "folder", about: "jobs" },
  ];
  readonly #more: MoreJobsNode = { kind: "more", left: 0 };
  #checkpointNodes: CheckpointNode[] = [];
  #jobNodes: JobNode[] = [];
  #shownJobs: number;

  constructor(options: {
    readonly checkpoints: () => readonly ShownCheckpoint[];
    readonly jobs: () => readonly ShownJob[];
    readonly pageSize: () => number;
    readonly l10n: Localizer;
  }) {
    this.#checkpoints = options.checkpoints;
    this.#jobs = options.jobs;
    this.#pageSize = options.pageSize;
    this.#l10n = options.l10n;
    this.#shownJobs = options.pageSize();
    this.#read();
  }

  /** Whether a job is at work, so that its progress changes without a change of the database. */
  get busy(): boolean {
    return this.#jobNodes.some(({ shown }) => isUnfinished(shown.state));
  }

  children(node?: JobsNode): readonly JobsNode[] {
    if (!node) {
      return this.#folders.filter(({ about }) => this.#nodesOf(about).length > 0);
    }
    if (node.kind !== "folder") {
      return [];
    }
    if (node.about === "checkpoints") {
      return this.#checkpointNodes;
    }
    this.#more.left = this.#jobNodes.length - this.#shownJobs;
    return this.#more.left > 0 ? [...this.#jobNodes.slice(0, this.#shownJobs), this.#more] : this.#jobNodes;
  }

  parent(node: JobsNode): JobsNode | undefined {
    const [checkpoints, jobs] = this.#folders;
    return node.kind === "folder" ? undefined : node.kind === "checkpoint" ? checkpoints : jobs;
  }

  item(node: JobsNode): ItemModel {
    switch (node.kind) {
      case "folder": {
        const running = node.about === "jobs" ? this.#jobNodes.filter(({ shown }) => shown.state === "running") : [];
        const count = this.#nodesOf(node.about).length;
        return jobsFolderItem({ kind: node.about, count, running: running.length }, this.#l10n);
      }
      case "checkpoint":
        return checkpointItem(node.shown, this.#l10n);
      case "job":
        return jobItem(node.shown, this.#l10n);
      case "more":
        return restItem("folder:jobs", node, this.#l10n);
    }
  }

  refresh(): Redraw<JobsNode> {
    const before = this.#ids();
    const shown = new Map(this.#all().map((node) => [node, JSON.stringify(node.shown)]));
    this.#read();
    return before === this.#ids()
      ? this.#all().filter((node) => shown.get(node) !== JSON.stringify(node.shown))
      : "all";
  }

  loadMore(): Redraw<JobsNode> {
    this.#shownJobs += this.#pageSize();
    return this.#folders.filter(({ about }) => about === "jobs");
  }

  #all(): Array<CheckpointNode | JobNode> {
    return [...this.#checkpointNodes, ...this.#jobNodes];
  }

  #nodesOf(about: JobsFolderNode["about"]): readonly JobsNode[] {
    return about === "checkpoints" ? this.#checkpointNodes : this.#jobNodes;
  }

  #ids(): string {
    return JSON.stringify(this.#all().map(({ shown }) => shown.id));
  }

  #read(): void {
    const checkpoints = new Map(this.#checkpointNodes.map((node) => [node.shown.id, node]));
    this.#checkpointNodes = this.#checkpoints().map((shown) => {
      const node = checkpoints.get(shown.id) ?? { kind: "checkpoint", iteration: shown.iteration, shown };
      node.shown = shown;
      return node;
    });
    const jobs = new Map(this.#jobNodes.map((node) => [node.jobId, node]));
    this.#jobNodes = this.#jobs().map((shown) => {
      const node = jobs.get(shown.id) ?? { kind: "job", jobId: shown.id, shown };
      node.shown = shown;
      return node;
    });
  }
}
