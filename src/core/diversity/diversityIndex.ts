import { TokenIndex } from "./tokenIndex.ts";
import { type Tokenizer, type TokenizerMode, tokenizerFor } from "./tokenize.ts";

export interface DiversityOptions {
  readonly tokenizer: TokenizerMode;
  /** The ROUGE-L score in (0, 1] from which texts are too similar. */
  readonly limit: number;
  /** `below`: a score must be under the limit (the paper); `not-above`: the limit itself is accepted (the published code). */
  readonly boundary: "below" | "not-above";
  /**
   * The score from which the nearest neighbour is looked for; 0, the default, always finds it. A higher one is
   * quicker, the limit or more quickest: then only decisions are made. Decisions are the same with every floor.
   */
  readonly floor?: number;
}

/** What the index says about a text. */
export interface DiversityCheck {
  readonly accepted: boolean;
  /** The exact score of the nearest neighbour; 0 when none reaches the floor. */
  readonly score: number;
  /** The nearest neighbour, of equals the one added first; null when none shares a token or reaches the floor. */
  readonly nearestId: number | null;
}

export interface Neighbour {
  readonly id: number;
  readonly score: number;
}

/**
 * Everything that a new instruction must differ from. Scores are ROUGE-L F-measures to the last bit of the
 * reference's; ids are the caller's, each at most once at a time.
 *
 * Texts without any token (only emoji, only punctuation) score 1 against an equal text and 0 against all others in
 * `unicode` mode. In `reference` mode they score 0 always, as they do there.
 */
export class DiversityIndex {
  readonly #options: DiversityOptions;
  readonly #tokenizer: Tokenizer;
  readonly #index: TokenIndex;
  /** By id: the text's number in the token index, or the text itself when it has no tokens. */
  readonly #places = new Map<number, number | string>();
  /** By document number of the token index: the caller's id. */
  readonly #idOf: number[] = [];
  /** By text without tokens: the ids that have it, in the order of adding. */
  readonly #wordless = new Map<string, Set<number>>();

  constructor(options: DiversityOptions) {
    this.#options = options;
    this.#tokenizer = tokenizerFor(options.tokenizer);
    this.#index = new TokenIndex(options.limit);
  }

  /** How many texts are in the index. */
  get size(): number {
    return this.#places.size;
  }

  /** Says whether a text differs enough from everything in the index, and what it is nearest to. Adds nothing. */
  check(text: string): DiversityCheck {
    return this.#check(text, this.#tokenizer.tokenize(text));
  }

  /** Adds a text without asking. @throws RangeError if the id is in the index. */
  add(id: number, text: string): void {
    this.#add(id, text, this.#tokenizer.tokenize(text));
  }

  /** Checks a text and adds it if it is accepted, in one step that nothing can come between. @throws RangeError as `add` */
  checkAndAdd(id: number, text: string): DiversityCheck {
    this.#mustBeNew(id);
    const tokens = this.#tokenizer.tokenize(text);
    const result = this.#check(text, tokens);
    if (result.accepted) {
      this.#add(id, text, tokens);
    }
    return result;
  }

  /** Takes a text out again, for example a refused candidate. Returns false if the id is not in the index. */
  remove(id: number): boolean {
    const place = this.#places.get(id);
    if (place === undefined) {
      return false;
    }
    this.#places.delete(id);
    if (typeof place === "number") {
      this.#index.remove(place);
    } else {
      this.#removeWordless(place, id);
    }
    return true;
  }

  /** Adds many texts. Into an empty index they go in a layout that makes searches quicker. @throws RangeError as `add` */
  bulkLoad(items: Iterable<{ readonly id: number; readonly text: string }>): void {
    if (this.#idOf.length === 0) {
      this.#index.addFirst(this.#registered(items));
      return;
    }
    for (const { id, text } of items) {
      this.add(id, text);
    }
  }

  /**
   * The most similar text that scores `floor` or more, of equals the one added first; null if there is none, or none
   * that shares a token. Exact at every floor, slower at low ones.
   */
  nearest(text: string, floor = 0): Neighbour | null {
    return this.#nearest(text, this.#tokenizer.tokenize(text), floor);
  }

  #check(text: string, tokens: readonly string[]): DiversityCheck {
    const { limit, boundary, floor = 0 } = this.#options;
    const nearest = this.#nearest(text, tokens, Math.min(floor, limit));
    const score = nearest?.score ?? 0;
    return {
      accepted: boundary === "below" ? score < limit : score <= limit,
      score,
      nearestId: nearest?.id ?? null,
    };
  }

  #nearest(text: string, tokens: readonly string[], floor: number): Neighbour | null {
    if (tokens.length === 0) {
      const [first] = this.#options.tokenizer === "unicode" ? (this.#wordless.get(text) ?? []) : [];
      return first === undefined ? null : { id: first, score: 1 };
    }
    const match = this.#index.best(tokens, floor);
    return match && { id: this.#idOf[match.document] as number, score: match.score };
  }

  #add(id: number, text: string, tokens: readonly string[]): void {
    if (this.#register(id, text, tokens)) {
      this.#index.add(tokens);
    }
  }

  /** Notes where a text will be. Returns true if it has tokens and must go into the token index as the next document. */
  #register(id: number, text: string, tokens: readonly string[]): boolean {
    this.#mustBeNew(id);
    if (tokens.length > 0) {
      this.#places.set(id, this.#idOf.length);
      this.#idOf.push(id);
      return true;
    }
    this.#places.set(id, text);
    const equal = this.#wordless.get(text) ?? new Set();
    this.#wordless.set(text, equal.add(id));
    return false;
  }

  *#registered(items: Iterable<{ readonly id: number; readonly text: string }>): Generator<readonly string[]> {
    for (const { id, text } of items) {
      const tokens = this.#tokenizer.tokenize(text);
      if (this.#register(id, text, tokens)) {
        yield tokens;
      }
    }
  }

  #removeWordless(text: string, id: number): void {
    const equal = this.#wordless.get(text);
    equal?.delete(id);
    if (equal?.size === 0) {
      this.#wordless.delete(text);
    }
  }

  #mustBeNew(id: number): void {
    if (this.#places.has(id)) {
      throw new RangeError(`Text ${id} is in the diversity index already.`);
    }
  }
}
