import { canonicalJson } from "../hash.ts";
import type { EndpointProfile } from "../project/schema.ts";
import type { ChatMessage } from "./types.ts";

export type Prices = NonNullable<EndpointProfile["prices"]>;

/** Money is kept in millionths of its currency. */
export const MILLION = 1_000_000;

/** An amount as people read it. @param millionths of the currency. */
export function moneyText(millionths: number, currency: string): string {
  return `${Number((millionths / MILLION).toFixed(6))} ${currency}`.trim();
}

/**
 * Tokens that a chat format may wrap around one message. The formats in use need 3 to 8 (role, separators); twice that
 * keeps the bound an upper one.
 */
const TOKENS_AROUND_A_MESSAGE = 16;

/** The limits a request sets to its reply; the newer name wins at endpoints that know both. */
const OUTPUT_LIMITS = ["max_completion_tokens", "max_tokens"] as const;

/**
 * The most that a request can cost, in millionths of the currency (a price per million tokens is a price in millionths
 * per token). Input tokens are bounded by the UTF-8 bytes, since no tokenizer makes more tokens than bytes; output
 * tokens by the request's own limit. A request without one counts its input alone: see `outputLimit`.
 */
export function worstCase(
  messages: readonly ChatMessage[],
  parameters: Readonly<Record<string, unknown>>,
  prices: Prices,
): number {
  const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");
  const inMessages = messages.reduce((sum, { content }) => sum + bytesOf(content) + TOKENS_AROUND_A_MESSAGE, 0);
  // A response format or a tool's description is put into the prompt by the endpoint, and paid for as input.
  const inParameters = Object.values(parameters)
    .filter((value) => typeof value === "object" && value !== null)
    .reduce<number>((sum, value) => sum + bytesOf(canonicalJson(value)), 0);
  return priceOf(inMessages + inParameters, outputLimit(parameters) ?? 0, prices);
}

/** The largest number of output tokens that a request allows, or null when it sets none. */
export function outputLimit(parameters: Readonly<Record<string, unknown>>): number | null {
  const limits = OUTPUT_LIMITS.map((name) => parameters[name]).filter((value) => typeof value === "number");
  return limits.length > 0 ? Math.max(...limits) : null;
}

/**
 * What a reply cost, in millionths of the currency.
 *
 * @param worst what the request was reserved at: the cost of a reply whose usage the endpoint does not report.
 */
export function actual(inputTokens: number | null, outputTokens: number | null, prices: Prices, worst: number): number {
  return inputTokens === null || outputTokens === null ? worst : priceOf(inputTokens, outputTokens, prices);
}

/** The price of so many tokens, in whole millionths of the currency. */
export function priceOf(inputTokens: number, outputTokens: number, prices: Prices): number {
  const cost = inputTokens * prices.inputPerMillion + outputTokens * prices.outputPerMillion;
  // Rounded up to whole millionths; the small term keeps binary fractions such as 3 × 0.1 from adding one.
  return Math.ceil(cost - 1e-6);
}
