import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Database from "better-sqlite3";
import type { LoopEvent } from "../../src/core/loop/events.ts";
import { SANDBOX_SIZES } from "../../src/core/project/presets.ts";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";
import { editConfig, lion, lionJson, query, type Running, startLion } from "../support/lionCommand.ts";

const python = process.env.LION_PYTHON;
const skip = python ? false : "LION_PYTHON names no Python with torch";

type End = { event: "end"; outcome: string; exit: number; message: string };
type Event = LoopEvent | End;

let folder = "";
let fresh = "";

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "lion-run-"));
  fresh = join(folder, "fresh");
  await lionJson(["init", fresh, "--sandbox", "oracle", "--quick", "--seed", "2"]);
  editConfig(fresh, shrink);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Everything a run has, and little of it. */
function shrink(config: ProjectConfigInput): void {
  config.loop = { iterations: 1, newInstructions: 20 };
  config.discrimination = { panel: 10, maxRated: 60 };
  config.training = { ...config.training, processes: 1, epochs: 1, first: { epochs: 1 } };
  const { student } = config.profiles;
  if (student?.kind === "checkpoint") {
    student.maxNewTokens = 8;
  }
}

function copyOf(project: string, name: string): string {
  const copy = join(folder, name);
  cpSync(project, copy, { recursive: true });
  return copy;
}

function eventsOf(stdout: string): Event[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
}

/** Starts a run and sends it SIGINT a little after something happened. */
function interruptAt(project: string, when: (event: Event) => boolean, milliseconds: number): Running {
  let sent = false;
  const run = startLion(["run", "--project", project, "--json", "--approval", "auto"], {
    onLine: (line) => {
      if (!sent && when(JSON.parse(line) as Event)) {
        sent = true;
        setTimeout(() => run.child.kill("SIGINT"), milliseconds);
      }
    },
  });
  return run;
}

test("an iteration and the closing training, from manual approval to the end", { skip }, async (context) => {
  const project = copyOf(fresh, "manual");
  const to = ["--project", project];

  await context.test("the run stops where a person is needed, and its events say how it went", async () => {
    const { code, stdout, stderr } = await lion(["run", "--json", "--approval", "manual", ...to]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^lion: 20 candidates of iteration 1 wait for approval: [^\n]+\.\n$/);
    const events = eventsOf(stdout);
    const end = events.at(-1) as End;
    assert.deepEqual({ ...end, message: "" }, { event: "end", outcome: "waiting", exit: 3, message: "" });
    assert.equal(events.filter(({ event }) => event === "end").length, 1);
    const stages = events.flatMap((event) => (event.event === "stage" ? [`${event.stage} ${event.state}`] : []));
    assert.deepEqual(stages, [
      "imitation running",
      "imitation done",
      "discrimination running",
      "discrimination done",
      "generation running",
      "generation waiting",
    ]);
    const progress = events.flatMap((event) => (event.event === "progress" ? [event] : []));
    for (const { done, total, iteration } of progress) {
      assert.ok(Number.isInteger(done) && done >= 0 && iteration === 1);
      assert.ok(total === null || (Number.isInteger(total) && total >= done), `${done} of ${total}`);
    }
    for (const step of ["teacher answers", "training steps", "student answers", "panel", "rated", "candidates"]) {
      assert.ok(
        progress.some((event) => event.step === step),
        `there is progress of ${step}`,
      );
    }
  });

  await context.test("a second run waits again, without a request", async () => {
    const before = query(project, "SELECT count(*) AS n FROM attempt");
    assert.equal((await lion(["run", "--approval", "manual", ...to])).code, 3);
    assert.deepEqual(query(project, "SELECT count(*) AS n FROM attempt"), before);
  });

  await context.test("candidates are listed, refused, approved and finished", async () => {
    type Listed = { id: number; half: string; state: string };
    const listed = await lionJson<Listed[]>(["review", "list", ...to]);
    assert.equal(listed.length, 20);
    const first = String(listed[0]?.id);
    const refused = await lionJson<{ waiting: number }>(["review", "refuse", first, "--reason", "dull", ...to]);
    assert.equal(refused.waiting, 19);
    const hard = listed.filter(({ id, half }) => half === "hard" && String(id) !== first).length;
    const some = await lionJson<{ approved: number[] }>(["review", "approve", "--all", "--half", "hard", ...to]);
    assert.equal(some.approved.length, hard);
    const rest = await lionJson<{ waiting: number }>(["review", "approve", "--all", ...to]);
    assert.equal(rest.waiting, 0);
    const gone = await lionJson<Listed[]>(["review", "list", "--state", "refused", ...to]);
    assert.deepEqual(
      gone.map(({ id }) => String(id)),
      [first],
    );
    const finished = await lionJson<{ approved: number; missing: number }>(["review", "finish", ...to]);
    assert.equal(finished.approved, 19);
    assert.equal(finished.missing, 1);
    assert.equal((await lion(["review", "finish", ...to])).code, 2, "an approval is finished once");
  });

  await context.test("the next run trains on what was approved, in plain lines in a pipe", async () => {
    const { code, stdout, stderr } = await lion(["run", ...to]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.doesNotMatch(stdout, /[^\P{Cc}\n]/u, "no control characters");
    assert.match(stdout, /^Iteration 2: imitation$/m);
    assert.match(stdout, /^ {2}training steps \d+ of \d+ · loss \d+\.\d+/m);
    assert.match(stdout, /^Done\./m);
    const status = await lionJson<{
      trainPool: number;
      cachePool: number;
      iterations: Array<{ rated: number; hard: number; easy: number; unscored: number; evaluation: unknown }>;
    }>(["status", ...to]);
    assert.equal(status.trainPool, 19);
    assert.equal(status.cachePool, SANDBOX_SIZES.quick.pool + 19);
    assert.equal(status.iterations.length, 2);
    for (const { rated, hard, easy, unscored, evaluation } of status.iterations) {
      assert.equal(rated, hard + easy + unscored);
      assert.ok(evaluation);
    }
    const again = await lion(["run", ...to]);
    assert.equal(again.code, 0, "a run with nothing left to do is done");
    assert.doesNotMatch((await lion(["status", ...to])).stdout, /[^\P{Cc}\n]/u);
  });

  await context.test("exports of equal pools are equal in every byte", async () => {
    const [one, two] = [join(folder, "one.json"), join(folder, "two.json")] as const;
    assert.deepEqual(await lionJson(["export", "train", one, ...to]), { written: 19 });
    assert.deepEqual(await lionJson(["export", "train", two, ...to]), { written: 19 });
    assert.deepEqual(readFileSync(one), readFileSync(two));
    const rows = JSON.parse(readFileSync(one, "utf8")) as Array<Record<string, string>>;
    assert.equal(rows.length, 19);
    for (const { instruction, input, output } of rows) {
      assert.ok(instruction && input === "" && output, "the teacher's answer is the output");
    }
    for (const what of ["cache", "candidates", "verdicts", "ratings", "decisions"]) {
      const { written } = await lionJson<{ written: number }>(["export", what, join(folder, what), ...to]);
      assert.ok(written > 0, what);
    }
  });

  await context.test("a backup is a whole project database", async () => {
    const file = join(folder, "copy.db");
    assert.deepEqual(await lionJson(["backup", file, ...to]), { written: file });
    const db = new Database(file, { readonly: true });
    assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
    const count = "SELECT count(*) AS n FROM instruction";
    assert.deepEqual(db.prepare(count).all(), query(project, count));
    db.close();
  });

  await context.test("the doctor finds nothing wrong", async () => {
    const { code, stdout } = await lion(["doctor", ...to]);
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, /FAIL/);
    assert.match(stdout, /^ok {4}Python: .* with torch /m);
  });

  await context.test("a student can be trained outside the loop", async () => {
    const output = join(folder, "weights");
    const trained = await lion(["train", "--data", join(folder, "one.json"), "--output", output, "--json", ...to]);
    assert.equal(trained.code, 0, trained.stderr);
    const result = JSON.parse(trained.stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
    assert.equal(result.output, output);
    assert.equal(result.examples, 19);
    assert.match(String(result.weightsSha256), /^[0-9a-f]{64}$/);
    assert.ok(existsSync(join(output, "model.safetensors")));
    const again = await lion(["train", "--data", join(folder, "one.json"), "--output", output, ...to]);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /exists already/);
  });
});

test("Ctrl+C in the middle of each stage, and of each kind of job, loses nothing", { skip }, async () => {
  const project = copyOf(fresh, "interrupted");
  const at =
    (iteration: number, step: string) =>
    (event: Event): boolean =>
      event.event === "progress" && event.iteration === iteration && event.step === step;
  const moments = [at(1, "training steps"), at(1, "rated"), at(1, "candidates"), at(2, "training steps")];
  for (const [position, moment] of moments.entries()) {
    const run = interruptAt(project, moment, 0);
    const { code, stdout, stderr } = await run.ended;
    const end = eventsOf(stdout).at(-1) as End;
    // A stage may be over before the signal comes; then the run is stopped in the next one. After the last there is none.
    const isLast = position === moments.length - 1;
    assert.ok(code === 130 || (isLast && code === 0), `${position}: ${stderr}`);
    assert.equal(end.exit, code);
    if (code === 130) {
      assert.equal(end.outcome, "interrupted");
      assert.match(stderr, /^lion: [^\n]+\.\n$/);
    }
    assert.deepEqual(query(project, "SELECT count(*) AS n FROM attempt WHERE state = 'sent'"), [{ n: 0 }]);
    assert.deepEqual(query(project, "SELECT count(*) AS n FROM lease"), [{ n: 0 }]);
  }
  const { code, stderr } = await lion(["run", "--project", project, "--approval", "auto"]);
  assert.equal(code, 0, stderr);
  const twice = query(
    project,
    "SELECT request_key FROM attempt WHERE state = 'settled' GROUP BY request_key HAVING count(*) > 1",
  );
  assert.deepEqual(twice, [], "nothing was asked for again");
  assert.equal(query(project, "SELECT 1 FROM checkpoint").length, 2);
});

test("two engines at once: the second is refused, and another process can pause the first", { skip }, async () => {
  const project = copyOf(fresh, "two");
  let started = (): void => {};
  const training = new Promise<void>((resolve) => {
    started = resolve;
  });
  const first = startLion(["run", "--project", project, "--json"], {
    onLine: (line) => {
      if (JSON.parse(line).step === "teacher answers") {
        started();
      }
    },
  });
  await training;
  const second = await lion(["run", "--project", project]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`Another engine.*process ${first.child.pid}`));
  const asked = await lionJson<{ pausing: boolean }>(["pause", "--project", project]);
  assert.equal(asked.pausing, true);
  const ended = await first.ended;
  assert.equal(ended.code, 130, ended.stderr);
  const job = query<{ directory: string }>(project, "SELECT directory FROM job")[0];
  // A job that was begun goes on by itself; it must not outlive its folder.
  if (job) {
    const rc = join(project, ".lion", job.directory, "rc");
    for (let waited = 0; !existsSync(rc) && waited < 600; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
