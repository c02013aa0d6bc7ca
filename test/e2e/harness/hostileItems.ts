import { writeFileSync } from "node:fs";
import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { createProject } from "../../../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../../../src/core/project/presets.ts";
import { loadProject, type Project } from "../../../src/core/project/project.ts";
import { instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import type { DecisionKind } from "../../../src/core/store/decisions.ts";
import { STAGES } from "../../../src/core/store/iterations.ts";
import type { NewAnswer } from "../../../src/core/store/ledger.ts";
import { type Store, usingStore } from "../../../src/core/store/store.ts";
import { EVIL, type HostileText } from "./hostileTexts.ts";

const NOW = Date.UTC(2026, 0, 5);
/** Whoever writes names can be hostile as well. */
const NAME = `<img src="https://${EVIL}/name.png" onerror="window.taken=1"> [n](command:n) \u202eeman`;

/** What a text became: a rated instruction and a candidate, in the order of their queues. */
export interface HostileItem extends HostileText {
  readonly compared: number;
  readonly candidate: number;
}

/**
 * A project at its first approval. Each text is an instruction with its input, both its answers and the referee's replies;
 * and a candidate with its parent, its neighbour and the teacher's answer. Rows are stored by the repositories: no model
 * is asked.
 */
export async function makeHostileProject(
  folder: string,
  texts: readonly HostileText[],
): Promise<readonly HostileItem[]> {
  const created = createProject(folder, { mind: "oracle", sizes: SANDBOX_SIZES.quick, name: NAME });
  const config = { ...created.config, review: { ...created.config.review, askAhead: 0, again: 0 } };
  writeFileSync(created.configFile, JSON.stringify(config, null, 2));
  const project = loadProject(folder);
  return usingStore(project.databaseFile, {}, (store) =>
    store.write(() => {
      openIteration(store, project);
      const rows = texts.map((text, at) => addItem(store, text, at));
      decideAbout(store, rows);
      return rows;
    }),
  );
}

function openIteration({ iterations }: Store, { config }: Project): void {
  iterations.open({ number: 1, config, prompts: {}, decisionFloor: 0 }, NOW);
  for (const stage of STAGES) {
    iterations.begin(1, stage, 0, NOW);
    iterations.end(1, stage, stage === "generation" ? "waiting" : "done", "", 1000, NOW);
  }
}

function addItem(store: Store, text: HostileText, position: number): HostileItem {
  const { instructions, pools } = store;
  // A million characters are enough in the answers; instructions have to be told apart.
  const asked = `${text.name}: ${text.text.slice(0, 1_000_000 - 1)}`;
  const compared = instructions.insert(
    { ...singleTurn(asked, text.text, text.text.slice(0, 20_000)), origin: "imported" },
    NOW,
  );
  pools.add("train", 1, [compared]);
  pools.add("cache", 1, [compared]);
  rate(store, compared, text, position);
  const candidate = instructions.insert({ ...singleTurn(`candidate ${asked}`, text.text), origin: "generated" }, NOW);
  store.candidates.add(
    {
      ...{ instructionId: candidate, iteration: 1, half: "hard", ordinal: position, parentId: compared },
      answerId: addAnswer(store, "generator", text.text),
      ...{ filter: null, filterDetail: null, nearestId: compared, nearestScore: 0.69 },
    },
    NOW,
  );
  store.ledger.link(candidate, "teacher", addAnswer(store, "teacher", text.text));
  return { ...text, compared, candidate };
}

function rate(store: Store, instructionId: number, { text }: HostileText, position: number): void {
  const teacherAnswerId = addAnswer(store, "teacher", `teacher ${text}`);
  const studentAnswerId = addAnswer(store, "student", `student ${text}`);
  store.ledger.link(instructionId, "teacher", teacherAnswerId);
  store.ledger.link(instructionId, "student", studentAnswerId);
  const pair = { instructionId, iteration: 1, teacherAnswerId, studentAnswerId };
  for (const firstShown of ["teacher", "student"] as const) {
    const isRead = firstShown === "teacher";
    store.ratings.add(
      {
        ...{ ...pair, firstShown, answerId: addAnswer(store, "referee", text), promptVersion: NAME },
        ...{ scores: isRead ? { teacher: 9, student: 3 } : null, unparsed: isRead ? null : text.slice(0, 10_000) },
      },
      NOW,
    );
  }
  store.ratings.putVerdict({
    ...{ ...pair, scope: "draw", position, state: "scored", gap: 6, teacherScore: 9, studentScore: 3 },
    ...{ contradictory: true, source: "referee" },
  });
}

function addAnswer({ ledger }: Store, role: NewAnswer["role"], text: string): number {
  const { id } = ledger.insertAnswer(
    {
      ...{ requestKey: null, role, origin: "model", writtenBy: NAME, profile: "any", modelAsked: NAME },
      ...{ parameters: "{}", text, kind: "complete", finishReason: "stop" },
      ...{ inputTokens: 1, outputTokens: 1, cost: null },
    },
    NOW,
  );
  return id;
}

/** Others have proposed something about the first of each kind, and have decided about the first comparison. */
function decideAbout({ decisions }: Store, [first]: readonly HostileItem[]): void {
  if (!first) {
    return;
  }
  const note = `${first.text} \u202e note`;
  const add = (
    subject: string,
    kind: DecisionKind,
    payload: Record<string, unknown>,
    context: "normal" | "suggestion",
  ): void => {
    const actor = context === "suggestion" ? `agent (${NAME})` : NAME;
    decisions.add(
      { ...{ actor, kind, subject, context, payload: { ...payload, note } }, groupId: `${subject} ${context}` },
      NOW,
    );
  };
  const verdict = verdictSubject(1, first.compared);
  add(verdict, "override", { choice: "student", half: "easy", referee: "hard" }, "normal");
  add(verdict, "override", { choice: "hard", half: "hard", referee: "hard" }, "suggestion");
  add(instructionSubject(first.candidate), "refuse", { reason: NAME }, "suggestion");
}
