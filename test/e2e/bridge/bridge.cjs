// Runs in the extension host of every window under test: evaluates the functions that a test posts, on loopback.
const { randomUUID } = require("node:crypto");
const { createServer } = require("node:http");
const { renameSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const vscode = require("vscode");

/** Calls the function whose source is given with `vscode` and the argument. */
async function evaluate({ source, argument }) {
  const call = new Function("vscode", "argument", `return (${source})(vscode, argument);`);
  return call(vscode, argument);
}

async function answer(request, response, token) {
  if (request.headers.authorization !== `Bearer ${token}`) {
    response.writeHead(403).end();
    return;
  }
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  let reply;
  try {
    reply = { value: await evaluate(JSON.parse(Buffer.concat(chunks).toString())) };
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
}

/** Opens the server and says in a file of BRIDGE_FOLDER, named for this process, where it is. */
function activate(context) {
  const folder = process.env.BRIDGE_FOLDER;
  if (!folder) {
    return;
  }
  const token = randomUUID();
  const file = join(folder, `${process.pid}.json`);
  const server = createServer((request, response) => void answer(request, response, token));
  server.listen(0, "127.0.0.1", () => {
    writeFileSync(`${file}.new`, JSON.stringify({ port: server.address().port, token }));
    renameSync(`${file}.new`, file);
  });
  context.subscriptions.push({
    dispose() {
      server.close();
      rmSync(file, { force: true });
    },
  });
}

module.exports = { activate };
