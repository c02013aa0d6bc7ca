import { type Command, Option } from "commander";
import { SystemClock } from "../../core/clock.ts";
import type { ActContext, ActOptions } from "../../core/review/act.ts";
import type { Store } from "../../core/store/store.ts";
import { type CommonOptions, currentPerson, wholeNumber, withCommonOptions } from "../shared.ts";

/** Who decides. */
export interface PersonOptions extends CommonOptions {
  readonly actor?: string;
}

/** Who decides, and what is known of how. */
export interface DecidingOptions extends PersonOptions {
  readonly note?: string;
  readonly milliseconds?: number;
}

export function withPerson(command: Command): Command {
  return withCommonOptions(command).option("--actor <name>", "who decides (default: the git user)");
}

export function withDeciding(command: Command): Command {
  return withPerson(command)
    .option("--note <text>", "more about it")
    .addOption(new Option("--milliseconds <n>", "the time on the item").argParser(wholeNumber(0)));
}

/** Where the person's acts are stored. */
export function deciderIn(store: Store, { actor }: PersonOptions): ActContext {
  return { store, clock: new SystemClock(), actor: actor ?? currentPerson() };
}

export function actOptions({ note, milliseconds }: DecidingOptions): ActOptions {
  return { ...(note !== undefined && { note }), ...(milliseconds !== undefined && { milliseconds }) };
}
