import type { TestContext } from "node:test";
import { startSandbox } from "../../../src/core/sandbox/server.ts";
import type { LoopProject } from "../../support/loopProject.ts";
import { json, ScriptedEndpoint } from "../../support/scriptedEndpoint.ts";

/** The environment variable that the profiles name for the command line; the editor has keys of its own. */
const KEY_VARIABLE = "LION_E2E_KEY";

/** An endpoint that costs money as far as the editor can tell: it wants a key and counts. The sandbox's minds answer. */
export class PaidEndpoint {
  readonly #scripted: ScriptedEndpoint;

  private constructor(scripted: ScriptedEndpoint) {
    this.#scripted = scripted;
  }

  /** @param key without which nothing is answered. */
  static async start(context: TestContext, made: LoopProject, key: string): Promise<PaidEndpoint> {
    const sandbox = await startSandbox({ config: made.sandbox, key });
    const scripted = new ScriptedEndpoint(async ({ headers, body }, response) => {
      const answer = await fetch(`${sandbox.url}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: headers.authorization ?? "" },
        body: JSON.stringify(body),
      });
      json(response, answer.status, await answer.json());
    });
    await scripted.listen();
    context.after(async () => {
      await scripted.close();
      await sandbox.close();
    });
    return new PaidEndpoint(scripted);
  }

  get origin(): string {
    return new URL(this.#scripted.url).origin;
  }

  /** Requests for an answer that have arrived, refused ones counted. */
  get calls(): number {
    return this.#scripted.received.length;
  }

  /** The `Authorization` headers that have arrived, each once. */
  get authorizations(): ReadonlySet<string | undefined> {
    return new Set(this.#scripted.received.map(({ headers }) => headers.authorization));
  }

  /** Makes it answer for all roles of a project. */
  serve(made: LoopProject): void {
    const baseUrl = this.#scripted.url;
    const prices = { inputPerMillion: 1, outputPerMillion: 2, currency: "USD" };
    made.change((config) => ({
      ...config,
      profiles: Object.fromEntries(
        Object.entries(config.profiles).map(([name, profile]) => [
          name,
          profile.kind === "checkpoint"
            ? profile
            : {
                ...profile,
                kind: "openai" as const,
                baseUrl,
                apiKeyEnv: KEY_VARIABLE,
                structuredOutput: false,
                prices,
                // With a bound on each reply an allowance can bound the money.
                parameters: { max_tokens: 64 },
                limits: { ...profile.limits, concurrency: 4 },
              },
        ]),
      ),
    }));
  }
}
