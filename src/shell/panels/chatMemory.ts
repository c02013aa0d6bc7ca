import type { ChatAnswer, ChatExchange, ChatSettings } from "../../protocol/chat.ts";
import { questionOf, settingsOf } from "../../protocol/chat.ts";
import { recordOf } from "../trees/viewOptions.ts";
import type { Keeping } from "./queueMemory.ts";

/** Exchanges that are kept, and characters of JSON that they have together: they travel to the page in one message. */
const MOST_EXCHANGES = 50;
const MOST_CHARACTERS = 150_000;
const MOST_STUDENTS = 2;

/** What the chat remembers of one project over reloads: the newest exchanges, who was asked, and how. */
export class ChatMemory {
  readonly #keeping: Keeping;
  readonly #key: string;

  constructor(keeping: Keeping, folder: string) {
    this.#keeping = keeping;
    this.#key = `lion.chat:${folder}`;
  }

  get chosen(): readonly number[] {
    const { chosen } = this.#stored();
    return (Array.isArray(chosen) ? chosen : []).filter((id) => Number.isSafeInteger(id)).slice(0, MOST_STUDENTS);
  }

  get settings(): ChatSettings {
    return settingsOf(this.#stored().settings);
  }

  /** First to last. What was being answered when the window went away has stopped. */
  get exchanges(): readonly ChatExchange[] {
    const { exchanges } = this.#stored();
    return (Array.isArray(exchanges) ? exchanges : []).flatMap((one) => exchangeOf(one) ?? []);
  }

  async keep(changes: {
    readonly chosen?: readonly number[];
    readonly settings?: ChatSettings;
    readonly exchanges?: readonly ChatExchange[];
  }): Promise<void> {
    const { exchanges, ...others } = changes;
    const kept = exchanges ? { exchanges: fittingExchanges(exchanges) } : {};
    await this.#keeping.update(this.#key, { ...this.#stored(), ...others, ...kept });
  }

  #stored(): Record<string, unknown> {
    return recordOf(this.#keeping.get(this.#key));
  }
}

/** The newest exchanges that fit together into a message; of a single one that does not, the beginnings of its texts. */
export function fittingExchanges(exchanges: readonly ChatExchange[]): ChatExchange[] {
  const fitting: ChatExchange[] = [];
  let room = MOST_CHARACTERS;
  for (const exchange of exchanges.slice(-MOST_EXCHANGES).reverse()) {
    const length = JSON.stringify(exchange).length;
    if (length <= room) {
      fitting.unshift(exchange);
      room -= length;
      continue;
    }
    if (fitting.length === 0) {
      fitting.unshift(shortened(exchange));
    }
    break;
  }
  return fitting;
}

function shortened(exchange: ChatExchange): ChatExchange {
  let short = exchange;
  for (let most = MOST_CHARACTERS / 2; JSON.stringify(short).length > MOST_CHARACTERS && most >= 1; most /= 2) {
    const cut = (text: string): string => text.slice(0, most);
    const { instruction, input, system } = exchange.question;
    short = {
      ...exchange,
      question: { ...exchange.question, instruction: cut(instruction), input: cut(input), system: cut(system) },
      answers: exchange.answers.map((answer) => ({ ...answer, text: cut(answer.text), note: cut(answer.note) })),
    };
  }
  return short;
}

function exchangeOf(value: unknown): ChatExchange | null {
  const { id, at, question, answers } = recordOf(value);
  const asked = questionOf(question);
  return typeof id === "number" && typeof at === "number" && asked && Array.isArray(answers)
    ? { id, at, question: asked, answers: answers.flatMap((one) => answerOf(one) ?? []) }
    : null;
}

function answerOf(value: unknown): ChatAnswer | null {
  const { student, iteration, state, text, note, inputTokens, outputTokens, milliseconds, isCut } = recordOf(value);
  if (typeof student !== "number" || typeof iteration !== "number" || typeof text !== "string") {
    return null;
  }
  const known = state === "done" || state === "failed" ? state : "stopped";
  const number = (given: unknown): number | null => (typeof given === "number" ? given : null);
  return {
    ...{ student, iteration, text, state: known, isCut: isCut === true },
    note: known === "failed" && typeof note === "string" ? note : "",
    ...{ inputTokens: number(inputTokens), outputTokens: number(outputTokens), milliseconds: number(milliseconds) },
  };
}
