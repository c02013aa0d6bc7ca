import axe, { type AxeResults } from "axe-core";
import type { Frame } from "playwright-core";

interface AxeWindow extends Window {
  readonly axe: { run(): Promise<AxeResults> };
}

/** What axe finds to be hard to use for somebody with a disability, in a webview: a line each, none when all is well. */
export async function accessibilityProblems(frame: Frame): Promise<string[]> {
  // Evaluated by the browser's debugger, which no security policy keeps out.
  await frame.evaluate(axe.source);
  const { violations } = await frame.evaluate(() => (window as unknown as AxeWindow).axe.run());
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${help}: ${html} (${failureSummary.replaceAll(/\s+/g, " ")})`),
  );
}
