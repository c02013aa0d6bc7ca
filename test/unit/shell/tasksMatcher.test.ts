import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { TaskLines } from "../../../src/shell/tasks/taskLines.ts";
import { english } from "./english.ts";

interface Pattern {
  readonly regexp: string;
  readonly file?: number;
  readonly line?: number;
  readonly message?: number;
}

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));
const patterns: readonly Pattern[] = manifest.contributes.problemMatchers[0].pattern;

/** What VS Code finds: as many lines in a row as there are patterns, each matching its own. */
function problemsIn(lines: readonly string[]): Array<{ file?: string; line?: string; message?: string }> {
  return lines.flatMap((_, start) => {
    const matches = patterns.map(({ regexp }, offset) => new RegExp(regexp).exec(lines[start + offset] ?? ""));
    if (matches.some((match) => match === null)) {
      return [];
    }
    const found: Record<string, string> = {};
    patterns.forEach((pattern, index) => {
      for (const part of ["file", "line", "message"] as const) {
        const group = pattern[part];
        if (group !== undefined) {
          found[part] = matches[index]?.[group] ?? "";
        }
      }
    });
    return [found];
  });
}

/** The lines of a task's terminal, as the matcher sees them: without colours. */
function shown(log: string): string[] {
  return stripVTControlCharacters(new TaskLines(english).log(log.split("\n"))).split("\r\n");
}

// As printed by Python 3.11 under torch.distributed.run, shortened.
const TRACEBACK = `[stdout] step 1
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/home/me/trainer/train.py", line 11, in <module>
    main()
  File "/home/me/trainer/train.py", line 7, in main
    value = inner("{}")
            ^^^^^^^^^^^
  File "/home/me/trainer/rows.py", line 4, in inner
    return json.loads(text)["missing"] + len(text)
           ~~~~~~~~~~~~~~~~^^^^^^^^^^^
KeyError: 'missing'
E1122 01:08:45.885000 17527 torch/distributed/elastic/multiprocessing/api.py:1002] failed (exitcode: 1)
Traceback (most recent call last):
  File "/venv/torch/distributed/launcher/api.py", line 383, in launch_agent
    raise ChildFailedError(
torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
============================================================`;

describe("the problem matcher for the trainer's tracebacks", () => {
  it("points at the innermost frame, once, and not at the launcher's own error", () => {
    assert.deepEqual(problemsIn(shown(TRACEBACK)), [
      { file: "/home/me/trainer/rows.py", line: "4", message: "KeyError: 'missing'" },
    ]);
  });

  it("reads tracebacks that name their rank, and errors without a message", () => {
    const log = `[rank1]: Traceback (most recent call last):
[rank1]:   File "/t/a.py", line 3, in f
[rank1]:     assert rows
[rank1]: AssertionError`;
    assert.deepEqual(problemsIn(shown(log)), [{ file: "/t/a.py", line: "3", message: "AssertionError" }]);
  });

  it("finds nothing in what a training says when all is well", () => {
    assert.deepEqual(problemsIn(["step 1 of 20: loss 2.31", "  File saved", "    in 3 s", "done: 20 steps"]), []);
  });
});
