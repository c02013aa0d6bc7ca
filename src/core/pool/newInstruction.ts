import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { nextOpenIteration } from "../loop/iterations.ts";
import type { Store } from "../store/store.ts";
import type { DestinationName } from "./destinations.ts";
import { contentHash, type InstructionText } from "./instruction.ts";

export interface WrittenInstruction extends InstructionText {
  readonly into: Exclude<DestinationName, "evaluation">;
  /** Who wrote it; kept as a tag. */
  readonly actor: string;
}

export interface AddedInstruction {
  readonly id: number;
  /** The iteration whose pools or candidates it joined. */
  readonly iteration: number;
}

/**
 * Adds an instruction that a person wrote, by the rules of an import. A text that is stored already, but not where it is
 * wanted, joins there as it is.
 *
 * @throws LionError of kind `input` when the text is empty or broken, stands there already, or is one of an evaluation set.
 */
export function addInstruction(store: Store, clock: Clock, written: WrittenInstruction): AddedInstruction {
  const text = checkedText(written);
  const iteration = nextOpenIteration(store);
  return store.write(() => {
    const equal = store.instructions.withContent(contentHash(text));
    const evaluated = equal.find(({ purpose }) => purpose === "evaluation");
    if (evaluated) {
      throw new LionError(
        "input",
        `This is the evaluation instruction #${evaluated.id}, which must not be trained on: write another one.`,
      );
    }
    const there = equal.find(({ id }) => isThere(store, id, written.into));
    if (there) {
      throw new LionError("input", `This instruction is there already as #${there.id}: change its text, or leave it.`);
    }
    const id = equal[0]?.id ?? insert(store, clock, text, written.actor);
    join(store, clock, { id, iteration, into: written.into });
    return { id, iteration };
  });
}

function insert(store: Store, clock: Clock, text: InstructionText, actor: string): number {
  return store.instructions.insert({ ...text, origin: "written", tags: { writtenBy: actor } }, clock.now());
}

function isThere(store: Store, id: number, into: WrittenInstruction["into"]): boolean {
  switch (into) {
    case "pools":
      return store.pools.isInCache(id) && store.pools.wasTrained(id);
    case "cache":
      return store.pools.isInCache(id);
    case "candidates":
      return store.pools.isInCache(id) || store.candidates.get(id) !== null;
  }
}

function join(
  store: Store,
  clock: Clock,
  { id, iteration, into }: AddedInstruction & Pick<WrittenInstruction, "into">,
): void {
  if (into === "candidates") {
    store.candidates.add(
      {
        ...{ instructionId: id, iteration, half: null, ordinal: 0, parentId: null, answerId: null },
        ...{ filter: null, filterDetail: null, nearestId: null, nearestScore: null },
      },
      clock.now(),
    );
    return;
  }
  store.pools.add("cache", iteration, [id]);
  if (into === "pools") {
    store.pools.add("train", iteration, [id]);
  }
}

/** The text as it is stored: half surrogates, which no file can hold as UTF-8, become U+FFFD. */
function checkedText({ turns, input, system }: InstructionText): InstructionText {
  const last = turns.at(-1);
  if (last?.role !== "user" || turns.some(({ content }) => content.trim() === "")) {
    throw new LionError("input", "An instruction needs a text: say what is to be done.");
  }
  const parts = [...turns.map(({ content }) => content), input, system];
  if (parts.some((part) => part.includes("\0"))) {
    throw new LionError("input", "The instruction has a NUL character in it: take it out.");
  }
  const optional = (part: string): string => (part.trim() === "" ? "" : part.toWellFormed());
  return {
    turns: turns.map(({ role, content }) => ({ role, content: content.toWellFormed() })),
    input: optional(input),
    system: optional(system),
  };
}
