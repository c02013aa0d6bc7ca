import type { CompareQuery, QueueEntry } from "../../core/browse/queues.ts";
import { LionError } from "../../core/errors.ts";
import type { CompareItem } from "../../protocol/compare.ts";
import type { QueueDriver } from "../panels/queueDriver.ts";
import { withProgress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";

/** Has the teacher answer once more, by another draw of the same question, and shows what came. */
export async function askAgain(
  shell: Shell,
  driver: QueueDriver<CompareQuery, CompareItem>,
  { instructionId }: QueueEntry,
): Promise<void> {
  const { session } = driver.require();
  const actor = await session.actor();
  const words = editorWords();
  const reply = await withProgress(
    words.t("The teacher answers #{0} once more", instructionId),
    async () => (await session.engine.client()).ask({ instructionIds: [instructionId], purpose: "again", actor }),
    (message) => shell.log.info(message),
  );
  if (!reply) {
    return;
  }
  if (reply.problem !== null) {
    throw new LionError("environment", reply.problem);
  }
  driver.say(
    reply.answered > 0
      ? words.t("The teacher has answered #{0} once more.", instructionId)
      : words.t("The teacher has not answered #{0}: what was there stays.", instructionId),
  );
}
