import type { Random } from "../random.ts";
import { complete, type MindReply } from "./chat.ts";
import { CARRIERS } from "./families/carriers.ts";

/** What a malformed reply is made from. */
interface Material {
  readonly parent: string;
  /** A new instruction; each call gives another. */
  readonly fresh: () => string;
  readonly random: Random;
}

/** More words than any instruction may have. */
const TOO_MANY_WORDS = 170;

/**
 * The ways in which a generator's reply goes wrong. The label of the third is to be taken off by whoever reads it; the
 * others are to be refused.
 */
const MISTAKES: Readonly<Record<string, (material: Material) => MindReply>> = {
  repeated: ({ parent }) => complete(parent),
  nearlyRepeated: ({ parent, random }) => complete(`${parent.trimEnd()} ${random.pick(CARRIERS)}`),
  labelled: ({ fresh }) => complete(`New instruction: ${fresh()}`),
  refused: () => complete("I'm sorry, but I can't help with creating that instruction."),
  tooLong: ({ fresh, random }) =>
    complete(`${fresh()} ${Array.from({ length: TOO_MANY_WORDS }, () => random.pick(CARRIERS)).join(" ")}`),
  empty: () => complete(""),
  cut: ({ fresh }) => {
    const text = fresh();
    return { content: text.slice(0, Math.ceil(text.length / 2)), finishReason: "length" };
  },
  several: ({ fresh }) => complete(`1. ${fresh()}\n2. ${fresh()}`),
};

/** Each as likely as the others. */
const MISTAKE_NAMES: readonly string[] = Object.keys(MISTAKES);

/** A generator's reply: a new instruction, or, in the given share of all replies, one of the mistakes. */
export function generatorReply(share: number, material: Material): MindReply {
  const mistake = material.random.next() < share ? MISTAKES[material.random.pick(MISTAKE_NAMES)] : undefined;
  return mistake === undefined ? complete(material.fresh()) : mistake(material);
}
