import type { Localizer } from "../trees/localizer.ts";

/** Where an approval stands that somebody wants to finish. */
export interface OpenApproval {
  readonly iteration: number;
  readonly waiting: number;
  readonly approved: number;
  readonly refused: number;
  /** The approved ones by the kind of seed they were written from. */
  readonly byHalf: Readonly<Record<"hard" | "easy" | "imported", number>>;
  /** N: approved instructions that the iteration wants. */
  readonly wanted: number;
  readonly hardToEasy: readonly [number, number];
}

export interface ApprovalQuestion {
  readonly message: string;
  readonly detail: string;
  /** How many a top-up would have to bring; 0 where it would bring nothing. */
  readonly toTopUp: number;
}

/** How many candidates are missing to N even if all that wait were approved. */
export function missingBeyondWaiting({ wanted, approved, waiting }: OpenApproval): number {
  return Math.max(0, wanted - approved - waiting);
}

/** The question before an approval is finished. @param topUpCost what topping up would take, in words. */
export function approvalQuestion(approval: OpenApproval, topUpCost: string | null, words: Localizer): ApprovalQuestion {
  const { approved, waiting, refused, wanted, byHalf, iteration } = approval;
  const missing = Math.max(0, wanted - approved);
  const toTopUp = missingBeyondWaiting(approval);
  const lines = [
    words.t(
      "{0} approved: {1} written from hard and {2} from easy instructions ({3} wanted).",
      words.count(approved),
      words.count(byHalf.hard),
      words.count(byHalf.easy),
      ratioText(approval, words),
    ),
    ...(byHalf.imported > 0 ? [words.t("{0} of them were imported.", words.count(byHalf.imported))] : []),
    ...(refused > 0 ? [words.t("{0} refused.", words.count(refused))] : []),
    ...(waiting > 0 ? [words.t("{0} still wait, and go on waiting.", words.count(waiting))] : []),
    missing > 0
      ? words.t("{0} fewer than the {1} wanted.", words.count(missing), words.count(wanted))
      : words.t("That is all of the {0} wanted.", words.count(wanted)),
    ...(toTopUp > 0 && topUpCost !== null ? [words.t("Topping up takes {0}.", topUpCost)] : []),
    words.t("What is approved becomes the next Train pool and joins the Cache."),
  ];
  return {
    message: words.t("Finish the approval of iteration {0}?", words.count(iteration)),
    detail: lines.join("\n"),
    toTopUp,
  };
}

function ratioText({ hardToEasy: [hard, easy], byHalf }: OpenApproval, words: Localizer): string {
  const scored = byHalf.hard + byHalf.easy;
  const share = scored === 0 ? null : words.percent(byHalf.hard / scored);
  const wanted = words.percent(hard / (hard + easy));
  return share === null ? words.t("{0} hard", wanted) : words.t("{0} hard, {1}", share, wanted);
}
