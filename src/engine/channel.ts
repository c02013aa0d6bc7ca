import type { Socket } from "node:net";
import { LONGEST_LINE } from "../protocol/engine.ts";

/** A peer that reads nothing is given up when this many bytes wait for it. */
const MOST_WAITING = 16 * LONGEST_LINE;

/** One end of a connection on which each line is a JSON object. */
export class Channel {
  readonly #socket: Socket;
  #parts: Buffer[] = [];
  #length = 0;

  /**
   * @param onLine told each line; may close the channel.
   * @param onClose told once that the connection is over, for whatever reason.
   */
  constructor(socket: Socket, handlers: { onLine: (line: string) => void; onClose: () => void }) {
    this.#socket = socket;
    // What breaks a connection also closes it, and that is all that anybody needs to know.
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#take(chunk, handlers.onLine));
    socket.once("close", handlers.onClose);
  }

  send(message: object): void {
    if (this.#socket.writable) {
      this.#socket.write(`${JSON.stringify(message)}\n`);
      if (this.#socket.writableLength > MOST_WAITING) {
        this.#socket.destroy();
      }
    }
  }

  /** Sends what waits and hangs up. */
  end(): void {
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Hangs up at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer, onLine: (line: string) => void): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0 && !this.#socket.destroyed; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.#parts, rest.subarray(0, end)]);
      rest = rest.subarray(end + 1);
      this.#parts = [];
      this.#length = 0;
      if (line.length > LONGEST_LINE) {
        this.#socket.destroy();
        return;
      }
      onLine(line.toString("utf8"));
    }
    this.#parts.push(rest);
    this.#length += rest.length;
    if (this.#length > LONGEST_LINE) {
      this.#parts = [];
      this.#socket.destroy();
    }
  }
}
