import type { Disposable } from "vscode";
import { setContextKey } from "../contextKeys.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { IterationsView } from "./iterationsView.ts";
import { JobsView } from "./jobsView.ts";
import { PoolView } from "./poolView.ts";
import { ReviewView } from "./reviewView.ts";
import { isFiltered } from "./viewOptions.ts";

/** The five views, for the commands that work on them. */
export interface Trees extends Disposable {
  readonly train: PoolView;
  readonly cache: PoolView;
  readonly review: ReviewView;
  readonly jobs: JobsView;
  /** Says to menus and welcomes whether a view is filtered; to be called after a filter was set. */
  tellFiltered(): void;
}

/** Makes the views of the activity bar's container. */
export function registerTrees(shell: Shell): Trees {
  const disposables = new Disposables();
  disposables.add(new IterationsView(shell));
  const train = disposables.add(new PoolView(shell, "train"));
  const cache = disposables.add(new PoolView(shell, "cache"));
  const review = disposables.add(new ReviewView(shell));
  const jobs = disposables.add(new JobsView(shell));
  const tellFiltered = (): void => {
    const filters = [train.options.filter, cache.options.filter, review.filter];
    setContextKey("filtered", filters.some(isFiltered));
  };
  disposables.add(shell.projects.onDidChangeCurrent(tellFiltered));
  tellFiltered();
  return { train, cache, review, jobs, tellFiltered, dispose: () => disposables.dispose() };
}
