import { LionError } from "../../core/errors.ts";
import { sampleState } from "../../core/review/approval.ts";
import { effectiveState } from "../../core/review/fold.ts";
import { Review } from "../../core/review/review.ts";
import type { Panels, ReviewPanel } from "../panels/panels.ts";
import { refusalReasons } from "../panels/refusalReasons.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { decideInBulk } from "./bulk.ts";
import { doneSentence } from "./decisionWords.ts";
import { reasonIn } from "./queueing.ts";
import { askReason } from "./reasons.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/**
 * What a person says of a candidate. `lion.candidate.refuse` takes `{reason, note?}` and `lion.candidate.refuseAs` a reason
 * code; `lion.candidate.approve` takes `{note}` for overruling a filter. Then nothing is asked.
 */
export function reviewingCommands(shell: Shell, panels: Panels): CommandTable {
  const { review } = panels;
  return {
    "lion.candidate.approve": (given?: unknown) => approve(shell, review, given),
    "lion.candidate.refuse": (given?: unknown) => refuse(shell, review, given),
    "lion.candidate.refuseAs": (code?: unknown) => refuseAs(review, code),
    "lion.candidate.bulk": () => decideInBulk(shell, review),
    "lion.candidate.approveRest": () => approveRest(shell, review),
  };
}

async function approve(shell: Shell, { driver }: ReviewPanel, given: unknown): Promise<void> {
  requireTrust();
  const words = editorWords();
  const said = (id: number): string => doneSentence("approve", [id], words);
  if (driver.require().desk.item?.state !== "filtered") {
    await driver.decide(
      ({ entry, options, ...by }) => new Review(by).approve([entry.instructionId], options),
      ({ instructionId }) => said(instructionId),
    );
    return;
  }
  const entry = driver.requireEntry();
  const { note: givenNote } = (given ?? {}) as { note?: unknown };
  const note =
    typeof givenNote === "string"
      ? givenNote
      : await shell.prompter.text({
          title: words.t("Overrule the Filter on #{0}", entry.instructionId),
          prompt: words.t("Why is it good all the same?"),
          validate: (text) => (text.trim() === "" ? words.t("A note is needed where a filter is overruled.") : null),
        });
  if (note !== undefined) {
    await driver.decide(
      ({ options, ...by }) => new Review(by).approve([entry.instructionId], { ...options, overrule: true, note }),
      () => said(entry.instructionId),
      entry,
    );
  }
}

async function refuse(shell: Shell, { driver }: ReviewPanel, given: unknown): Promise<void> {
  requireTrust();
  const entry = driver.requireEntry();
  const words = editorWords();
  const reason = reasonIn(given) ?? (await askReason(shell, words.t("Refuse #{0}", entry.instructionId)));
  if (reason) {
    await driver.decide(
      ({ options, ...by }) =>
        new Review(by).refuse([entry.instructionId], reason.reason, {
          ...options,
          ...(reason.note !== undefined && { note: reason.note }),
        }),
      () => doneSentence("refuse", [entry.instructionId], words),
      entry,
    );
  }
}

async function refuseAs({ driver }: ReviewPanel, code: unknown): Promise<void> {
  requireTrust();
  const words = editorWords();
  const reason = refusalReasons(words).find((one) => one.code === code || one.key === code);
  if (!reason) {
    throw new LionError("input", words.t("There is no such reason: refuse with R and say why."));
  }
  await driver.decide(
    ({ entry, options, ...by }) => new Review(by).refuse([entry.instructionId], reason.code, options),
    ({ instructionId }) => words.t("Refused #{0}: {1}", instructionId, reason.meaning),
  );
}

/** Approves what waits outside of the sample on one decision of the person, when the sample is good enough. */
async function approveRest(shell: Shell, { driver }: ReviewPanel): Promise<void> {
  requireTrust();
  const session = shell.projects.require();
  const { store, clock, project } = session;
  const words = editorWords();
  const iteration = store.iterations.latest()?.number ?? 0;
  const decided = effectiveState(store.decisions.upTo());
  const { inspected, refused, bound, acceptable } = sampleState(
    store.candidates.ofIteration(iteration),
    decided,
    project.config,
  );
  if (acceptable) {
    const question = words.t(
      "{0} of {1} in the sample were refused, so at most {2} of all are bad. Approve the rest unseen?",
      words.count(refused),
      words.count(inspected),
      words.percent(bound),
    );
    if (!(await shell.prompter.confirm(question, words.t("Approve the Rest")))) {
      return;
    }
  }
  const actor = await session.actor();
  const act = await session.write(() => new Review({ store, clock, actor }).approveRest(iteration, project.config));
  driver.decidedMany(
    act.decisions.map(({ subject }) => subject),
    words.t("Approved {0} candidates.", words.count(act.decisions.length)),
  );
}
