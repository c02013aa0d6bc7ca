import type { PoolBrowser } from "../../core/browse/poolBrowser.ts";
import type { Clock } from "../../core/clock.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import type { Store } from "../../core/store/store.ts";
import type { Localizer } from "../trees/localizer.ts";

/** What a tool works on: the project that is open. */
export interface ToolContext {
  readonly store: Store;
  readonly browser: PoolBrowser;
  readonly config: ProjectConfig;
  readonly clock: Clock;
  /** The person's language, for what the person reads; results are English. */
  readonly words: Localizer;
  /** The name under which the agent's proposals are stored. */
  readonly agent: string;
  /** Why nothing can be proposed, in a sentence; null where it can. */
  readonly onlyRead: string | null;
  /** Runs a write, and again while another process holds the database. */
  readonly write: <T>(work: () => T) => Promise<T>;
}

/** What a person is asked before a tool runs. */
export interface Confirmation {
  readonly title: string;
  readonly message: string;
}

/** A tool that a language model can call. */
export interface LionTool {
  /** As package.json declares it. */
  readonly name: string;
  /** What the editor shows while it runs, without side effects. */
  readonly progress: (input: unknown, words: Localizer) => string;
  /**
   * What a person must agree to first; left out where a tool only reads.
   *
   * @throws LionError as `run` does, so that nobody is asked about what cannot be.
   */
  readonly confirmation?: (input: unknown, context: ToolContext) => Confirmation;
  /**
   * Does it. The result is for a model: see `toolText`.
   *
   * @throws LionError that says what is wrong with the input and what would be right.
   */
  readonly run: (input: unknown, context: ToolContext) => string | Promise<string>;
}
