import type { SandboxConfig } from "../project/schema.ts";
import { Random } from "../random.ts";
import { type ChatBody, complete, lastUserText, type MindReply, questionOf, randomFor } from "./chat.ts";
import { CARRIERS } from "./families/carriers.ts";
import { judge } from "./judging.ts";
import { generatorReply } from "./malformed.ts";
import { overlap, wordsOf } from "./overlap.ts";
import { type Recording, recordingKey } from "./recording.ts";
import { readSections } from "./sections.ts";
import type { Speaker } from "./speaker.ts";

/**
 * The generator hands out only rows from this share of the file on. The sandbox is not told which rows were imported;
 * whoever imports the first 40,000 of 52,002 rows (0.769), or fewer, meets none of them again.
 */
export const REPLAY_HOLDOUT_FROM = 0.77;

/** What the replay says to a question that was not recorded. */
const NOT_RECORDED = "Thank you for asking; there is no recorded answer to this.";

/** A spoilt answer has at most this overlap with the recorded one: at least 4.5 points of 10 less. */
const SPOILT_OVERLAP = 0.5;

/** How a spoilt answer is tried, from mild to hopeless: shares of its words that stay. */
const SPOILING: readonly number[] = [0.6, 0.4, 0.2, 0];

type ReplayConfig = Pick<SandboxConfig, "seed" | "corruption">;

function corruptionStream(config: ReplayConfig, question: string): Random {
  return new Random(`${config.seed} corruption ${recordingKey(question)}`);
}

/** Whether the replay's student spoils its answer to this instruction: decided by the seed and the text alone. */
export function isCorrupted(config: ReplayConfig, instruction: string, input = ""): boolean {
  return corruptionStream(config, `${instruction} ${input}`).next() < config.corruption;
}

/** The words in another order, some of them lost and some replaced, until it is clearly a worse answer. */
function spoil(output: string, random: Random): string {
  const reference = wordsOf(output);
  const words = output.split(/\s+/u).filter((word) => word !== "");
  for (const share of SPOILING) {
    const spoilt = random
      .shuffle(words)
      .map((word) => (random.next() < share ? word : random.pick(CARRIERS)))
      .slice(0, Math.max(3, Math.ceil(words.length * 0.8)))
      .join(" ");
    if (spoilt !== "" && overlap(reference, wordsOf(spoilt)) <= SPOILT_OVERLAP) {
      return spoilt;
    }
  }
  return "I would rather talk about something else today.";
}

/** The mind of a recorded set: what it says was once written by others. Depends on the request's content alone. */
export class Replay {
  readonly #config: SandboxConfig;
  readonly #recording: Recording;

  constructor(config: SandboxConfig, recording: Recording) {
    this.#config = config;
    this.#recording = recording;
  }

  reply(role: Speaker["role"], body: ChatBody): MindReply {
    switch (role) {
      case "teacher":
        return complete(this.#recording.find(questionOf(body))?.output ?? NOT_RECORDED);
      case "student":
        return this.#imitate(questionOf(body));
      case "referee":
      case "evaluator":
        return judge(body, this.#config, (question, answer) => this.#quality(question, answer));
      case "generator":
        return this.#generate(body);
    }
  }

  #imitate(question: string): MindReply {
    const recorded = this.#recording.find(question)?.output ?? NOT_RECORDED;
    const random = corruptionStream(this.#config, question);
    return complete(random.next() < this.#config.corruption ? spoil(recorded, random) : recorded);
  }

  /** 1 + 9 · overlap with the recorded output; null when the question was not recorded. */
  #quality(question: string, answer: string): number | null {
    const recorded = this.#recording.find(question);
    if (recorded === undefined) {
      return null;
    }
    return answer.trim() === recorded.output.trim() ? 10 : 1 + 9 * overlap(wordsOf(recorded.output), wordsOf(answer));
  }

  #generate(body: ChatBody): MindReply {
    const random = randomFor(body, this.#config.seed, "generator");
    const { rows } = this.#recording;
    const from = Math.min(rows.length - 1, Math.floor(REPLAY_HOLDOUT_FROM * rows.length));
    const prompt = lastUserText(body);
    return generatorReply(this.#config.malformed, {
      parent: readSections(prompt, 1).sections[0]?.text ?? prompt,
      fresh: () => {
        const row = rows[from + random.below(rows.length - from)];
        return row === undefined ? "" : [row.instruction, row.input].filter((text) => text !== "").join("\n\n");
      },
      random,
    });
  }
}
