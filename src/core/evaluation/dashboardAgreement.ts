import { setImmediate as nextTurn } from "node:timers/promises";
import type { AgreementFigures, AgreementSummary } from "../../protocol/dashboard.ts";
import { POLICY_ACTOR } from "../review/approval.ts";
import { isRepeat, isSecondOpinion, opinionOf, subjectNumber } from "../review/fold.ts";
import type { Connection } from "../store/database.ts";
import type { Decision } from "../store/decisions.ts";
import { agreementOf, type JudgedTwice } from "./agreement.ts";
import { toInterval } from "./gaps.ts";

/** Decisions that are read at once: a few milliseconds. */
const SLICE = 5000;
/** A page has room for so many people and iterations. */
const MOST_PEOPLE = 50;
const MOST_ITERATIONS = 100;

type Judgement = Pick<Decision, "id" | "actor" | "kind" | "subject" | "payload" | "context" | "milliseconds">;

const JUDGEMENTS = `SELECT id, actor, kind, subject, payload, context, milliseconds FROM decision
  WHERE id > @after AND id <= @upTo ORDER BY id LIMIT ${SLICE}`;

/**
 * How far people agree with the referee, with themselves and with each other, and how many decisions they make: over the
 * decisions up to one, less those that were undone. Reads them in slices, between which the event loop gets its turn.
 * Instructions that are left out are in no figure of agreement.
 */
export async function agreementFigures(
  connection: Connection,
  upTo: number,
  isLeftOut: (instructionId: number) => boolean,
): Promise<AgreementFigures> {
  const undone = undoneUpTo(connection, upTo);
  const tally = new Tally();
  const slice = connection.prepare(JUDGEMENTS);
  for (let after = 0, read = SLICE; read === SLICE; ) {
    const rows = slice.all({ after, upTo }) as Array<Judgement & { readonly payload: unknown }>;
    for (const row of rows) {
      if (row.kind !== "undo" && row.context !== "suggestion" && row.actor !== POLICY_ACTOR && !undone.has(row.id)) {
        const judgement = { ...row, payload: JSON.parse(String(row.payload)) };
        tally.time(judgement);
        if (!isLeftOut(subjectNumber(row.subject))) {
          tally.add(judgement);
        }
      }
    }
    read = rows.length;
    after = rows.at(-1)?.id ?? upTo;
    await nextTurn();
  }
  return tally.figures();
}

/** As `holding` has it: what an undo takes back that was not itself taken back. */
function undoneUpTo(connection: Connection, upTo: number): ReadonlySet<number> {
  const undone = new Set<number>();
  const rows = connection
    .prepare("SELECT id, undoes FROM decision WHERE undoes IS NOT NULL AND id <= ? ORDER BY id DESC")
    .raw()
    .iterate(upTo) as IterableIterator<[number, number]>;
  for (const [id, undoes] of rows) {
    if (!undone.has(id)) {
      undone.add(undoes);
    }
  }
  return undone;
}

type About = "verdicts" | "candidates";

/** What the decisions in force amount to, taken one after the other, oldest first. */
class Tally {
  /** By iteration; of each person's judgements of a verdict the latest, the blind ones apart. */
  readonly #referee = new Map<number, { normal: Map<string, JudgedTwice>; blind: Map<string, JudgedTwice> }>();
  readonly #self: Record<About, JudgedTwice[]> = { verdicts: [], candidates: [] };
  readonly #between: Record<About, JudgedTwice[]> = { verdicts: [], candidates: [] };
  readonly #opinions = new Map<number, string>();
  readonly #standing = new Map<string, { readonly actor: string; readonly opinion: string }>();
  readonly #people = new Map<string, { decisions: number; milliseconds: number[] }>();

  /** Counts a decision for who made it. */
  time({ actor, milliseconds }: Judgement): void {
    const person = this.#people.get(actor) ?? { decisions: 0, milliseconds: [] };
    this.#people.set(actor, person);
    person.decisions++;
    if (milliseconds !== null) {
      person.milliseconds.push(milliseconds);
    }
  }

  /** Compares a judgement with the referee's and with earlier ones on the same subject. */
  add(judgement: Judgement): void {
    const { id, actor, subject, payload } = judgement;
    const opinion = opinionOf(judgement);
    if (opinion === null) {
      return;
    }
    const isVerdict = subject.startsWith("verdict:");
    const about = isVerdict ? "verdicts" : "candidates";
    if (isVerdict && typeof payload.referee === "string") {
      this.#withReferee(judgement, [opinion, payload.referee]);
    }
    this.#opinions.set(id, opinion);
    if (isRepeat(judgement)) {
      const before = this.#opinions.get(Number(payload.again));
      if (before !== undefined) {
        this.#self[about].push([before, opinion]);
      }
      return;
    }
    const standing = this.#standing.get(subject);
    if (!standing || !isSecondOpinion(judgement)) {
      this.#standing.set(subject, { actor, opinion });
    } else if (standing.actor !== actor) {
      this.#between[about].push([standing.opinion, opinion]);
    }
  }

  #withReferee({ actor, subject, context }: Judgement, pair: JudgedTwice): void {
    const iteration = Number(subject.split(":")[1]);
    const judged = this.#referee.get(iteration) ?? { normal: new Map(), blind: new Map() };
    this.#referee.set(iteration, judged);
    judged[context === "blind" ? "blind" : "normal"].set(`${actor}\n${subject}`, pair);
  }

  figures(): AgreementFigures {
    const byIteration = [...this.#referee].sort(([a], [b]) => a - b);
    const over = (which: "normal" | "blind"): AgreementSummary =>
      summaryOf(byIteration.flatMap(([, judged]) => [...judged[which].values()]));
    const people = [...this.#people].map(([actor, { decisions, milliseconds }]) => ({
      actor,
      decisions,
      timed: milliseconds.length,
      medianSeconds: medianSeconds(milliseconds),
    }));
    return {
      referee: { normal: over("normal"), blind: over("blind") },
      refereeByIteration: byIteration.slice(-MOST_ITERATIONS).map(([iteration, { normal, blind }]) => ({
        iteration,
        normal: summaryOf([...normal.values()]),
        blind: summaryOf([...blind.values()]),
      })),
      self: { verdicts: summaryOf(this.#self.verdicts), candidates: summaryOf(this.#self.candidates) },
      between: { verdicts: summaryOf(this.#between.verdicts), candidates: summaryOf(this.#between.candidates) },
      people: people.sort((a, b) => b.decisions - a.decisions).slice(0, MOST_PEOPLE),
    };
  }
}

function summaryOf(pairs: readonly JudgedTwice[]): AgreementSummary {
  const { count, agreed, share, kappa } = agreementOf(pairs);
  return { count, agreed, share: toInterval(share), kappa: toInterval(kappa) };
}

/** The middle one, so that a person who was called away does not look slow; null without any. */
function medianSeconds(milliseconds: number[]): number | null {
  const sorted = milliseconds.sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : Math.round((low + high) / 2 / 100) / 10;
}
