/** An estimate with its 95 % confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many observations it rests on. */
  readonly count: number;
}

/** 97.5 % point of the standard normal distribution. */
const Z = 1.959963984540054;

/** 97.5 % points of Student's t for 1 to 4 degrees of freedom, where the expansion below is too coarse. */
const SMALL_T = [12.7062047, 4.3026527, 3.1824463, 2.7764451];

/**
 * The 97.5 % point of Student's t distribution: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, an
 * expansion around the normal's; right to three digits from 5 degrees of freedom on.
 */
export function studentT(degrees: number): number {
  const exact = SMALL_T[degrees - 1];
  if (exact !== undefined) {
    return exact;
  }
  const [z, z3, z5, z7, z9] = [1, 3, 5, 7, 9].map((power) => Z ** power) as [number, number, number, number, number];
  return (
    z +
    (z3 + z) / (4 * degrees) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * degrees ** 4)
  );
}

/**
 * The mean with Student's t interval, mean ± t·s/√n (Student, Biometrika 6, 1908), s² with n − 1. Null without values;
 * a single value has no spread and an interval without bounds.
 */
export function meanWithInterval(values: readonly number[]): Estimate | null {
  return meanOfCounts(values.map((value) => ({ value, count: 1 })));
}

/** The same over values that occur several times each. Null without values. */
export function meanOfCounts(
  values: ReadonlyArray<{ readonly value: number; readonly count: number }>,
): Estimate | null {
  const count = values.reduce((sum, one) => sum + one.count, 0);
  const value = values.reduce((sum, one) => sum + one.value * one.count, 0) / count;
  if (count < 2) {
    return count === 0 ? null : { value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, count };
  }
  const variance = values.reduce((sum, one) => sum + one.count * (one.value - value) ** 2, 0) / (count - 1);
  const half = studentT(count - 1) * Math.sqrt(variance / count);
  return { value, low: value - half, high: value + half, count };
}

/**
 * A share with Wilson's score interval (Wilson, Journal of the American Statistical Association 22, 1927), which stays
 * within 0 and 1 and is honest at both ends. Null when there is nothing to count.
 */
export function shareWithInterval(hits: number, count: number): Estimate | null {
  if (count === 0) {
    return null;
  }
  const value = hits / count;
  const scale = 1 + Z ** 2 / count;
  const middle = (value + Z ** 2 / (2 * count)) / scale;
  const half = (Z / scale) * Math.sqrt((value * (1 - value)) / count + Z ** 2 / (4 * count ** 2));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half), count };
}

/** A rated panel instruction; the gap is the teacher's mean score minus the student's, null when unscored. */
export interface PanelRow {
  readonly instructionId: number;
  readonly gap: number | null;
}

export interface Outlook {
  readonly answer: "yes" | "unclear" | "no";
  /** For the user: what the last round did to the panel's gap, and what to expect of another. */
  readonly sentence: string;
  /** By how much the gap fell, instruction by instruction; null when no instruction was scored both times. */
  readonly gain: Estimate | null;
}

/**
 * Whether another round would pay, told from what the last one did to the fixed panel: the mean fall of the gap over
 * the instructions scored both times (the paired difference, which takes out how much the instructions differ), with
 * its interval. Yes when the whole interval is above 0 and a gap is left to close, no when the whole of it is below 0 or
 * no gap is left, unclear otherwise.
 */
export function wouldAnotherRoundPay(previous: readonly PanelRow[], current: readonly PanelRow[]): Outlook {
  const before = new Map(previous.map(({ instructionId, gap }) => [instructionId, gap]));
  const pairs = current.flatMap(({ instructionId, gap }) => {
    const earlier = before.get(instructionId) ?? null;
    return earlier === null || gap === null ? [] : [{ fall: earlier - gap, gap }];
  });
  const gain = meanWithInterval(pairs.map(({ fall }) => fall));
  const left = meanWithInterval(pairs.map(({ gap }) => gap));
  if (!gain || !left) {
    return {
      answer: "unclear",
      sentence:
        "Whether another round would pay cannot be told: no panel instruction was scored in both last iterations.",
      gain,
    };
  }
  const panel = `${gain.count} panel instruction${gain.count === 1 ? "" : "s"}`;
  if (left.high <= 0) {
    return {
      answer: "no",
      sentence: `Another round would hardly pay: on ${panel} the student is rated no worse than the teacher (gap ${show(left)}).`,
      gain,
    };
  }
  if (gain.low > 0) {
    return {
      answer: "yes",
      sentence: `Another round would probably pay: the last one lowered the gap on ${panel} by ${show(gain)}, and ${left.value.toFixed(2)} is left.`,
      gain,
    };
  }
  if (gain.high < 0) {
    return {
      answer: "no",
      sentence: `Another round like the last would not pay: it raised the gap on ${panel} by ${show(negative(gain))}.`,
      gain,
    };
  }
  return {
    answer: "unclear",
    sentence: `There is no clear sign that another round would pay: the last one changed the gap on ${panel} by ${show(negative(gain))}, which may be chance.`,
    gain,
  };
}

function negative({ value, low, high, count }: Estimate): Estimate {
  return { value: -value, low: -high, high: -low, count };
}

function show({ value, low, high, count }: Estimate): string {
  return count === 1 ? value.toFixed(2) : `${value.toFixed(2)} (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)})`;
}
