import { createServer } from "node:net";
import { LionError } from "../../errors.ts";

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") {
          reject(new LionError("environment", "There is no free port on this machine."));
        } else {
          resolve(address.port);
        }
      });
    });
  });
}
