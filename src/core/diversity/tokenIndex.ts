import { popcount } from "./bits.ts";
import { GrowingInts, IntArena } from "./ints.ts";
import { LcsMatcher } from "./lcsMatcher.ts";
import { CLAMPED, HEADER, POSTING, Postings } from "./postings.ts";
import { fm, need, needOfAny } from "./rougeL.ts";
import { type Encoded, Vocabulary } from "./vocabulary.ts";

export interface TokenMatch {
  /** Documents are numbered from 0 in the order in which they were added. */
  readonly document: number;
  readonly score: number;
}

/** One search: what is looked for, what has been found, and how much a document must share to still matter. */
interface Search {
  readonly query: Encoded;
  /** Tokens of the text, unknown ones included. */
  readonly length: number;
  readonly signature: number;
  readonly stamp: number;
  score: number;
  document: number;
}

/**
 * The most similar of many token lists by ROUGE-L, exactly: a prefix index over rare-first elements (AllPairs, PPJoin)
 * with length, position and signature bounds; whatever passes them is compared in full. Documents that can reach the
 * prefix threshold are found through their rarest elements alone; the other elements have lists of their own, for
 * searches below that threshold.
 */
export class TokenIndex {
  readonly #threshold: number;
  readonly #vocabulary = new Vocabulary();
  readonly #matcher = new LcsMatcher();
  readonly #postings = new Postings();
  readonly #tokens = new IntArena();
  /** By document: the address of its tokens, or −1 once removed; its length; the last search that looked at it. */
  readonly #starts = new GrowingInts();
  readonly #lengths = new GrowingInts();
  readonly #stamps = new GrowingInts();
  #searches = 0;

  /** @param threshold searches at this score or above read half of the lists only. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Adds one document and returns its number. */
  add(words: readonly string[]): number {
    const encoded = this.#vocabulary.learn(words);
    const document = this.#store(encoded);
    this.#post(document, encoded);
    return document;
  }

  /** Adds the first documents of an empty index, with the elements in order of their true frequency. */
  addFirst(texts: Iterable<readonly string[]>): void {
    const frequency = new GrowingInts();
    try {
      for (const words of texts) {
        const encoded = this.#vocabulary.learn(words);
        this.#store(encoded);
        while (frequency.length < this.#vocabulary.elementCount) {
          frequency.push(0);
        }
        for (let i = 0; i < encoded.elementCount; i++) {
          const element = encoded.elements[i] as number;
          frequency.values[element] = (frequency.values[element] as number) + 1;
        }
      }
    } finally {
      // Even when the caller's texts end in an error, those that came before it are in and can be found.
      this.#vocabulary.reorder(frequency.values);
      for (let document = 0; document < this.#starts.length; document++) {
        this.#post(document, this.#vocabulary.encodeAgain(this.#tokensOf(document)));
      }
    }
  }

  remove(document: number): void {
    this.#starts.values[document] = -1;
  }

  /** The most similar document that scores `floor` or more; of equals the one added first. Null if there is none. */
  best(words: readonly string[], floor: number): TokenMatch | null {
    const query = this.#vocabulary.lookUp(words);
    this.#searches++;
    const search: Search = {
      query,
      length: words.length,
      signature: signatureOf(query),
      stamp: this.#searches,
      score: floor,
      document: -1,
    };
    this.#matcher.prepare(query.tokens, query.tokenCount, this.#vocabulary.size);
    const withRest = floor < this.#threshold;
    for (let rest = query.elementCount; rest > 0 && rest >= needOfAny(search.score, search.length); rest--) {
      const element = query.elements[rest - 1] as number;
      this.#scan(prefixList(element), rest, search);
      if (withRest) {
        this.#scan(restList(element), rest, search);
      }
    }
    this.#matcher.release(query.tokens, query.tokenCount);
    return search.document < 0 ? null : { document: search.document, score: search.score };
  }

  /**
   * Looks at the documents of one list. `rest` elements of the query, this one included, have not been looked for: a
   * document that has not come up before shares no more than these.
   */
  #scan(list: number, rest: number, search: Search): void {
    const { length, signature, query, stamp } = search;
    const stamps = this.#stamps.values;
    const { arena } = this.#postings;
    for (let block = this.#postings.newestBlock(list); block >= 0; ) {
      const chunk = arena.chunkOf(block);
      const start = arena.offsetOf(block);
      const end = start + HEADER + (chunk[start + 1] as number) * POSTING;
      for (let at = start + HEADER; at < end; at += POSTING) {
        const packed = chunk[at + 1] as number;
        let otherLength = packed >>> 16;
        if (otherLength === CLAMPED) {
          otherLength = this.#lengths.values[chunk[at] as number] as number;
        }
        const needed = need(search.score, length, otherLength);
        if (rest < needed || otherLength - (packed & CLAMPED) < needed) {
          continue;
        }
        const other = chunk[at + 2] as number;
        if (
          query.elementCount - popcount(signature & ~other) < needed ||
          otherLength - popcount(other & ~signature) < needed
        ) {
          continue;
        }
        const document = chunk[at] as number;
        if (stamps[document] !== stamp) {
          stamps[document] = stamp;
          this.#compare(document, otherLength, needed, search);
        }
      }
      block = chunk[start] as number;
    }
  }

  #compare(document: number, otherLength: number, needed: number, search: Search): void {
    const address = this.#starts.values[document] as number;
    if (address < 0) {
      return;
    }
    const tokens = this.#tokens.chunkOf(address);
    const common = this.#matcher.common(tokens, this.#tokens.offsetOf(address), otherLength, needed);
    const score = fm(common, otherLength, search.length);
    const ahead = search.document < 0 || document < search.document;
    if (score > search.score || (score === search.score && ahead)) {
      search.score = score;
      search.document = document;
    }
  }

  #store(encoded: Encoded): number {
    const address = this.#tokens.allocate(encoded.tokenCount);
    this.#tokens.chunkOf(address).set(encoded.tokens.subarray(0, encoded.tokenCount), this.#tokens.offsetOf(address));
    this.#starts.push(address);
    this.#lengths.push(encoded.tokenCount);
    this.#stamps.push(0);
    return this.#starts.length - 1;
  }

  #tokensOf(document: number): Int32Array {
    const address = this.#starts.values[document] as number;
    const start = this.#tokens.offsetOf(address);
    return this.#tokens.chunkOf(address).subarray(start, start + (this.#lengths.values[document] as number));
  }

  #post(document: number, { elements, elementCount, tokens, tokenCount }: Encoded): void {
    const signature = signatureOf({ tokens, tokenCount });
    const needed = needOfAny(this.#threshold, tokenCount);
    for (let position = 0; position < elementCount; position++) {
      const element = elements[elementCount - 1 - position] as number;
      const list = tokenCount - position >= needed ? prefixList(element) : restList(element);
      this.#postings.push(list, document, tokenCount, position, signature);
    }
  }
}

/** Lists of documents that have the element among the rarest ones, through which they must be found. */
function prefixList(element: number): number {
  return element * 2;
}

function restList(element: number): number {
  return element * 2 + 1;
}

/** One bit of 32 for every token; bits that one text has and another lacks count tokens that they don't share. */
function signatureOf({ tokens, tokenCount }: Pick<Encoded, "tokens" | "tokenCount">): number {
  let signature = 0;
  for (let i = 0; i < tokenCount; i++) {
    // Knuth's multiplicative hashing: 2^32 divided by the golden ratio.
    signature |= 1 << (Math.imul(tokens[i] as number, 0x9e3779b1) >>> 27);
  }
  return signature;
}
