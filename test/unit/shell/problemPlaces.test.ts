import assert from "node:assert/strict";
import { it } from "node:test";
import { inspectProject } from "../../../src/core/project/inspect.ts";
import { stretchOfProblem } from "../../../src/shell/config/problemPlaces.ts";

/** What is underlined, in the order of the problems. */
function underlined(text: string): string[] {
  const { document, schema, relations } = inspectProject(text);
  return [...schema, ...relations].map((problem) => {
    const { offset, length } = stretchOfProblem(document, problem);
    return text.slice(offset, offset + length);
  });
}

const SOUND = {
  name: "x",
  profiles: { ask: { kind: "openai", baseUrl: "https://a.example/v1", model: "m" } },
  roles: { teacher: "ask", student: "ask", referee: "ask", generator: "ask" },
};

it("underlines the value that is wrong, and no more", () => {
  const config = { ...SOUND, roles: { ...SOUND.roles, referee: "judge" }, seed: -1 };
  assert.deepEqual(underlined(JSON.stringify(config, null, 2)), ["-1", '"judge"']);
});

it("underlines the key that is wrong, that of a wrong section, and that of the section where something is missing", () => {
  const { generator: _, ...roles } = SOUND.roles;
  const config = { ...SOUND, roles, loop: { iteration: 1 } };
  assert.deepEqual(underlined(JSON.stringify(config)), ['"iteration"', '"roles"']);
  const sandbox = { ...SOUND, profiles: { ...SOUND.profiles, s: { kind: "sandbox", model: "oracle-teacher" } } };
  assert.deepEqual(underlined(JSON.stringify(sandbox)), ['"s"']);
});

it("underlines the beginning of the file where nothing else is there", () => {
  assert.deepEqual(new Set(underlined("{}")), new Set(["{"]));
});
