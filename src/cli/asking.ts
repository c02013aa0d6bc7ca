import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { printable } from "./output.ts";

/** Asks in the terminal, on standard error, so that what is piped on stays clean. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${printable(question)} `)).trim();
  } finally {
    terminal.close();
  }
}

/** Asks for something that is not shown while it is typed. Null when nothing was typed. */
export async function askSecret(question: string): Promise<string | null> {
  process.stderr.write(`${printable(question.trim())} `);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  try {
    return (await terminal.question("")) || null;
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
