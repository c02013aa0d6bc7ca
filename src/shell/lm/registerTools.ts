import { type Disposable, lm } from "vscode";
import type { Demand } from "../demand.ts";
import { Disposables } from "../disposables.ts";

/** As package.json declares them. */
const NAMES = [
  "lion_list_hard_instructions",
  "lion_get_instruction",
  "lion_list_candidates",
  "lion_propose_decision",
  "lion_pool_statistics",
];

/** Lets language models in the editor call our tools. An editor without such models has none of this. */
export function registerTools(onDemand: Demand): Disposable {
  const disposables = new Disposables();
  if (typeof lm?.registerTool !== "function") {
    return disposables;
  }
  for (const name of NAMES) {
    disposables.add(
      lm.registerTool<unknown>(name, {
        prepareInvocation: async ({ input }) => (await onDemand()).tools.prepare(name, input),
        invoke: async ({ input }) => (await onDemand()).tools.call(name, input),
      }),
    );
  }
  return disposables;
}
