import { commands, type Disposable, workspace } from "vscode";
import type { EndedRun, EngineState } from "../../protocol/engine.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import {
  type Announcement,
  announcementOf,
  type FailedJob,
  jobEndAnnouncement,
  lossAnnouncement,
  type Offer,
  resumeAnnouncement,
  trainedAnnouncement,
} from "./announcement.ts";
import { factsOf, reachedOf } from "./facts.ts";
import type { ProjectWatch, Watched } from "./projectWatch.ts";
import { isLeftOff, standingOf } from "./standing.ts";

/** Tells a person where the project needs one: at a run's end, when the engine is lost, and about a run that was left off. */
export function announceRuns(shell: Shell, watch: ProjectWatch): Disposable {
  const disposables = new Disposables();
  let following = new Disposables();
  let followed: ProjectSession | null = null;
  const follow = (watched: Watched | null): void => {
    const session = watched?.session ?? null;
    if (session === followed) {
      return;
    }
    following.dispose();
    following = new Disposables();
    followed = session;
    if (watched) {
      following.add(announceEnds(shell, watched.session));
      following.add(offerWhenStopped(shell, watch));
      following.add(announceJobEnds(shell, watch));
    }
  };
  follow(watch.current);
  disposables.add(watch.onDidChange(follow));
  disposables.add({ dispose: () => following.dispose() });
  return disposables;
}

function announceEnds(shell: Shell, session: ProjectSession): Disposable {
  const disposables = new Disposables();
  let phase: EngineState["phase"] = session.engine.state.phase;
  disposables.add(
    session.engine.onDidChangeState((state) => {
      const ended = phase !== "idle" && state.phase === "idle" ? state.lastEnd : null;
      phase = state.phase;
      if (ended) {
        announceEnd(shell, session, ended);
      }
    }),
  );
  disposables.add(session.engine.onDidLose(() => void announce(shell, lossAnnouncement(editorWords()))));
  return disposables;
}

/** The job that a run's last sentence is about: it names the log. */
function failedJobOf({ store, project }: ProjectSession, { outcome, message }: EndedRun): FailedJob | null {
  const job =
    outcome === "failed"
      ? store.training.jobs().findLast(({ id, state }) => state === "failed" && message.includes(id))
      : undefined;
  return job
    ? { id: job.id, target: job.target, isElsewhere: project.config.targets[job.target]?.kind !== "local" }
    : null;
}

/** Offers what comes after a training that was run by itself. */
export async function offerAfterTraining(shell: Shell, session: ProjectSession): Promise<void> {
  const standing = standingOf({ ...factsOf(session), holder: null });
  const trained = session.store.training.checkpoints().at(-1);
  if (trained) {
    await announce(shell, trainedAnnouncement(trained.iteration, standing, editorWords()));
  }
}

function announceEnd(shell: Shell, session: ProjectSession, ended: EndedRun): void {
  // The lease may not be given back yet: the run's own end is what counts.
  const standing = standingOf({ ...factsOf(session), holder: null });
  const announcement = announcementOf(ended, standing, editorWords(), failedJobOf(session, ended));
  if (announcement) {
    void announce(shell, announcement);
  }
}

/** Tells of a job that ends while nobody follows it. One that had ended before the project was opened is asked about then. */
function announceJobEnds(shell: Shell, watch: ProjectWatch): Disposable {
  let before = watch.current?.facts.job ?? null;
  return watch.onDidChange((watched) => {
    const job = watched?.facts.job ?? null;
    const alone = watched?.standing.kind === "stopped" && watched.session.engine.state.phase === "idle";
    if (alone && job?.ended && before?.id === job.id && !before.ended) {
      void announce(shell, jobEndAnnouncement(watched.standing.iteration, job, editorWords()));
    }
    before = job;
  });
}

/**
 * Asks once after a project was opened about an iteration that was left off and nobody works on: at once, or when an engine that had been left
 * alone before has paused. One that is seen at work here needs no such question.
 */
function offerWhenStopped(shell: Shell, watch: ProjectWatch): Disposable {
  const disposables = new Disposables();
  const look = (watched: Watched | null): void => {
    const leaving = watched?.standing.kind === "running" && watched.session.engine.state.phase !== "running";
    if (!leaving) {
      disposables.dispose();
      if (watched) {
        offerResume(shell, watched);
      }
    }
  };
  disposables.add(watch.onDidChange(look));
  look(watch.current);
  return disposables;
}

function offerResume(shell: Shell, { session, standing }: Watched): void {
  const wanted = workspace.getConfiguration("lion").get("offerResume", true);
  if (isLeftOff(standing) && wanted && workspace.isTrusted) {
    const words = editorWords();
    const announcement = resumeAnnouncement(standing, reachedOf(session, standing), words);
    void offer(shell, announcement, words.t("Not Now"));
  }
}

async function announce(shell: Shell, announcement: Announcement): Promise<void> {
  if (announcement.level === "error") {
    shell.log.error(announcement.message);
  }
  if (workspace.getConfiguration("lion").get<string>("notify") !== "never") {
    await offer(shell, announcement);
  }
}

async function offer(
  { prompter, keys }: Shell,
  { level, message, offers }: Announcement,
  ...others: string[]
): Promise<void> {
  const titles = [...offers.map(({ title }) => title), ...others];
  const answer =
    level === "error"
      ? await prompter.error(message, ...titles)
      : level === "warning"
        ? await prompter.warn(message, ...titles)
        : await prompter.inform(message, ...titles);
  const chosen = offers.find(({ title }) => title === answer);
  if (chosen) {
    await follow(chosen, async (origin) => (await keys.get(origin)) !== undefined);
  }
}

async function follow({ command, argument, resumes }: Offer, hasKey: (origin: string) => Promise<boolean>) {
  await commands.executeCommand(command, ...(argument ? [argument] : []));
  if (resumes && typeof argument?.origin === "string" && (await hasKey(argument.origin))) {
    await commands.executeCommand("lion.resume");
  }
}
