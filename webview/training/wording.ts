import type { ListedRun, RunAxis, RunMetric, TrainingString } from "../../src/protocol/training.ts";
import { type Formats, fill } from "../ui/format.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What the page is worded with. */
export interface Wording {
  readonly text: (key: TrainingString, ...values: readonly string[]) => string;
  readonly formats: Formats;
}

/** Wording in the person's language. */
export function wordingOf(strings: Readonly<Record<TrainingString, string>>, formats: Formats): Wording {
  return { text: (key, ...values) => fill(strings[key], ...values), formats };
}

export function nameOf({ iteration, number, of }: ListedRun, { text, formats }: Wording): string {
  return of === 1
    ? text("runName", formats.whole(iteration))
    : text("runNameOf", formats.whole(iteration), formats.whole(number));
}

/** A length of time in its two largest units. */
export function duration(seconds: number, { text, formats }: Wording): string {
  const two = (key: TrainingString, large: number, small: number): string =>
    text(key, formats.whole(Math.floor(seconds / large)), formats.whole(Math.floor((seconds % large) / small)));
  if (seconds < MINUTE) {
    return text("seconds", formats.whole(Math.round(seconds)));
  }
  return seconds < HOUR
    ? two("minutes", MINUTE, 1)
    : seconds < DAY
      ? two("hours", HOUR, MINUTE)
      : two("days", DAY, HOUR);
}

/** A measured value. */
export function measured(metric: RunMetric, value: number, { formats }: Wording): string {
  return metric === "speed" ? formats.whole(value) : formats.significant(value);
}

/** A value beside an axis. */
export function tick(metric: RunMetric, value: number, { formats }: Wording): string {
  return metric === "speed" ? formats.tick(value) : formats.significant(value, 3);
}

/** A place on the horizontal axis, beside it. */
export function placeTick(axis: RunAxis, place: number, wording: Wording): string {
  return axis === "seconds" ? shortTime(place) : wording.formats.tick(place);
}

/** A place on the horizontal axis, in words. */
export function placeText(axis: RunAxis, place: number, step: number | null, wording: Wording): string {
  const { text, formats } = wording;
  const beside = step === null || axis === "step" ? "" : ` (${text("atStep", formats.whole(step))})`;
  switch (axis) {
    case "step":
      return text("atStep", formats.whole(place));
    case "tokens":
      return text("atTokens", formats.whole(place)) + beside;
    case "seconds":
      return text("atSeconds", duration(place, wording)) + beside;
  }
}

/** `1:05` and `2:00:00`: as on a clock, for there is little room. */
function shortTime(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE), Math.round(seconds % MINUTE)];
  const pad = (value: number): string => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}
