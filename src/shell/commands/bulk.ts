import { LionError } from "../../core/errors.ts";
import { sampleOf } from "../../core/review/bulk.ts";
import { instructionSubject } from "../../core/review/fold.ts";
import { Review } from "../../core/review/review.ts";
import type { ReviewPanel } from "../panels/panels.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { oneLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";
import { doneSentence } from "./decisionWords.ts";
import { askReason, type Reason } from "./reasons.ts";
import { requireTrust } from "./registry.ts";

const SHOWN = 5;

type Bulk = "approve" | "refuse" | "exclude";

/** Decides about everything that the queue's filter matches, after showing how many these are and some of them. One undo takes it back. */
export async function decideInBulk(shell: Shell, { driver }: ReviewPanel): Promise<void> {
  requireTrust();
  const { session, source, query } = driver.require();
  const words = editorWords();
  const open = source.open().entries.filter((entry) => entry.reason === "first" && !source.isDecided(entry));
  const ids = [...new Set(open.map(({ instructionId }) => instructionId))];
  if (ids.length === 0) {
    throw new LionError("input", words.t("Nothing matches {0}: choose another queue.", source.title));
  }
  const count = words.count(ids.length);
  const choices: Array<Choice<Bulk>> = [
    { label: words.t("Approve all {0}", count), value: "approve" },
    ...(query.state === "filtered" ? [] : [{ label: words.t("Refuse all {0}…", count), value: "refuse" as const }]),
    { label: words.t("Exclude all {0}…", count), value: "exclude" },
  ];
  const what = await shell.prompter.pick(choices, { title: source.title, placeHolder: words.t("All that match") });
  const reason = what === "refuse" || what === "exclude" ? await askReason(shell, source.title) : { reason: "" };
  const note = what === "approve" && query.state === "filtered" ? await askOverruling(shell, ids.length) : "";
  if (!what || !reason || note === undefined || !(await isConfirmed(shell, what, ids, session))) {
    return;
  }
  const actor = await session.actor();
  await session.write(() => {
    const review = new Review({ store: session.store, clock: session.clock, actor });
    perform(review, what, ids, reason, { overrule: query.state === "filtered", note });
  });
  driver.decidedMany(ids.map(instructionSubject), doneSentence(what, ids, words));
}

function perform(
  review: Review,
  what: Bulk,
  ids: readonly number[],
  { reason, note: own }: Reason,
  { overrule, note }: { readonly overrule: boolean; readonly note: string },
): void {
  const options = own === undefined ? {} : { note: own };
  switch (what) {
    case "approve":
      review.approve(ids, { overrule, ...(note !== "" && { note }) });
      break;
    case "refuse":
      review.refuse(ids, reason, options);
      break;
    case "exclude":
      review.exclude(ids, own ?? reason);
      break;
  }
}

async function askOverruling({ prompter }: Shell, count: number): Promise<string | undefined> {
  const words = editorWords();
  return prompter.text({
    title: words.t("Overrule the Filter on {0} Candidates", words.count(count)),
    prompt: words.t("Why are they good all the same?"),
    validate: (text) => (text.trim() === "" ? words.t("A note is needed where a filter is overruled.") : null),
  });
}

async function isConfirmed(
  { prompter }: Shell,
  what: Bulk,
  ids: readonly number[],
  { store }: ReturnType<ReviewPanel["driver"]["require"]>["session"],
): Promise<boolean> {
  const words = editorWords();
  const count = words.count(ids.length);
  const question = {
    approve: words.t("Approve {0} candidates?", count),
    refuse: words.t("Refuse {0} candidates?", count),
    exclude: words.t("Exclude {0} instructions?", count),
  }[what];
  const action = { approve: words.t("Approve"), refuse: words.t("Refuse"), exclude: words.t("Exclude") }[what];
  const some = sampleOf(ids, "shown", SHOWN).map((id) => {
    const text = store.instructions.get(id)?.turns.findLast(({ role }) => role === "user")?.content ?? "";
    return `#${id} ${oneLine(text)}`;
  });
  const detail = [words.t("Some of them:"), ...some, "", words.t("One Undo takes all of it back.")].join("\n");
  return prompter.confirm(question, action, detail);
}
