import * as z from "zod";
import { canonicalJson, sha256 } from "../hash.ts";
import { Random } from "../random.ts";
import type { ChatBody } from "./chat.ts";

const when = z
  .strictObject({
    model: z.string().optional().describe("Only requests for this model, or one whose name ends so."),
    nth: z
      .union([z.int().min(1), z.array(z.int().min(1))])
      .optional()
      .describe("The first, second … request that the rule looks at."),
    every: z.int().min(1).optional().describe("Every so many requests that the rule looks at."),
    share: z.number().min(0).max(1).optional().describe("A share of the requests, decided by their content and count."),
    firstTimes: z.int().min(1).optional().describe("The first so many times that the same body is seen."),
  })
  .describe("All conditions have to hold; without any the rule meets every request.");

const fault = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("status"),
    status: z.int().min(400).max(599),
    retryAfterSeconds: z.number().min(0).optional(),
    retryAfterAs: z.enum(["seconds", "date", "milliseconds"]).default("seconds"),
    code: z.string().optional().describe("The error's code, for example insufficient_quota."),
    message: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("reset") }).describe("The connection is torn down without a reply."),
  z.strictObject({ kind: z.literal("slow"), ms: z.number().min(0) }).describe("The right reply, later."),
  z.strictObject({ kind: z.literal("cut-body") }).describe("200, but the body ends before its announced length."),
  z.strictObject({ kind: z.literal("malformed-json") }).describe("200 with a whole body that is not JSON."),
  z.strictObject({ kind: z.literal("refusal") }).describe("message.refusal instead of content."),
  z.strictObject({ kind: z.literal("content-filter") }).describe("finish_reason content_filter."),
  z.strictObject({ kind: z.literal("length") }).describe("Half of the reply, finish_reason length."),
  z.strictObject({ kind: z.literal("empty") }).describe("An empty reply, finish_reason stop."),
  z
    .strictObject({
      kind: z.literal("rate-limit-headers"),
      limit: z.int().min(0),
      remaining: z.int().min(0),
      resetSeconds: z.number().min(0),
    })
    .describe("The right reply with x-ratelimit-* headers."),
]);

const faultRule = z.strictObject({
  when: when.prefault({}),
  times: z.int().min(1).optional().describe("The rule strikes so often at most."),
  what: fault,
});

/** The schema of a list of rules, as tests and `POST /sandbox/faults` give it. */
const faultRulesSchema = z.array(faultRule);

/** What goes wrong with one request. */
export type Fault = z.infer<typeof fault>;
/** When something goes wrong, and what. */
export type FaultRule = z.input<typeof faultRule>;

interface Armed {
  readonly rule: z.infer<typeof faultRule>;
  seen: number;
  struck: number;
}

/** Decides which requests go wrong: by their count and content alone, so that equal runs fail equally. */
export class Faults {
  readonly #seed: number;
  #armed: Armed[] = [];
  readonly #timesSeen = new Map<string, number>();

  /** @throws ZodError when a rule is not one. */
  constructor(seed: number, rules: readonly FaultRule[]) {
    this.#seed = seed;
    this.replace(rules);
  }

  /** Puts other rules in place and counts from the beginning. @throws ZodError when a rule is not one. */
  replace(rules: unknown): void {
    const parsed = faultRulesSchema.parse(rules);
    this.#armed = parsed.map((rule) => ({ rule, seen: 0, struck: 0 }));
    this.#timesSeen.clear();
  }

  /** The fault of the first rule that meets this request; null when it goes well. */
  next(body: ChatBody): Fault | null {
    if (this.#armed.length === 0) {
      return null;
    }
    const hash = sha256(canonicalJson(body));
    const times = (this.#timesSeen.get(hash) ?? 0) + 1;
    this.#timesSeen.set(hash, times);
    const meeting = this.#armed.filter((armed, i) => this.#meets(armed, i, { body, hash, times }));
    const first = meeting[0];
    if (first === undefined) {
      return null;
    }
    first.struck++;
    return first.rule.what;
  }

  #meets(armed: Armed, index: number, { body, hash, times }: { body: ChatBody; hash: string; times: number }): boolean {
    const { when, times: most } = armed.rule;
    if (when.model !== undefined && !body.model.endsWith(when.model)) {
      return false;
    }
    armed.seen++;
    const { seen } = armed;
    return (
      (most === undefined || armed.struck < most) &&
      (when.nth === undefined || [when.nth].flat().includes(seen)) &&
      (when.every === undefined || seen % when.every === 0) &&
      (when.firstTimes === undefined || times <= when.firstTimes) &&
      (when.share === undefined || new Random(`${this.#seed} fault ${index} ${hash} ${times}`).next() < when.share)
    );
  }
}
