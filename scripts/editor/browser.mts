import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { cacheFolder, ensureCodeServer } from "../vscodeServer/codeServer.mts";
import { VSCodeServer } from "../vscodeServer/server.mts";

/** Serves a folder with the packaged extension on loopback, for a browser that knows the token, until Ctrl+C. */
export async function serveToBrowser(folder: string, extension: string): Promise<void> {
  const server = await VSCodeServer.start({
    main: ensureCodeServer(),
    folder: join(cacheFolder, "browser"),
    extensions: [extension],
    token: randomBytes(16).toString("hex"),
  });
  console.log(
    `\nOpen this address in a browser on this machine:\n\n  ${server.address(folder)}\n\nCtrl+C ends VS Code.`,
  );
  const stop = (): void => void server.stop();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  await server.ended;
}
