import type { OpenAI } from "openai";
import type { Clock } from "../clock.ts";
import { failureFrom } from "../models/chatFailures.ts";
import { openaiAt } from "../models/openaiAt.ts";
import type { ChatFailure } from "../models/types.ts";
import type { ServedStudent } from "./studentServer.ts";

/** A question to a student, as its template takes it. */
export interface StudentQuestion {
  readonly instruction: string;
  readonly input: string;
  readonly system: string;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly maxTokens: number;
}

/** How an answer ended; tokens are null where the server does not count. */
export interface AnswerEnd {
  readonly finishReason: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** A large student on a small machine takes its time. */
const TIMEOUT_MS = 30 * 60_000;

/**
 * Asks a served student one question; the answer comes piece by piece.
 *
 * @throws ChatFailure with what the server said, or that it cannot be reached; the signal's reason when it aborts.
 */
export async function askStudent(
  { baseUrl, model }: ServedStudent,
  question: StudentQuestion,
  clock: Clock,
  onText: (piece: string) => void,
  signal: AbortSignal,
): Promise<AnswerEnd> {
  const openai = openaiAt({ baseUrl, key: null, timeoutMs: TIMEOUT_MS });
  let end: AnswerEnd = { finishReason: "", inputTokens: null, outputTokens: null };
  try {
    for await (const { choices, usage } of await openai.chat.completions.create(
      {
        model,
        messages: messagesTo(question),
        temperature: question.temperature,
        max_tokens: question.maxTokens,
        stream: true,
        stream_options: { include_usage: true },
      },
      { signal },
    )) {
      const [choice] = choices;
      if (choice?.delta.content) {
        onText(choice.delta.content);
      }
      end = {
        finishReason: choice?.finish_reason ?? end.finishReason,
        inputTokens: usage?.prompt_tokens ?? end.inputTokens,
        outputTokens: usage?.completion_tokens ?? end.outputTokens,
      };
    }
  } catch (error) {
    signal.throwIfAborted();
    throw failureFrom(error, clock.now()) satisfies ChatFailure;
  }
  // The library ends a stream without a word when it is aborted.
  signal.throwIfAborted();
  return end;
}

/** The input stands beside its instruction: the template puts it where training has put it. */
function messagesTo({ instruction, input, system }: StudentQuestion): OpenAI.ChatCompletionMessageParam[] {
  const user = { role: "user", content: instruction, ...(input !== "" && { input }) } as const;
  return system === "" ? [user] : [{ role: "system", content: system }, user];
}
