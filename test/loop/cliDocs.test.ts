import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { SystemClock } from "../../src/core/clock.ts";
import { Review } from "../../src/core/review/review.ts";
import { Store } from "../../src/core/store/store.ts";
import type { TrainedOnce } from "../../src/engine/trainOnce.ts";
import { editConfig, lion, lionJson, query, serveStudent, startLion } from "../support/lionCommand.ts";

const COMMON_OPTIONS = ["--project", "--json", "--help", "--version"];

interface Section {
  readonly heading: string;
  readonly text: string;
}

/** The chapter "Commands" of docs/cli.md, by command; a bar that Markdown's tables want escaped is a plain one here. */
function sections(): Map<string, Section> {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cli.md"), "utf8").replaceAll("\\|", "|");
  return new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((part) => {
        const [line = "", ...rest] = part.split("\n");
        const heading = line.replaceAll("`", "").replace(/^lion /, "");
        return [heading.split(" ")[0] ?? "", { heading, text: rest.join("\n") }];
      }),
  );
}

function section(command: string): Section {
  const found = sections().get(command);
  assert.ok(found, `docs/cli.md has no section on lion ${command}`);
  return found;
}

/** A command with its subcommands. */
function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands];
}

/** The documented members of the JSON objects in a section, object by object. */
function documentedObjects(command: string): string[][] {
  const [, json = ""] = section(command).text.split(/^JSON: /m);
  return objectsIn(json);
}

/** The documented members of the object that a row of a section's table describes. */
function documentedMember(command: string, field: string): string[] | undefined {
  const row = section(command)
    .text.split("\n")
    .find((line) => line.startsWith("|") && line.split("|")[1]?.includes(`\`${field}\``));
  return objectsIn(row ?? "")[0];
}

function objectsIn(text: string): string[][] {
  return [...text.matchAll(/`(\{[^`]+\})`/g)].map(([, object = ""]) =>
    [...object.matchAll(/[{,]\s*"(\w+)"/g)].map(([, name]) => name as string),
  );
}

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}

function assertFields(value: unknown, documented: readonly string[] | undefined, of: string): void {
  assert.deepEqual(sorted(Object.keys(value as object)), sorted(documented ?? []), `the JSON fields of ${of}`);
}

test("every command has its section, and every section its command", () => {
  assert.deepEqual(sorted(sections().keys()), sorted(createProgram().commands.map((command) => command.name())));
});

for (const command of createProgram().commands) {
  const name = command.name();

  test(`lion ${name}: arguments, subcommands and options are documented with their choices`, () => {
    const { heading, text } = section(name);
    for (const part of withSubcommands(command)) {
      assert.ok(part === command || heading.includes(part.name()), `${part.name()} is not in the heading`);
      for (const { argChoices } of part.registeredArguments) {
        assert.ok(argChoices === undefined || heading.includes(argChoices.join("|")), `${heading}: ${argChoices}`);
      }
      for (const { long, argChoices } of part.options) {
        if (long && !COMMON_OPTIONS.includes(long)) {
          const words = argChoices ? `${long} ${argChoices.join("|")}` : long;
          assert.ok(`${heading}\n${text}`.includes(`\`${words}`), `\`${words}\` is not documented`);
        }
      }
    }
  });

  test(`lion ${name}: nothing is documented that does not exist`, () => {
    const { heading, text } = section(name);
    const options = new Set(withSubcommands(command).flatMap((part) => part.options.map(({ long }) => long)));
    const firstCells = text
      .split("\n")
      .filter((line) => line.startsWith("| `--"))
      .map((line) => line.split(/ +\| /)[0]);
    for (const [option] of [heading, ...firstCells].join(" ").matchAll(/--[a-z-]+/g)) {
      assert.ok(options.has(option), `${option} is documented and does not exist`);
    }
    const words = heading.replaceAll(/\S+\.\S+/g, "").match(/[a-z]+(?:-[a-z]+)*/g) ?? [];
    const known = new Set(
      withSubcommands(command).flatMap((part) => [
        part.name(),
        ...part.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
      ]),
    );
    for (const word of words.filter((word) => !heading.includes(`--${word}`))) {
      assert.ok(known.has(word) || heading.includes(`-${word}`), `${word} is documented and does not exist`);
    }
  });
}

test("the exit codes in the table are the ones of the help", () => {
  const help = createProgram().helpInformation();
  assert.ok(help.includes("Commands:"));
  const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cli.md"), "utf8");
  const codes = [...text.matchAll(/^\| (\d+) +\| /gm)].map(([, code]) => Number(code));
  assert.deepEqual(codes, [0, 1, 2, 3, 4, 130]);
});

let folder = "";
let project = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lion-docs-"));
  project = join(folder, "tiny");
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("the JSON that commands print has the documented fields, neither more nor fewer", async () => {
  const made = await lionJson(["init", project, "--sandbox", "oracle", "--quick", "--seed", "3"]);
  assertFields(made, documentedObjects("init")[0], "init");
  editConfig(project, (config) => {
    serveStudent(config);
    config.loop = { iterations: 1, newInstructions: 4 };
    config.discrimination = { panel: 4, maxRated: 40 };
  });

  const rows = join(folder, "rows.jsonl");
  writeFileSync(rows, `${JSON.stringify({ instruction: "Name a colour.", input: "", output: "Red." })}\nnot json\n`);
  const imported = await lionJson<{ refused: unknown[] }>(["import", rows, "--project", project]);
  const [importFields, refusedFields] = documentedObjects("import");
  assertFields(imported, importFields, "import");
  assertFields(imported.refused[0], refusedFields, "a refused row");

  const written = await lionJson(["new", "Name a river.", "--into", "cache", "--project", project]);
  assertFields(written, documentedObjects("new")[0], "new");

  const estimate = await lionJson<{ roles: unknown[]; used: object; suggestion: object; requests: object }>([
    "estimate",
    "--project",
    project,
  ]);
  const [estimateFields, rangeFields] = documentedObjects("estimate");
  assertFields(estimate, estimateFields, "estimate");
  assertFields(estimate.requests, rangeFields, "a range");
  assertFields(estimate.roles[0], documentedMember("estimate", "roles"), "a role's estimate");
  assertFields(estimate.used, documentedMember("estimate", "used"), "an estimate's used");
  assertFields(estimate.suggestion, documentedMember("estimate", "suggestion"), "an estimate's suggestion");

  assertFields(await lionJson(["pause", "--project", project]), documentedObjects("pause")[0], "pause");

  const events: Array<Record<string, unknown>> = [];
  const run = startLion(["run", "--project", project, "--approval", "manual", "--json"], {
    onLine: (line) => events.push(JSON.parse(line)),
  });
  const { code, stderr } = await run.ended;
  assert.equal(code, 3, stderr);
  const documentedEvents = documentedObjects("run");
  for (const [position, kind] of ["stage", "progress", "note", "end"].entries()) {
    const event = events.find((event) => event.event === kind);
    assert.ok(event, `an event ${kind}`);
    assertFields(event, documentedEvents[position], `the event ${kind}`);
  }

  const status = await lionJson<{ iterations: Array<Record<string, unknown>> }>(["status", "--project", project]);
  const iteration = status.iterations[0] as Record<string, unknown> & { stages: unknown[] };
  const [statusFields, iterationFields] = documentedObjects("status");
  assertFields(status, statusFields, "status");
  assertFields(iteration, iterationFields, "an iteration");
  for (const [field, value] of Object.entries(iteration)) {
    const part: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof part === "object" && part !== null) {
      assertFields(part, documentedMember("status", field), `an iteration's ${field}`);
    }
  }
  assert.ok(iteration.evaluation && iteration.stages.length > 0);

  assertFields(await lionJson(["retry", "--project", project]), documentedObjects("retry")[0], "retry");
  const rerated = await lion(["rerate", "--limit", "2", "--project", project, "--json"]);
  assert.equal(rerated.code, 0, rerated.stderr);
  assertFields(JSON.parse(rerated.stdout.trim().split("\n").at(-1) ?? ""), documentedObjects("rerate")[0], "rerate");

  const [listFields, approveFields, refuseFields, excludeFields, undoFields, finishFields, ...ownFields] =
    documentedObjects("review");
  const [redoFields, editFields, judgeFields, scoreFields, correctFields, disputesFields, opinionFields] = ownFields;
  const review = (...args: string[]): Promise<Record<string, unknown>> =>
    lionJson(["review", ...args, "--project", project], { input: "Text of my own." });
  const listed = (await review("list")) as unknown as Array<{ id: number }>;
  assertFields(listed[0], listFields, "a listed candidate");
  const [first, second, third] = listed.map(({ id }) => String(id)) as [string, string, string];
  assertFields(await review("approve", first), approveFields, "review approve");
  assertFields(await review("refuse", second, "--reason", "dull"), refuseFields, "review refuse");
  assertFields(await review("exclude", third, "--reason", "wrong"), excludeFields, "review exclude");
  assertFields(await review("undo"), undoFields, "review undo");
  assertFields(await review("redo"), redoFields, "review redo");
  await review("undo");
  const text = ["--instruction", "Say in five words what a harbour is."];
  assertFields(await review("edit", third, ...text), editFields, "review edit");
  const [rated] = query<{ id: number }>(
    project,
    "SELECT instruction_id AS id FROM verdict WHERE gap IS NOT NULL LIMIT 1",
  );
  const verdict = String(rated?.id);
  assertFields(await review("judge", verdict, "--as", "agree"), judgeFields, "review judge");
  const scores = ["--teacher", "8", "--student", "7.5"];
  assertFields(await review("score", verdict, ...scores), scoreFields, "review score");
  assertFields(await review("correct", verdict), correctFields, "review correct");
  const store = new Store(join(project, ".lion", "lion.db"));
  const [disputed] = new Review({ store, clock: new SystemClock(), actor: "another person" }).refuse(
    [Number(first)],
    "dull",
    { second: true },
  ).decisions;
  store.close();
  const disputes = (await review("disputes")) as unknown as Array<{ subject: string; opinions: unknown[] }>;
  assert.equal(disputes[0]?.subject, disputed?.subject);
  assertFields(disputes[0], disputesFields, "a dispute");
  assertFields(disputes[0]?.opinions[0], opinionFields, "an opinion");
  await review("approve", first);
  assert.deepEqual(await review("disputes"), []);
  assertFields(await review("finish"), finishFields, "review finish");

  const exported = await lionJson(["export", "train", join(folder, "train.json"), "--project", project]);
  assertFields(exported, documentedObjects("export")[0], "export");
  const backup = await lionJson(["backup", join(folder, "copy.db"), "--project", project]);
  assertFields(backup, documentedObjects("backup")[0], "backup");
  const doctor = await lionJson<{ checks: unknown[] }>(["doctor", "--project", project]);
  const [doctorFields, checkFields] = documentedObjects("doctor");
  assertFields(doctor, doctorFields, "doctor");
  assertFields(doctor.checks[0], checkFields, "a check");

  const model = join(folder, "model");
  mkdirSync(model);
  writeFileSync(join(model, "config.json"), '{"model_type": "llama"}');
  writeFileSync(join(model, "model.safetensors"), "weights");
  const other = join(folder, "other");
  await lionJson(["init", other, "--sandbox", "oracle", "--quick"]);
  const [listedFields, forgottenFields, fetchedFields] = documentedObjects("checkpoint");
  const checkpoint = (...args: string[]): Promise<object> => lionJson(["checkpoint", ...args, "--project", other]);
  assertFields(await checkpoint("register", model), listedFields, "checkpoint register");
  assertFields(((await checkpoint("list")) as object[])[0], listedFields, "checkpoint list");
  assertFields(await checkpoint("fetch", "1"), fetchedFields, "checkpoint fetch");
  assertFields(await checkpoint("unregister", "1"), forgottenFields, "checkpoint unregister");
  const [targetFields] = documentedObjects("target");
  const targets = await lionJson<object[]>(["target", "list", "--project", other]);
  assertFields(targets[0], targetFields, "target list");
  assert.ok((await lionJson<object[]>(["target", "check", "--project", other])).length === 1);
  const [jobFields, cancelFields] = documentedObjects("job");
  const job = { id: "job-1", kind: "train", iteration: 1, purpose: "imitation" } as const;
  const book = new Store(join(other, ".lion", "lion.db"));
  book.training.addJob({ ...job, target: "local", directory: "jobs/job-1" }, 1);
  book.training.endJob(job.id, "failed", 1, 2);
  book.close();
  const jobs = await lionJson<object[]>(["job", "list", "--project", other]);
  assertFields(jobs[0], jobFields, "job list");
  assertFields(await lionJson(["job", "cancel", job.id, "--project", other]), cancelFields, "job cancel");

  const reviews = join(folder, "reviews.jsonl");
  writeFileSync(reviews, `${JSON.stringify({ text: "9 7\nThe first is better.", score: [9, 7] })}\n`);
  const check = await lionJson(["referee", "check", reviews]);
  assertFields(check, documentedObjects("referee")[0], "referee check");

  const sandbox = startLion(["sandbox", "--project", project, "--json"], {
    onLine: (line) => {
      assertFields(JSON.parse(line), documentedObjects("sandbox")[0], "sandbox");
      sandbox.child.kill("SIGINT");
    },
  });
  assert.equal((await sandbox.ended).code, 0);
});

test("the JSON of lion train is documented as its result's type says", () => {
  const fields: Record<keyof TrainedOnce, true> = { output: true, examples: true, weightsSha256: true };
  assertFields(fields, documentedObjects("train")[0], "train");
});
