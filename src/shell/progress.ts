import { l10n, ProgressLocation, window } from "vscode";
import { LionError } from "../core/errors.ts";
import { noticeText } from "./noticeText.ts";

const SECOND = 1000;

/** How far something is: a share from 0 to 1, null where the end is not known, and what to say of it. */
export type Report = (share: number | null, message: string) => void;

/**
 * Runs something that a person waits for, with a notification that says how far it is and lets them stop it.
 *
 * @returns null when it was stopped: its work ends with a `LionError` of kind `interrupted`, whose sentence `onStop` gets.
 */
export async function withProgress<T>(
  title: string,
  work: (report: Report, signal: AbortSignal) => Promise<T>,
  onStop: (message: string) => void,
): Promise<T | null> {
  const options = { location: ProgressLocation.Notification, title: noticeText(title), cancellable: true };
  return window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    let percent = 0;
    const report: Report = (share, message) => {
      const reached = share === null ? percent : Math.min(100, 100 * share);
      progress.report({ message, increment: Math.max(0, reached - percent) });
      percent = Math.max(percent, reached);
    };
    try {
      return await work(report, stop.signal);
    } catch (error) {
      if (error instanceof LionError && error.kind === "interrupted") {
        onStop(error.message);
        return null;
      }
      throw error;
    }
  });
}

/** Runs something that comes to its end by itself and cannot be stopped in the middle; says for how long it has been at it. */
export async function withPatience<T>(title: string, work: () => Promise<T>): Promise<T> {
  const options = { location: ProgressLocation.Notification, title: noticeText(title), cancellable: false };
  return window.withProgress(options, async (progress) => {
    const start = performance.now();
    const tell = (): void =>
      progress.report({ message: l10n.t("{0} s", Math.round((performance.now() - start) / SECOND)) });
    const timer = setInterval(tell, SECOND);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  });
}
