/** Which of the two answers, in the order in which the referee was shown them. */
export type Side = "first" | "second";

/**
 * A place in a reply that ties a number to a side. `value` is null where something stands in a score's place that is no
 * single number from 1 to 10; such a claim makes the whole reply unreadable.
 */
export interface Claim {
  readonly side: Side;
  readonly value: number | null;
}

/** Claims for both sides at once. */
export function pairOfClaims(first: number | null, second: number | null): Claim[] {
  return [
    { side: "first", value: first },
    { side: "second", value: second },
  ];
}
