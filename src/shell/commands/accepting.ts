import { LionError } from "../../core/errors.ts";
import type { Act } from "../../core/review/act.ts";
import { CHOICES, Judging } from "../../core/review/judging.ts";
import { Review } from "../../core/review/review.ts";
import type { Decision } from "../../core/store/decisions.ts";
import type { Panels } from "../panels/panels.ts";
import type { Deciding } from "../panels/queueKind.ts";
import { editorWords } from "../words.ts";

/**
 * Decides as an agent has proposed. It becomes the person's decision and says which suggestion it follows.
 *
 * @param decisionId the suggestion's; the newest on the item when left out.
 */
export async function acceptSuggestion(panels: Panels, decisionId?: unknown): Promise<void> {
  const { driver } = panels.front();
  const entry = driver.requireEntry();
  const { desk, session } = driver.require();
  const words = editorWords();
  const shown = (desk.item as { readonly suggestions?: ReadonlyArray<{ readonly decisionId: number }> } | null)
    ?.suggestions;
  const suggestion = decisionId === undefined ? shown?.at(-1) : shown?.find((one) => one.decisionId === decisionId);
  const proposed = suggestion && session.store.decisions.get(suggestion.decisionId);
  if (!proposed) {
    throw new LionError("input", words.t("Nothing is suggested for #{0}: decide without.", entry.instructionId));
  }
  await driver.decide(
    (by) => perform(proposed, by),
    () => words.t("Followed the suggestion on #{0}.", entry.instructionId),
    entry,
  );
}

function perform({ id, kind, payload }: Decision, { entry, options, ...by }: Deciding): Act {
  const { instructionId, iteration } = entry;
  const confirming = { ...options, confirms: id };
  const reason = String(payload.reason ?? payload.note ?? "");
  const target = { iteration, instructionId };
  switch (kind) {
    case "approve":
      return new Review(by).approve([instructionId], { ...confirming, overrule: payload.overrule === true });
    case "refuse":
      return new Review(by).refuse([instructionId], reason, confirming);
    case "exclude":
      return new Review(by).exclude([instructionId], reason, confirming);
    case "agree":
      return new Judging(by).agree(target, confirming);
    case "override": {
      const choice = CHOICES.find((one) => one === payload.choice) ?? CHOICES.find((one) => one === payload.half);
      return choice === undefined
        ? new Judging(by).score(
            target,
            { teacher: Number(payload.teacher), student: Number(payload.student) },
            confirming,
          )
        : new Judging(by).override(target, choice, confirming);
    }
    case "reject":
      return new Judging(by).reject(instructionId, Number(payload.answerId), confirming);
    default:
      throw new LionError("input", editorWords().t("This suggestion can only be followed by hand."));
  }
}
