import type { Disposable } from "vscode";
import type { LoopEvent } from "../../core/loop/events.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { oneLine } from "../trees/text.ts";

const LONGEST = 1000;

/** Writes what a run tells into the log: stages and notes for everybody, progress for who wants to see it. */
export function logRuns({ projects, log }: Shell): Disposable {
  const disposables = new Disposables();
  let following = new Disposables();
  const write = (event: LoopEvent): void => {
    switch (event.event) {
      case "note":
        log.info(oneLine(event.text, LONGEST));
        break;
      case "stage":
        log.info(
          oneLine(
            `Iteration ${event.iteration}: ${event.stage} ${event.state}${event.note && `: ${event.note}`}`,
            LONGEST,
          ),
        );
        break;
      case "progress":
        log.debug(
          oneLine(
            `Iteration ${event.iteration}: ${event.stage}: ${event.step} ${event.done}/${event.total ?? "?"} ${event.detail}`,
            LONGEST,
          ),
        );
    }
  };
  const follow = (session: typeof projects.current): void => {
    following.dispose();
    following = new Disposables();
    if (session) {
      following.add(session.engine.onDidEvent(write));
      following.add(
        session.engine.onDidLose(({ progress }) =>
          log.error(
            `The engine ended unexpectedly${progress ? ` during ${progress.stage}` : ""}; nothing stored is lost.`,
          ),
        ),
      );
    }
  };
  follow(projects.current);
  disposables.add(projects.onDidChangeCurrent(follow));
  disposables.add({ dispose: () => following.dispose() });
  return disposables;
}
