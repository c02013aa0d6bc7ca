import { type Disposable, type Event, EventEmitter } from "vscode";
import { messageOf } from "../../core/errors.ts";
import { Disposables } from "../disposables.ts";
import type { ChangedPart, ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { factsOf } from "./facts.ts";
import { type ProjectFacts, type Standing, standingOf } from "./standing.ts";

/** What the standing depends on. */
const PARTS: ReadonlySet<ChangedPart> = new Set([
  "config",
  "pools",
  "candidates",
  "decisions",
  "iterations",
  "jobs",
  "engine",
]);

/** How soon to look again at a job that goes on while nobody follows it. */
const LOOK_AT_JOB_MS = 2000;
/** How soon to look again while the database is busy, or says that a process works which has told nobody. */
const LOOK_AGAIN_MS = 1000;

/** A project with its standing as it was last read. */
export interface Watched {
  readonly session: ProjectSession;
  readonly facts: ProjectFacts;
  readonly standing: Standing;
}

/** Follows where the open project stands. */
export class ProjectWatch implements Disposable {
  readonly #shell: Shell;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new EventEmitter<Watched | null>());
  #following: Disposables | null = null;
  #current: Watched | null = null;
  #again: NodeJS.Timeout | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#disposables.add(shell.projects.onDidChangeCurrent((session) => this.#follow(session)));
    this.#follow(shell.projects.current);
  }

  /** Fires after each reading; null when no project is open. */
  readonly onDidChange: Event<Watched | null> = this.#changed.event;

  get current(): Watched | null {
    return this.#current;
  }

  dispose(): void {
    this.#follow(null);
    this.#disposables.dispose();
  }

  #follow(session: ProjectSession | null): void {
    this.#following?.dispose();
    this.#following = null;
    this.#stopLooking();
    if (!session) {
      this.#show(null);
      return;
    }
    const following = new Disposables();
    following.add(
      session.onDidChange((parts) => {
        if (!parts.isDisjointFrom(PARTS)) {
          this.#read(session);
        }
      }),
    );
    this.#following = following;
    this.#read(session);
  }

  #read(session: ProjectSession): void {
    this.#stopLooking();
    try {
      const facts = factsOf(session);
      this.#show({ session, facts, standing: standingOf(facts) });
      if (facts.holder !== null && session.engine.state.phase === "idle") {
        // The lease is not among what is watched: its end is noticed by looking.
        this.#lookAgain(session, LOOK_AGAIN_MS);
      } else if (facts.job && !facts.job.ended) {
        this.#lookAgain(session, LOOK_AT_JOB_MS);
      }
    } catch (error) {
      this.#shell.log.debug(messageOf(error));
      this.#lookAgain(session, LOOK_AGAIN_MS);
    }
  }

  #lookAgain(session: ProjectSession, afterMs: number): void {
    this.#again = setTimeout(() => this.#read(session), afterMs);
  }

  #stopLooking(): void {
    if (this.#again) {
      clearTimeout(this.#again);
      this.#again = null;
    }
  }

  #show(watched: Watched | null): void {
    this.#current = watched;
    this.#changed.fire(watched);
  }
}
