import { type Disposable, window } from "vscode";
import { StageCalls } from "../../core/browse/stageCalls.ts";
import { Lease } from "../../core/store/lease.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { factsOf } from "../status/facts.ts";
import { standingOf } from "../status/standing.ts";
import { editorWords } from "../words.ts";
import { IterationsModel, type IterationsNode } from "./iterationsModel.ts";
import { LiveView } from "./liveView.ts";
import { shownIterations, useOf } from "./shownIterations.ts";

const VIEW = "lion.iterations";
/** A process that has told nobody of its work is noticed by looking at its lease. */
const LOOK_AGAIN_MS = 1000;

/** Iterations with their stages; shows the editor's progress bar while one is at work. */
export class IterationsView implements Disposable {
  readonly #shell: Shell;
  readonly #live: LiveView<IterationsNode, IterationsModel>;
  readonly #disposables = new Disposables();
  #endProgress: (() => void) | null = null;
  #again: NodeJS.Timeout | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#live = this.#disposables.add(
      new LiveView<IterationsNode, IterationsModel>(shell, {
        id: VIEW,
        parts: ["config", "iterations", "verdicts", "candidates", "decisions", "engine"],
        open: (session) => modelOf(session),
      }),
    );
    this.#disposables.add(this.#live.onDidRefresh(() => this.#describe()));
    this.#describe();
  }

  dispose(): void {
    this.#stopLooking();
    this.#endProgress?.();
    this.#disposables.dispose();
  }

  #describe(): void {
    this.#stopLooking();
    const session = this.#shell.projects.current;
    const holder = session && Lease.holder(session.store.connection);
    const attached = session !== null && session.engine.state.phase !== "idle";
    this.#live.tree.description = session?.project.config.name ?? "";
    this.#live.tree.message =
      holder !== null && !attached
        ? editorWords().t("Process {0} works on this project, outside this window.", String(holder))
        : "";
    this.#showProgress(holder !== null || attached);
    if (holder !== null && !attached) {
      this.#again = setTimeout(() => this.#live.refresh(["engine", "iterations"]), LOOK_AGAIN_MS);
    }
  }

  #showProgress(working: boolean): void {
    if (working && !this.#endProgress) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#endProgress = resolve;
      void window.withProgress({ location: { viewId: VIEW } }, () => promise);
    } else if (!working) {
      this.#endProgress?.();
      this.#endProgress = null;
    }
  }

  #stopLooking(): void {
    if (this.#again) {
      clearTimeout(this.#again);
      this.#again = null;
    }
  }
}

function modelOf(session: ProjectSession): IterationsModel {
  const { browser, store, engine } = session;
  const stageCalls = new StageCalls(store.connection);
  return new IterationsModel({
    read: () => shownIterations({ browser, standing: standingOf(factsOf(session)) }),
    used: (iteration, stage) => useOf(stageCalls.of(iteration).get(stage) ?? []),
    engine: () => engine.state,
    l10n: editorWords(),
  });
}
