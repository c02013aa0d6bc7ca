import type { CandidateQuery } from "../../core/browse/queues.ts";
import type { CandidateItem } from "../../protocol/candidates.ts";
import { runCommandLine } from "../commandLine.ts";
import { requireTrust } from "../commands/registry.ts";
import { withProgress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import { oneLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";
import type { QueueDriver } from "./queueDriver.ts";

/** What the command line tells of an edit. */
interface StoredEdit {
  readonly id: number;
  readonly filter: string | null;
  readonly filterDetail: string | null;
}

/**
 * Puts what was written in a candidate's place and shows it. The filters judge it first, which takes seconds on a large
 * Cache, so that it happens in a process of its own.
 *
 * @returns why it was not stored, or null.
 */
export async function saveEditedCandidate(
  shell: Shell,
  driver: QueueDriver<CandidateQuery, CandidateItem>,
  edit: {
    readonly instructionId: number;
    readonly fields: Readonly<Record<string, string>>;
    readonly note: string;
  },
): Promise<string | null> {
  requireTrust();
  const { instructionId, fields, note } = edit;
  const { session, desk } = driver.require();
  const words = editorWords();
  const actor = await session.actor();
  const milliseconds = desk.queue.current?.instructionId === instructionId ? desk.milliseconds : null;
  const stored = await withProgress(
    words.t("The filters look at the edit of #{0}", instructionId),
    (report, signal) => {
      report(null, words.t("against the whole Cache"));
      const args = [
        ...["--project", session.folder, `--actor=${actor}`],
        ...(milliseconds === null ? [] : [`--milliseconds=${Math.round(milliseconds)}`]),
        ...(note.trim() === "" ? [] : [`--note=${note.trim()}`]),
        ...["--", String(instructionId)],
      ];
      const input = JSON.stringify({
        instruction: String(fields.instruction ?? ""),
        input: String(fields.input ?? ""),
      });
      return runCommandLine<StoredEdit>(shell.installation, "review edit", args, { input, signal });
    },
    (message) => shell.log.info(message),
  );
  if (!stored) {
    return words.t("It was stopped: nothing was stored.");
  }
  await driver.setEditing(null);
  const said =
    stored.filter === null
      ? words.t("#{0} stands in the place of #{1}.", stored.id, instructionId)
      : words.t(
          "#{0} stands in the place of #{1}, but a filter refuses it: {2}",
          stored.id,
          instructionId,
          oneLine(stored.filterDetail ?? stored.filter, 200),
        );
  driver.say(said);
  driver.goTo({ instructionId: stored.id });
  return null;
}
