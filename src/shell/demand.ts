import type { OnDemand } from "./onDemand.ts";
import type { Shell } from "./shell.ts";
import type { Trees } from "./trees/registerTrees.ts";

/** Gives what is done on demand; loads and makes it the first time. */
export type Demand = () => Promise<OnDemand>;

/** The one way from what is registered at activation to what carries it out. */
export function demandOf(shell: Shell, trees: Trees): Demand {
  let made: Promise<OnDemand> | null = null;
  const make = async (): Promise<OnDemand> => {
    const { OnDemand } = await import("./onDemand.ts");
    const onDemand = new OnDemand(shell, trees);
    shell.context.subscriptions.push(onDemand);
    return onDemand;
  };
  return () => {
    made ??= make();
    return made;
  };
}
