import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Asks a person for a passphrase, a password or a code. Null when they would rather not. */
export type Prompter = (question: string, host: string) => Promise<string | null>;

// What ssh starts when it has a question: it hands it to us through a socket and prints the answer for ssh to read.
const PROGRAM = `
import { connect } from "node:net";
const socket = connect(process.env.LION_ASKPASS_SOCKET);
let answer = "";
socket.on("error", () => process.exit(1));
socket.on("data", (chunk) => (answer += chunk));
socket.on("end", () => {
  if (answer === "") process.exit(1);
  process.stdout.write(JSON.parse(answer) + "\\n", () => process.exit(0));
});
socket.write(JSON.stringify([process.env.LION_ASKPASS_WORD, process.argv[2] ?? ""]) + "\\n");
`;

/** A question about a host's key: those are never answered here. */
const HOST_KEY = /yes\/no|fingerprint|continue connecting/i;

/**
 * Lets ssh ask for secrets through a prompter. They go through a socket in a private folder: never into an argument, a
 * variable, a file or a log, and they are not kept.
 */
export class Askpass {
  readonly #folder: string;
  readonly #server: Server;
  readonly #word = randomBytes(16).toString("hex");
  readonly #prompter: Prompter;
  readonly #host: string;

  private constructor(folder: string, prompter: Prompter, host: string) {
    this.#folder = folder;
    this.#prompter = prompter;
    this.#host = host;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Whether ssh's questions can be passed on from this system. */
  static get works(): boolean {
    return process.platform !== "win32";
  }

  static async open(prompter: Prompter, host: string): Promise<Askpass> {
    const folder = mkdtempSync(join(tmpdir(), "lion-ask-"));
    writeFileSync(join(folder, "ask.mjs"), PROGRAM, { mode: 0o600 });
    const script = `#!/bin/sh\nexec "$LION_ASKPASS_NODE" "\${0%/*}/ask.mjs" "$@"\n`;
    writeFileSync(join(folder, "ask.sh"), script, { mode: 0o700 });
    const askpass = new Askpass(folder, prompter, host);
    await new Promise<void>((resolve, reject) => {
      askpass.#server.once("error", reject);
      askpass.#server.listen(join(folder, "s"), resolve);
    });
    chmodSync(join(folder, "s"), 0o600);
    return askpass;
  }

  /** What ssh's environment needs on top. */
  get variables(): Record<string, string> {
    return {
      SSH_ASKPASS: join(this.#folder, "ask.sh"),
      SSH_ASKPASS_REQUIRE: "force",
      // Older clients ask by a program only where there seems to be a display.
      DISPLAY: process.env.DISPLAY || ":0",
      LION_ASKPASS_NODE: process.execPath,
      LION_ASKPASS_SOCKET: join(this.#folder, "s"),
      LION_ASKPASS_WORD: this.#word,
      // Where the program is an editor's, this makes it Node.js.
      ELECTRON_RUN_AS_NODE: "1",
    };
  }

  close(): void {
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #serve(socket: Socket): void {
    let text = "";
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.endsWith("\n")) {
        this.#answer(text).then(
          (answer) => socket.end(answer === null ? "" : JSON.stringify(answer)),
          () => socket.end(),
        );
      }
    });
  }

  async #answer(text: string): Promise<string | null> {
    const [word, question] = JSON.parse(text) as [string, string];
    return word !== this.#word || HOST_KEY.test(question) ? null : this.#prompter(question.trim(), this.#host);
  }
}
