import assert from "node:assert/strict";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";
import { type LionOptions, lion } from "./lionCommand.ts";
import { type Script, ScriptedEndpoint } from "./scriptedEndpoint.ts";

/** Runs a command that must fail with this exit code and one sentence that says this; returns the sentence. */
export async function fails(
  code: number,
  says: RegExp,
  args: readonly string[],
  options: LionOptions = {},
): Promise<string> {
  const ended = await lion(args, options);
  assert.match(
    ended.stderr,
    /^lion: [^\n]{10,800}\.\n$/,
    `one sentence, and this is said: ${ended.stderr}${ended.stdout}`,
  );
  assert.match(ended.stderr, says);
  assert.doesNotMatch(ended.stderr, /\bat .*:\d+:\d+|Error:|undefined|\[object/);
  assert.equal(ended.code, code, ended.stderr);
  return ended.stderr;
}

/** Gives `work` an endpoint that does what the script says. */
export async function withEndpoint(
  script: Script | undefined,
  work: (endpoint: ScriptedEndpoint) => Promise<void>,
): Promise<void> {
  const endpoint = new ScriptedEndpoint(script);
  await endpoint.listen();
  try {
    await work(endpoint);
  } finally {
    await endpoint.close();
  }
}

/** An edit that puts the teacher at an address. */
export function teacherAt(url: string, more: Record<string, unknown> = {}): (config: ProjectConfigInput) => void {
  return (config) => {
    config.profiles.teacher = { kind: "openai", baseUrl: url, model: "m-1", limits: { concurrency: 2 }, ...more };
  };
}
