import * as z from "zod";
import { canonicalJson, sha256 } from "../hash.ts";
import { type ChatBody, countTokens, type MindReply } from "./chat.ts";

/** A request that the endpoint does not serve; becomes an OpenAI-shaped error. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;

  constructor(status: number, message: string, details: { code?: string; param?: string } = {}) {
    super(message);
    this.name = "RequestRefused";
    this.status = status;
    this.code = details.code ?? null;
    this.param = details.param ?? null;
  }
}

const content = z.union([z.string(), z.null(), z.array(z.object({ type: z.literal("text"), text: z.string() }))]);

const request = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.object({
        role: z.enum(["system", "developer", "user", "assistant", "tool"]),
        content: content.optional(),
      }),
    )
    .min(1),
  stream: z.boolean().nullish(),
  n: z.int().nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
});

function joined(value: z.infer<typeof content> | undefined): string {
  return typeof value === "string" ? value : (value ?? []).map((part) => part.text).join("\n");
}

/** The body of a chat completion. @throws RequestRefused (400) when it is not one that the sandbox can serve. */
export function readChatBody(text: string): ChatBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestRefused(400, "The body of the request is not valid JSON.");
  }
  const { data, error } = request.safeParse(value);
  if (data === undefined) {
    const issue = error.issues[0];
    const param = issue?.path.join(".") ?? "";
    throw new RequestRefused(400, `Invalid request${param && ` at '${param}'`}: ${issue?.message}.`, { param });
  }
  if (data.stream) {
    throw new RequestRefused(400, "The sandbox does not stream; leave 'stream' out.", {
      param: "stream",
      code: "unsupported_value",
    });
  }
  if ((data.n ?? 1) !== 1) {
    throw new RequestRefused(400, "The sandbox gives one choice; leave 'n' out.", {
      param: "n",
      code: "unsupported_value",
    });
  }
  return {
    ...data,
    messages: data.messages.map((message) => ({ role: message.role, content: joined(message.content) })),
  };
}

/** Equal bodies have equal replies to the last byte, so no reply tells the time. */
const CREATED = 1_700_000_000;

/** A reply as an OpenAI-shaped chat completion; `refusal` stands in the message's place for it. */
export function chatCompletion(body: ChatBody, reply: MindReply & { readonly refusal?: string }): object {
  const promptTokens = body.messages.reduce((sum, message) => sum + 4 + countTokens(message.content), 0);
  const completionTokens = countTokens(reply.refusal ?? reply.content);
  return {
    id: `chatcmpl-${sha256(canonicalJson(body)).slice(0, 24)}`,
    object: "chat.completion",
    created: CREATED,
    model: body.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: reply.refusal === undefined ? reply.content : null,
          refusal: reply.refusal ?? null,
        },
        logprobs: null,
        finish_reason: reply.finishReason,
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}
