import type { InstructionDetail } from "../../core/browse/instructionDetail.ts";
import { LionError } from "../../core/errors.ts";
import { isHard } from "../../core/referee/verdict.ts";
import { holding, instructionSubject, verdictSubject } from "../../core/review/fold.ts";
import type { Decision } from "../../core/store/decisions.ts";
import type { Answer } from "../../core/store/ledger.ts";
import { candidateFacts } from "./listCandidates.ts";
import type { LionTool, ToolContext } from "./tool.ts";
import { fieldsOf, wholeNumber } from "./toolInput.ts";
import { cutText, type Room, toolText } from "./toolText.ts";

const MOST_TURNS = 20;
const MOST_ANSWERS = 3;
const MOST_RATINGS = 6;
const MOST_VERDICTS = 20;
const MOST_DECISIONS = 20;
const MOST_CHILDREN = 20;
const MOST_TAGS = 20;

/** One instruction with its answers, scores, the referee's texts, lineage and decisions. */
export const getInstruction: LionTool = {
  name: "lion_get_instruction",
  progress: (input, words) => words.t("Reading instruction #{0}", String(fieldsOf(input).id ?? "?")),
  run: (input, context) => {
    const id = wholeNumber(fieldsOf(input), "id", { least: 1, most: Number.MAX_SAFE_INTEGER, otherwise: null });
    if (id === null) {
      throw new LionError("input", '"id" is missing: give the number of an instruction, as the listing tools show it.');
    }
    const detail = context.browser.instructionDetail(id);
    if (!detail) {
      throw new LionError("input", `There is no instruction #${id}: list some with lion_list_hard_instructions.`);
    }
    const candidate = context.browser.candidates.get(id);
    const decisions = decisionsOn(detail, context);
    const taus = new Map(context.browser.iterationSummaries().map(({ number, tau }) => [number, tau]));
    return toolText((room) => ({
      ...textFacts(detail, room),
      verdicts: detail.verdicts.slice(-MOST_VERDICTS).map((verdict) => ({
        subject: verdictSubject(verdict.iteration, id),
        iteration: verdict.iteration,
        scope: verdict.scope,
        gap: verdict.gap,
        teacherScore: verdict.teacherScore,
        studentScore: verdict.studentScore,
        contradictory: verdict.contradictory,
        referee: halfAt(verdict.gap, taus.get(verdict.iteration) ?? 1),
        person: detail.overrides.find(({ iteration }) => iteration === verdict.iteration)?.half ?? null,
        teacherAnswer: verdict.teacherAnswerId,
        studentAnswer: verdict.studentAnswerId,
      })),
      teacherAnswers: answers(detail.teacherAnswers, room),
      studentAnswers: answers(detail.studentAnswers, room),
      referee: detail.ratings.slice(-MOST_RATINGS).map(({ iteration, firstShown, scores, unparsed, reply }) => ({
        iteration,
        firstShown,
        scores,
        ...(unparsed !== null && { unparsed: cutText(unparsed, room) }),
        reply: cutText(reply, { ...room, characters: room.characters / 2 }),
      })),
      lineage: {
        origin: detail.instruction.origin,
        source: detail.sourceName && cutText(detail.sourceName, room),
        parent: detail.parentId,
        children: detail.childIds.slice(0, MOST_CHILDREN),
        supersedes: detail.instruction.supersedes,
        replacedBy: detail.replacedBy,
      },
      candidate: candidate && candidateFacts(candidate, context, room),
      decisions: decisions.slice(-MOST_DECISIONS).map((decision) => decisionFacts(decision, room)),
    }));
  },
};

function textFacts({ instruction }: InstructionDetail, room: Room): object {
  const { id, purpose, turns, input, system, tags } = instruction;
  return {
    id,
    subject: instructionSubject(id),
    ...(purpose === "evaluation" && { purpose: "evaluation set, never trained on" }),
    turns: turns.slice(-MOST_TURNS).map(({ role, content }) => ({ role, text: cutText(content, room) })),
    ...(input !== "" && { input: cutText(input, room) }),
    ...(system !== "" && { system: cutText(system, room) }),
    tags: Object.entries(tags)
      .slice(0, MOST_TAGS)
      .map(([name, value]) => cutText(`${name}: ${value}`, { ...room, characters: room.characters / 10 })),
  };
}

/** What the referee's verdict amounts to at the τ that its iteration began with. */
function halfAt(gap: number | null, tau: number): "hard" | "easy" | "unscored" {
  if (gap === null) {
    return "unscored";
  }
  return isHard(gap, tau) ? "hard" : "easy";
}

/** The newest answers of a role, with how they came about. */
function answers(all: readonly Answer[], room: Room): object[] {
  return all.slice(0, MOST_ANSWERS).map(({ id, writtenBy, origin, kind, text }) => ({
    id,
    writtenBy: writtenBy && cutText(writtenBy, { ...room, characters: room.characters / 10 }),
    origin,
    kind,
    text: cutText(text, room),
  }));
}

/** Decisions in force about the instruction and its verdicts, and suggestions, oldest first. */
function decisionsOn({ instruction, verdicts }: InstructionDetail, { store }: ToolContext): Decision[] {
  const subjects = new Set([
    instructionSubject(instruction.id),
    ...verdicts.map(({ iteration }) => verdictSubject(iteration, instruction.id)),
  ]);
  return [...subjects]
    .flatMap((subject) => {
      const about = store.decisions.about(subject);
      const held = new Set(holding(about));
      return about.filter((decision) => held.has(decision) || decision.context === "suggestion");
    })
    .sort((a, b) => a.id - b.id);
}

function decisionFacts({ id, actor, kind, subject, payload, context }: Decision, room: Room): object {
  const { choice, half, reason, note } = payload;
  const short = { ...room, characters: room.characters / 4 };
  return {
    id,
    actor: cutText(actor, short),
    kind,
    subject,
    ...(context === "suggestion" && { suggestion: true }),
    ...(typeof choice === "string" && { choice }),
    ...(typeof half === "string" && { half }),
    ...(typeof reason === "string" && { reason: cutText(reason, short) }),
    ...(typeof note === "string" && { note: cutText(note, short) }),
  };
}
