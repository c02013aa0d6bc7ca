import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Frame } from "playwright-core";

interface AxeWindow extends Window {
  readonly axe: {
    run(): Promise<{ violations: ReadonlyArray<{ id: string; help: string; nodes: ReadonlyArray<{ html: string }> }> }>;
  };
}

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds to be hard to use for somebody with a disability, in a webview: a line each, none when all is well. */
export async function accessibilityProblems(frame: Frame): Promise<string[]> {
  // Evaluated by the browser's debugger, which no security policy keeps out.
  await frame.evaluate(source);
  const { violations } = await frame.evaluate(() => (window as unknown as AxeWindow).axe.run());
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ""}`);
}
