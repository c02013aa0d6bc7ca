import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./temporaryFolder.ts";

/** How the pretended server behaves. */
export interface ServingBehaviour {
  /** Ends with this sentence instead of answering. */
  readonly fail?: string;
  /** Milliseconds between two words of an answer. */
  readonly pauseMs?: number;
  /** Milliseconds before it answers at all. */
  readonly startMs?: number;
  /** Dies while it answers a question with this word in it. */
  readonly diesAt?: string;
}

/** Answers "system|instruction|input|temperature", word by word, as often as max_tokens allows. */
const SERVER = `
import { createServer } from "node:http";
import { readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
const behaviour = JSON.parse(readFileSync(join(dirname(process.argv[1]), "behaviour.json"), "utf8"));
const argv = process.argv.slice(2);
if (argv[0] === "-c") {
  console.log(JSON.stringify({ python: "3.11.7", torch: "2.13.0", transformers: "5", tokenizers: "0.23", safetensors: "0.6", numpy: "2" }));
  process.exit(0);
}
const flag = (name) => argv[argv.indexOf("--" + name) + 1];
const state = (state, message) => {
  writeFileSync(flag("state") + ".tmp", JSON.stringify({ state, message }));
  renameSync(flag("state") + ".tmp", flag("state"));
};
console.log(JSON.stringify(argv));
state("running", "reading the model");
if (behaviour.fail) {
  state("failed", behaviour.fail);
  console.error("error: " + behaviour.fail);
  process.exit(1);
}
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
await rest(behaviour.startMs ?? 0);
const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) { text += chunk; }
  const body = JSON.parse(text);
  if (body.model !== flag("model_name")) {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "Only " + flag("model_name") + " is served here." } }));
    return;
  }
  const user = body.messages.at(-1);
  const system = body.messages.find(({ role }) => role === "system")?.content ?? "";
  const words = [system, user.content, user.input ?? "", String(body.temperature)].join("|").split(/(?<= )/).slice(0, body.max_tokens);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (value) => response.write("data: " + JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 0, model: body.model, ...value }) + "\\n\\n");
  for (const content of words) {
    if (behaviour.diesAt && content.includes(behaviour.diesAt)) { process.kill(process.pid, "SIGKILL"); }
    send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    await rest(behaviour.pauseMs ?? 0);
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: words.length === body.max_tokens ? "length" : "stop" }] });
  send({ choices: [], usage: { prompt_tokens: 9, completion_tokens: words.length, total_tokens: 9 + words.length } });
  response.end("data: [DONE]\\n\\n");
});
process.on("SIGTERM", () => { state("done", "ended"); unlinkSync(flag("ready")); process.exit(0); });
server.listen(0, "127.0.0.1", () => {
  writeFileSync(flag("ready") + ".tmp", JSON.stringify({ port: server.address().port, pid: process.pid, model: flag("model_name") }));
  renameSync(flag("ready") + ".tmp", flag("ready"));
  state("running", "answering");
});
`;

/** A program that stands for a Python with the trainer's server: same flags, same files, no student. Returns its path. */
export function servingPython(context: TestContext, behaviour: ServingBehaviour = {}): string {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, "behaviour.json"), JSON.stringify(behaviour));
  const path = join(folder, "python.mjs");
  writeFileSync(path, `#!${process.execPath}\n${SERVER}`);
  chmodSync(path, 0o755);
  return path;
}
