/** A list of 32-bit integers that grows by doubling. */
export class GrowingInts {
  values = new Int32Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;

/**
 * Room for runs of 32-bit integers that stay where they are. It grows by chunks, so that no growth copies what is
 * there: copying would stop the caller for tens of milliseconds at a time. A run never crosses from chunk to chunk.
 */
export class IntArena {
  readonly #chunks: Int32Array[] = [];
  #next = 0;
  #end = 0;

  /** Reserves `count` zeros. Returns the run's address. */
  allocate(count: number): number {
    if (this.#next + count > this.#end) {
      this.#next = this.#chunks.length << CHUNK_BITS;
      const chunk = new Int32Array(Math.max(CHUNK, count));
      // A run longer than a chunk has an array of its own, and takes up the addresses of several chunks.
      for (let covered = 0; covered < chunk.length; covered += CHUNK) {
        this.#chunks.push(chunk);
      }
      this.#end = this.#chunks.length << CHUNK_BITS;
    }
    const address = this.#next;
    this.#next = count > CHUNK ? this.#end : address + count;
    return address;
  }

  /** The array that holds the run at `address`; the run begins at `offsetOf(address)`. */
  chunkOf(address: number): Int32Array {
    return this.#chunks[address >>> CHUNK_BITS] as Int32Array;
  }

  offsetOf(address: number): number {
    return address & (CHUNK - 1);
  }
}
