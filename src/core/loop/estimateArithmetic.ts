import { priceOf } from "../models/prices.ts";
import type { Counted } from "../store/measures.ts";
import type { Estimate, RoleEstimate } from "./estimate.ts";
import type {
  CallFacts,
  DiscriminationFacts,
  EstimateFacts,
  GenerationFacts,
  HardFacts,
  TrainFacts,
} from "./estimateFacts.ts";
import { clamp, exactly, NONE, portion, type Range, shareOf, sum, times, until, whole } from "./range.ts";

/** What is taken where nothing was measured yet; each is told in a sentence. */
const ASSUMED = {
  hard: { low: 0.15, high: 0.6 },
  passed: { low: 0.35, high: 0.95 },
  unparsed: { low: 0, high: 0.1 },
  unscored: { low: 0, high: 0.03 },
  refused: { low: 0, high: 0.05 },
  failed: { low: 0, high: 0.05 },
  /** Share of pairs whose two answers are equal, so that both orders are one request. */
  equal: { sandbox: 0.95, other: 0.1 },
  /** Tokens of a reply. */
  output: { teacher: [40, 500], student: [40, 500], referee: [40, 400], generator: [15, 300] },
  charactersPerToken: { low: 3, high: 5 },
  /** Tokens around the messages of one request. */
  wrapping: { low: 4, high: 40 },
} as const;

/** So many counted ones and a share counts as measured. */
const ENOUGH = 20;
/** A share of the last iteration holds for the next one within these factors. */
const DRIFT: Range = { low: 0.6, high: 1.5 };
/** A better student says more often what the teacher says. */
const REPLIES_DRIFT: Range = { low: 0.8, high: 1.1 };
/** Texts of the coming requests are as long as those before, within this share. */
const LENGTH_DRIFT = 0.1;
/** A checkpoint answers in waves, sized with room for the share of hard ones to turn out lower. */
const WAVES = { factor: 1.15, smallest: 64 } as const;

const percent = (share: number): string => String(Math.round(100 * share));
const between = ({ low, high }: Range): string => `between ${percent(low)} and ${percent(high)} of 100`;

/** Collects what had to be assumed, and for whom. */
class Assumptions {
  readonly sentences = new Set<string>();
  readonly roles = new Set<CallFacts["role"]>();

  /** The share that was counted, or the assumed one where too little was. */
  share(
    { hits, count }: Counted,
    {
      assumed,
      sentence,
      roles,
    }: { assumed: Range; sentence: (range: Range) => string; roles: readonly CallFacts["role"][] },
  ): Range {
    return count >= ENOUGH ? shareOf(hits, count) : this.take(assumed, sentence(assumed), roles);
  }

  take<T>(value: T, sentence: string, roles: readonly CallFacts["role"][]): T {
    this.sentences.add(sentence);
    for (const role of roles) {
      this.roles.add(role);
    }
    return value;
  }
}

/** Pairs to be looked at and what each role has to do about them. */
interface PairRequests {
  readonly teacher: Range;
  readonly student: Range;
  readonly referee: Range;
}

/** The estimate that follows from the facts; pure. */
export function estimateFrom(facts: EstimateFacts): Estimate {
  const assumptions = new Assumptions();
  const pairs = facts.discrimination ? pairRequests(facts, facts.discrimination, assumptions) : null;
  const replies: Record<CallFacts["role"], Range> = {
    teacher: sum(trainRequests(facts.train), pairs?.teacher ?? NONE),
    student: sum(exactly(facts.evaluation), pairs?.student ?? NONE),
    referee: pairs?.referee ?? NONE,
    generator: facts.generation ? generatorRequests(facts.generation, facts.window, assumptions) : NONE,
  };
  const roles = Object.values(facts.calls).map((call) => roleEstimate(call, replies[call.role], facts, assumptions));
  const asked = roles.filter(({ kind }) => kind !== "checkpoint");
  const requests = sum(...asked.map((role) => role.requests));
  const unpriced = roles
    .filter(({ cost, requests }) => cost === null && requests.high > 0)
    .map(({ profile }) => profile);
  for (const profile of new Set(unpriced)) {
    assumptions.sentences.add(`The price of profile "${profile}" is unknown: its money is not counted.`);
  }
  const costs = costsOf(asked);
  return {
    iteration: facts.iteration,
    stages: facts.stages,
    roles,
    requests,
    costs,
    unpriced: [...new Set(unpriced)],
    basis: roles.some(({ basis, requests }) => basis === "assumed" && requests.high > 0) ? "assumed" : "measured",
    assumptions: [...assumptions.sentences],
    used: facts.used,
    suggestion: {
      calls: facts.used.calls + requests.high,
      cost: suggestedCost(facts, asked, costs),
    },
  };
}

function trainRequests({ size, open, different }: TrainFacts): Range {
  return open.count === size ? exactly(different) : portion(exactly(size), shareOf(open.hits, open.count));
}

function pairRequests(facts: EstimateFacts, pairs: DiscriminationFacts, assumptions: Assumptions): PairRequests {
  const drawn = drawnInstructions(facts, pairs, assumptions);
  // An instruction of the panel that is drawn as well is answered and rated once.
  const left = Math.max(1, pairs.cache - pairs.rated);
  const drawnOnly = portion(drawn, exactly(Math.max(0, 1 - pairs.panel / left)));
  const visited = sum(exactly(pairs.panel), drawnOnly);
  const share = ({ hits, count }: Counted): Range => (count === 0 ? NONE : shareOf(hits, count, pairs.complete));
  const certain = (counted: Counted): Range => (counted.hits === 0 ? NONE : share(counted));
  const all = ({ hits, count }: Counted): boolean => count > 0 && hits === count;
  const open = (counted: Counted): Range => (all(counted) ? visited : portion(visited, certain(counted)));
  const teacher = open(pairs.teacherOpen);
  const student = open(pairs.studentOpen);
  const refused =
    teacher.high > 0
      ? assumptions.share(facts.calls.teacher.incomplete, {
          assumed: ASSUMED.refused,
          sentence: ({ high }) => `Up to ${percent(high)} of 100 of the teacher's answers are taken to be unusable.`,
          roles: ["referee"],
        })
      : NONE;
  const rated = open(pairs.pairOpen);
  const usable = { low: Math.max(0, rated.low - teacher.high * refused.high), high: rated.high };
  const asks = usable.high > 0 ? asksPerPair(facts, pairs, assumptions) : NONE;
  return { teacher, student: studentWaves(facts, student), referee: times(usable, asks) };
}

function studentWaves({ calls }: EstimateFacts, { low, high }: Range): Range {
  return calls.student.kind === "checkpoint" && high > 0
    ? { low, high: WAVES.factor * high + WAVES.smallest }
    : { low, high };
}

/** Requests to the referee for one pair: each order, asked again in other words while it cannot be read. */
function asksPerPair({ calls }: EstimateFacts, pairs: DiscriminationFacts, assumptions: Assumptions): Range {
  const unparsed = assumptions.share(pairs.unparsed, {
    assumed: ASSUMED.unparsed,
    sentence: ({ high }) =>
      `Up to ${percent(high)} of 100 of the referee's replies are taken to be unreadable, so that they are asked for again.`,
    roles: ["referee"],
  });
  const asks = (share: number): number =>
    Array.from({ length: pairs.wordings }, (_, again) => share ** again).reduce((total, one) => total + one, 0);
  const ratings = times(exactly(pairs.orders), { low: asks(unparsed.low), high: asks(unparsed.high) });
  const equal = ASSUMED.equal[calls.referee.kind === "sandbox" ? "sandbox" : "other"];
  const replies =
    pairs.orders === 1
      ? exactly(1)
      : assumptions.share(pairs.replies, {
          assumed: { low: 1 - equal / 2, high: 1 },
          sentence: () =>
            `Up to ${percent(equal)} of 100 of the student's answers are taken to be the teacher's, so that one rating is enough.`,
          roles: ["referee"],
        });
  const drifted = pairs.replies.count >= ENOUGH ? times(replies, REPLIES_DRIFT) : replies;
  return times(ratings, clamp(drifted, 1));
}

/** How many instructions the draw still looks at, with those asked ahead of the point where it stops. */
function drawnInstructions(facts: EstimateFacts, pairs: DiscriminationFacts, assumptions: Assumptions): Range {
  const left = pairs.cache - pairs.rated;
  if (pairs.mode === "full") {
    return facts.stages.includes("discrimination") ? exactly(left) : NONE;
  }
  const { hard, easy } = pairs.missing;
  if (!facts.stages.includes("discrimination") || (hard === 0 && easy === 0)) {
    return NONE;
  }
  const share = hardShare(pairs.hard, facts.iteration, assumptions);
  const unscored = assumptions.share(pairs.unscored, {
    assumed: ASSUMED.unscored,
    sentence: ({ high }) => `Up to ${percent(high)} of 100 rated instructions are taken to stay unscored.`,
    roles: ["referee"],
  });
  const found = (part: number): Range => {
    const [forHard, forEasy] = [until(hard, part), until(easy, 1 - part)];
    return { low: Math.max(forHard.low, forEasy.low), high: Math.max(forHard.high, forEasy.high) };
  };
  // The number is smallest where both halves fill up together, and largest at an end.
  const balanced = Math.min(share.high, Math.max(share.low, hard / (hard + easy)));
  const needed = {
    low: Math.min(found(share.low).low, found(balanced).low, found(share.high).low),
    high: Math.max(found(share.low).high, found(share.high).high) / (1 - unscored.high),
  };
  const most = Math.max(0, Math.min(left, pairs.maxRated - pairs.rated));
  return clamp({ low: needed.low, high: needed.high + facts.window }, most);
}

function hardShare(hard: HardFacts, iteration: number, assumptions: Assumptions): Range {
  const roles = ["teacher", "student", "referee"] as const;
  if (hard.count < ENOUGH) {
    return assumptions.take(
      ASSUMED.hard,
      `Of the instructions that are rated, ${between(ASSUMED.hard)} are taken to be hard: too few are rated so far.`,
      roles,
    );
  }
  const counted = shareOf(hard.hits, hard.count);
  if (hard.iteration === iteration) {
    return counted;
  }
  assumptions.sentences.add(
    `The share of hard instructions is taken to stay near that of iteration ${hard.iteration}, ${percent(hard.hits / hard.count)} of 100.`,
  );
  return { low: counted.low * DRIFT.low, high: Math.min(1, counted.high * DRIFT.high) };
}

function generatorRequests(
  { missing, passed, seeded, most }: GenerationFacts,
  window: number,
  assumptions: Assumptions,
): Range {
  if (missing === 0) {
    return NONE;
  }
  const share = assumptions.share(passed, {
    assumed: ASSUMED.passed,
    sentence: (range) =>
      `Of the generated instructions, ${between(range)} are taken to pass the filters: too few are generated so far.`,
    roles: ["generator"],
  });
  assumptions.sentences.add("Nobody is taken to refuse a candidate: each refused one would be replaced.");
  const used = seeded.count === 0 ? 0 : Math.min(1, seeded.hits / seeded.count);
  const { low } = portion(exactly(until(missing, share.high).low), exactly(1 - used));
  return clamp({ low, high: until(missing, share.low).high + window }, most);
}

function roleEstimate(call: CallFacts, replies: Range, facts: EstimateFacts, assumptions: Assumptions): RoleEstimate {
  const { role, profile, kind, prices } = call;
  const some = replies.high > 0;
  const tokens = some ? tokensOf(call, replies, facts, assumptions) : { input: NONE, output: NONE };
  const requests = some && kind !== "checkpoint" ? withRetries(call, replies, assumptions) : replies;
  const free = kind === "checkpoint" || (kind === "sandbox" && !prices);
  const cost = prices
    ? whole(
        sum(
          times(tokens.input, exactly(prices.inputPerMillion)),
          times(tokens.output, exactly(prices.outputPerMillion)),
        ),
      )
    : free
      ? NONE
      : null;
  return {
    role,
    profile,
    kind,
    requests: whole(requests),
    inputTokens: whole(tokens.input),
    outputTokens: whole(tokens.output),
    cost,
    currency: prices?.currency ?? null,
    basis: some && assumptions.roles.has(role) ? "assumed" : "measured",
  };
}

/** Attempts that bring no reply are requests too. */
function withRetries({ role, failed }: CallFacts, { low, high }: Range, assumptions: Assumptions): Range {
  const share = assumptions.share(failed, {
    assumed: ASSUMED.failed,
    sentence: (range) => `Up to ${percent(range.high)} of 100 requests are taken to fail and to be sent again.`,
    roles: [role],
  });
  return { low, high: high / (1 - Math.min(share.high, 0.9)) };
}

function tokensOf(
  call: CallFacts,
  replies: Range,
  facts: EstimateFacts,
  assumptions: Assumptions,
): { readonly input: Range; readonly output: Range } {
  const { measured, role, outputLimit } = call;
  const perReply = outputLimit ?? Number.POSITIVE_INFINITY;
  if (measured.calls >= ENOUGH) {
    const total = ({ mean, deviation }: { mean: number; deviation: number }): Range => {
      const sampling = (deviation / Math.max(mean, 1)) * (1 / Math.sqrt(measured.calls) + 1 / Math.sqrt(replies.high));
      const off = Math.min(0.9, LENGTH_DRIFT + 2 * sampling);
      return times(replies, { low: mean * (1 - off), high: mean * (1 + off) });
    };
    return { input: total(measured.input), output: clamp(total(measured.output), replies.high * perReply) };
  }
  const { input, output } = assumedTokens(call, facts);
  assumptions.take(
    null,
    `The ${role}'s tokens are guessed from the texts' lengths: profile "${call.profile}" has answered too little so far.`,
    [role],
  );
  return { input: times(replies, input), output: times(replies, clamp(output, perReply)) };
}

/** Tokens of one request and its reply, from lengths in characters and from habit. */
function assumedTokens(
  { role, frame }: CallFacts,
  { lengths, calls }: EstimateFacts,
): { readonly input: Range; readonly output: Range } {
  const { low, high } = ASSUMED.charactersPerToken;
  const tokens = (characters: number): Range => ({ low: characters / high, high: characters / low });
  const [least, most] = ASSUMED.output[role];
  const habit = { low: least, high: most };
  const answer = clamp(
    lengths.teacher === null
      ? { low: ASSUMED.output.teacher[0], high: ASSUMED.output.teacher[1] }
      : wider(tokens(lengths.teacher)),
    calls.teacher.outputLimit ?? Number.POSITIVE_INFINITY,
  );
  const instruction = tokens(lengths.instruction ?? 300);
  const input = sum(ASSUMED.wrapping, tokens(frame), instruction);
  switch (role) {
    case "teacher":
    case "student":
      return { input, output: answer };
    case "referee":
      return { input: sum(input, answer, answer), output: habit };
    case "generator":
      return { input, output: habit };
  }
}

/** What other texts say about these is rough. */
function wider({ low, high }: Range): Range {
  return { low: low / 2, high: high * 2 };
}

function costsOf(roles: readonly RoleEstimate[]): Estimate["costs"] {
  const sums = new Map<string, Range>();
  for (const { cost, currency, requests } of roles) {
    if (cost && currency !== null && requests.high > 0) {
      sums.set(currency, sum(sums.get(currency) ?? NONE, cost));
    }
  }
  return [...sums].map(([currency, range]) => ({ currency, ...range }));
}

/** The high end with what is used, and room for one worst case: without it the last request could not leave. */
function suggestedCost(
  { calls, used }: EstimateFacts,
  asked: readonly RoleEstimate[],
  costs: Estimate["costs"],
): Estimate["suggestion"]["cost"] {
  const [only, ...others] = costs;
  if (!only || others.length > 0) {
    return null;
  }
  const paid = asked.filter(({ currency, requests }) => currency !== null && requests.high > 0);
  if (paid.some(({ role }) => calls[role].outputLimit === null)) {
    return null;
  }
  const worst = paid.map(({ role, inputTokens, requests }) => {
    const { prices, outputLimit } = calls[role];
    // The worst case of an input is its bytes: several times its tokens.
    const input = (8 * inputTokens.high) / Math.max(1, requests.high);
    return prices ? priceOf(input, outputLimit ?? 0, prices) : 0;
  });
  const spent = used.costs.find(({ currency }) => currency === only.currency)?.cost ?? 0;
  return { currency: only.currency, cost: Math.ceil(spent + only.high + Math.max(0, ...worst)) };
}
