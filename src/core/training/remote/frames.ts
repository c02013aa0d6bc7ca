/** A named piece of a look's answer. */
export interface Frame {
  readonly name: string;
  readonly bytes: Buffer;
  /** How many bytes of the file are left for another look. */
  readonly rest: number;
}

/**
 * Reads the answer of `LOOK`: lines `name length rest`, each with so many bytes behind it.
 *
 * @returns null when it is torn, so that nothing of it is used.
 */
export function readFrames(answer: Buffer): Map<string, Frame> | null {
  const frames = new Map<string, Frame>();
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf(0x0a, at);
    const [, name, length, rest] =
      answer
        .subarray(at, end)
        .toString()
        .match(/^([a-z.]+) (\d+) (\d+)$/) ?? [];
    if (end < 0 || name === undefined) {
      return null;
    }
    const start = end + 1;
    at = start + Number(length);
    if (at > answer.length) {
      return null;
    }
    frames.set(name, { name, bytes: answer.subarray(start, at), rest: Number(rest) });
  }
  return frames.has("end") || frames.has("gone") ? frames : null;
}
