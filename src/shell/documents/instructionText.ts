import type { InstructionDetail, RatingShown } from "../../core/browse/instructionDetail.ts";
import type { Answer } from "../../core/store/ledger.ts";
import type { Verdict } from "../../core/store/ratings.ts";
import type { Localizer } from "../trees/localizer.ts";
import { originWord } from "../trees/verdictWords.ts";

const RULE = "─".repeat(80);
/** Fits half a window. */
const SHORT_RULE = "─".repeat(40);
/** A document of megabytes would take the window seconds to open. */
const LONGEST_TEXT = 200_000;

/** Everything about one instruction as plain text, in the order in which a person asks. */
export function instructionText(detail: InstructionDetail, words: Localizer): string {
  const { instruction, teacherAnswers, studentAnswers, ratings } = detail;
  const turns = instruction.turns.map(({ role, content }) =>
    section(role === "user" ? words.t("Instruction") : words.t("Answer in the conversation"), content, words),
  );
  return [
    `#${instruction.id}  ${facts(detail, words).join(" · ")}`,
    ...turns,
    ...(instruction.input ? [section(words.t("Input"), instruction.input, words)] : []),
    ...(instruction.system ? [section(words.t("System"), instruction.system, words)] : []),
    ...(detail.verdicts.length > 0
      ? [section(words.t("Verdicts"), detail.verdicts.map((verdict) => verdictLine(verdict, words)).join("\n"), words)]
      : []),
    ...teacherAnswers.map((answer) =>
      section(answerTitle(answer, words, decidedOf(answer, detail, words)), answer.text, words),
    ),
    ...studentAnswers.map((answer) => section(answerTitle(answer, words), answer.text, words)),
    ...ratings.map((rating) => section(ratingTitle(rating, words), rating.reply, words)),
    "",
  ].join("\n\n");
}

/** What is asked as plain text, and nothing else: for comparing it with another instruction. */
export function askedText({ instruction }: InstructionDetail, words: Localizer): string {
  const { turns, input, system } = instruction;
  const asked = [...turns.map(({ content }) => content), input, system].filter((text) => text);
  return `${asked.map((text) => shown(String(text), words)).join("\n\n")}\n`;
}

/**
 * One answer as plain text, below what was asked: both sides of a comparison begin alike, so that nothing is marked in it
 * but the answers.
 */
export function answerText({ instruction }: InstructionDetail, answer: Answer, words: Localizer): string {
  const { turns, input, system } = instruction;
  const asked = [...turns.map(({ content }) => content), input, system].filter((text) => text);
  return [...asked.map((text) => `${cut(String(text), words)}\n`), SHORT_RULE, `${shown(answer.text, words)}\n`].join(
    "\n",
  );
}

/** The two answers that an instruction's comparison shows: those the verdict rests on, else the newest. */
export function comparedAnswers(
  { verdicts, teacherAnswers, studentAnswers }: InstructionDetail,
  iteration?: number,
): { teacher: Answer; student: Answer; verdict: Verdict | null } | null {
  const verdict =
    verdicts.findLast((one) => one.iteration === iteration) ?? (iteration === undefined ? verdicts.at(-1) : undefined);
  const teacher = teacherAnswers.find(({ id }) => id === verdict?.teacherAnswerId) ?? teacherAnswers[0];
  const student = studentAnswers.find(({ id }) => id === verdict?.studentAnswerId) ?? studentAnswers[0];
  return teacher && student ? { teacher, student, verdict: verdict ?? null } : null;
}

/** The title of a comparison: who is left and who is right, and how far they are apart. */
export function comparisonTitle(instructionId: number, verdict: Verdict | null, words: Localizer): string {
  const sides = words.t("teacher ↔ student");
  if (verdict?.gap === null || verdict === null) {
    return `#${instructionId} ${sides}`;
  }
  return `#${instructionId} ${sides} · ${words.t("gap {0}", words.gap(verdict.gap))}`;
}

function facts(
  { instruction, sourceName, parentId, childIds, replacedBy }: InstructionDetail,
  words: Localizer,
): string[] {
  const { origin, sourceLine, licence, purpose, tags } = instruction;
  return [
    originWord(origin, words),
    ...(sourceName ? [sourceLine === null ? sourceName : words.t("{0}, line {1}", sourceName, sourceLine)] : []),
    ...(purpose === "evaluation" ? [words.t("evaluation set, never trained on")] : []),
    ...(licence ? [words.t("licence {0}", licence)] : []),
    ...(parentId !== null ? [words.t("written from #{0}", parentId)] : []),
    ...(childIds.length > 0 ? [words.t("{0} written from it", childIds.length)] : []),
    ...(replacedBy !== null ? [words.t("replaced by #{0}", replacedBy)] : []),
    ...Object.entries(tags).map(([name, value]) => `${name} ${value}`),
  ];
}

function verdictLine(
  { iteration, scope, gap, teacherScore, studentScore, contradictory }: Verdict,
  words: Localizer,
): string {
  const where = scope === "panel" ? words.t("Iteration {0}, panel", iteration) : words.t("Iteration {0}", iteration);
  if (gap === null || teacherScore === null || studentScore === null) {
    return words.t("{0}: unscored, a rating could not be read", where);
  }
  const scores = words.t(
    "{0}: gap {1} (teacher {2}, student {3})",
    where,
    words.gap(gap),
    words.score(teacherScore),
    words.score(studentScore),
  );
  return contradictory ? words.t("{0}; the two orders name different winners", scores) : scores;
}

/** What a person has decided about a teacher's answer; a person's own answer counts only while its decision holds. */
function decidedOf(
  { id, origin }: Answer,
  { correctedAnswerId, rejectedAnswerIds }: InstructionDetail,
  words: Localizer,
): string[] {
  return [
    ...(id === correctedAnswerId ? [words.t("stands in the teacher's place")] : []),
    ...(origin === "person" && id !== correctedAnswerId ? [words.t("withdrawn")] : []),
    ...(rejectedAnswerIds.includes(id) ? [words.t("found wrong")] : []),
  ];
}

function answerTitle(
  { role, writtenBy, origin, kind, outputTokens }: Answer,
  words: Localizer,
  decided: readonly string[] = [],
): string {
  const who = role === "teacher" ? words.t("Teacher") : words.t("Student");
  const remarks = [
    writtenBy,
    ...(origin === "imported" ? [words.t("imported")] : []),
    ...(kind === "complete" ? [] : [kindWord(kind, words)]),
    ...(outputTokens === null ? [] : [words.t("{0} tokens", words.count(outputTokens))]),
    ...decided,
  ];
  return `${who} (${remarks.join(", ")})`;
}

function kindWord(kind: Exclude<Answer["kind"], "complete">, words: Localizer): string {
  return { cut: words.t("cut off"), empty: words.t("empty"), refused: words.t("refused") }[kind];
}

function ratingTitle({ iteration, firstShown, scores, unparsed }: RatingShown, words: Localizer): string {
  const order = firstShown === "teacher" ? words.t("teacher shown first") : words.t("student shown first");
  const outcome = scores
    ? words.t("teacher {0}, student {1}", words.score(scores.teacher), words.score(scores.student))
    : words.t("could not be read: {0}", unparsed ?? "");
  return words.t("Referee, iteration {0}, {1}: {2}", iteration, order, outcome);
}

function section(title: string, text: string, words: Localizer): string {
  return `${title}\n${RULE}\n${shown(text, words)}`;
}

function shown(text: string, words: Localizer): string {
  return text === "" ? `(${words.t("empty")})` : cut(text, words);
}

function cut(text: string, words: Localizer): string {
  return text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT)}\n\n(${words.t("{0} more characters are not shown", words.count(text.length - LONGEST_TEXT))})`;
}
