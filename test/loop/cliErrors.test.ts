import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Database from "better-sqlite3";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";
import { fails, teacherAt, withEndpoint } from "../support/failing.ts";
import { editConfig, lion, lionJson, query, startLion } from "../support/lionCommand.ts";
import { refuse, reply } from "../support/scriptedEndpoint.ts";

const ROWS = 12;

let folder = "";
/** A project whose teacher has answered nothing yet; every test works on a copy. */
let base = "";
let copies = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "lion-errors-"));
  base = join(folder, "base");
  const rows = join(folder, "rows.jsonl");
  const texts = Array.from({ length: ROWS }, (_, n) => ({
    instruction: `Write ${n + 2} lines about the ${n}th of the months.`,
    input: "",
    output: `Here they are, all ${n + 2} of them.`,
  }));
  writeFileSync(rows, texts.map((row) => JSON.stringify(row)).join("\n"));
  await lionJson(["init", base, "--sandbox", "replay", "--set", rows]);
  editConfig(base, (config) => {
    config.loop = { iterations: 1, newInstructions: 4 };
  });
  await lionJson(["import", rows, "--outputs", "drop", "--project", base]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

function copyOfBase(edit: (config: ProjectConfigInput) => void = () => {}, place = folder): string {
  const project = join(place, `project-${++copies}`);
  cpSync(base, project, { recursive: true });
  editConfig(project, (config) => {
    if (config.sandbox) {
      config.sandbox.set = join(folder, "rows.jsonl");
    }
    edit(config);
  });
  return project;
}

/** Nothing that was stored is lost, and no request is without an owner. */
function assertUnharmed(project: string): void {
  assert.deepEqual(query(project, "PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  assert.deepEqual(query(project, "SELECT count(*) AS n FROM instruction"), [{ n: ROWS }]);
  assert.deepEqual(query(project, "SELECT count(*) AS n FROM attempt WHERE state = 'sent'"), [{ n: 0 }]);
  assert.deepEqual(query(project, "SELECT count(*) AS n FROM lease"), [{ n: 0 }]);
}

// The project file.

test("no lion.json", async () => {
  const empty = mkdtempSync(join(folder, "empty-"));
  await fails(2, /There is no lion\.json in .*--project/, ["status"], { cwd: empty });
  await fails(2, /There is no lion\.json/, ["run", "--project", empty]);
  await fails(2, /There is no folder/, ["run", "--project", join(empty, "nowhere")]);
});

test("a broken lion.json", async () => {
  const project = copyOfBase();
  writeFileSync(join(project, "lion.json"), '{\n  "name": "x",\n  "profiles": {\n');
  await fails(2, /lion\.json, line \d/, ["run", "--project", project]);
  assertUnharmed(project);
});

test("an unknown profile, an unknown key", async () => {
  const stranger = copyOfBase((config) => {
    config.roles.teacher = "nobody";
  });
  await fails(2, /lion\.json.*nobody/, ["run", "--project", stranger]);
  const key = copyOfBase((config) => {
    Object.assign(config, { lop: {} });
  });
  await fails(2, /lion\.json.*"?lop"?/, ["run", "--project", key]);
});

test("with --json a run ends with an event, and says the sentence on standard error as well", async () => {
  const { stdout, stderr, code } = await lion(["run", "--project", join(folder, "nowhere"), "--json"]);
  const end = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  assert.equal(code, 2);
  assert.equal(end.event, "end");
  assert.equal(end.outcome, "input");
  assert.equal(end.exit, 2);
  assert.equal(stderr, `lion: ${end.message}\n`);
});

// Endpoints.

test("an endpoint where nothing listens", async () => {
  let url = "";
  await withEndpoint(undefined, async (endpoint) => {
    url = endpoint.url;
  });
  const project = copyOfBase(teacherAt(url));
  await fails(1, /127\.0\.0\.1:\d+ does not answer \(nothing listens there/, ["run", "--project", project]);
  assertUnharmed(project);
});

test("a refused key, which is not told to anybody", async () => {
  await withEndpoint(
    (_received, response) => refuse(response, 401, { message: "Incorrect API key provided: sk-secret-1" }),
    async ({ url }) => {
      const project = copyOfBase(teacherAt(url, { apiKeyEnv: "LION_TEST_KEY" }));
      const env = { LION_TEST_KEY: "sk-secret-1" };
      const said = await fails(
        1,
        /refused the key of profile "teacher".*LION_TEST_KEY/,
        ["run", "--project", project],
        {
          env,
        },
      );
      assert.doesNotMatch(said, /sk-secret/);
      assertUnharmed(project);
    },
  );
});

test("a missing key variable", async () => {
  await withEndpoint(undefined, async (endpoint) => {
    const project = copyOfBase(teacherAt(endpoint.url, { apiKeyEnv: "LION_TEST_KEY" }));
    const env = { LION_TEST_KEY: undefined };
    await fails(2, /environment variable LION_TEST_KEY is not set/, ["run", "--project", project], { env });
    assert.equal(endpoint.received.length, 0);
    assertUnharmed(project);
  });
});

test("a wrong model name lists what there is", async () => {
  await withEndpoint(
    (_received, response) =>
      refuse(response, 404, { message: "The model `m-9` does not exist", code: "model_not_found" }),
    async ({ url }) => {
      const project = copyOfBase(teacherAt(url, { model: "m-9" }));
      await fails(1, /m-9.*profiles\.teacher\.model.*m-1, m-2/, ["run", "--project", project]);
      const { stdout, code } = await lion(["doctor", "--project", project]);
      assert.equal(code, 1);
      assert.match(stdout, /^FAIL {2}profile teacher: .*m-9.*m-1/m);
      assertUnharmed(project);
    },
  );
});

test("an endpoint's message cannot steer the terminal", async () => {
  await withEndpoint(
    (_received, response) => refuse(response, 401, { message: "no \u001b[2J\u001b]0;owned\u0007 key" }),
    async ({ url }) => {
      const project = copyOfBase(teacherAt(url));
      const { stderr, stdout } = await lion(["run", "--project", project]);
      assert.doesNotMatch(stderr + stdout, /[^\P{Cc}\n]/u);
    },
  );
});

// Limits.

test("a cap on calls", async () => {
  const project = copyOfBase((config) => {
    Object.assign(config.profiles.teacher ?? {}, { limits: { concurrency: 4, maxCalls: 5 } });
  });
  await fails(4, /"teacher" has reached its cap of 5 calls/, ["run", "--project", project]);
  assertUnharmed(project);
  assert.deepEqual(query(project, "SELECT count(*) AS n FROM attempt"), [{ n: 5 }]);
  assert.deepEqual(query(project, "SELECT count(*) AS n FROM answer"), [{ n: 5 }]);
});

test("a cap on money", async () => {
  await withEndpoint(undefined, async (endpoint) => {
    const prices = { inputPerMillion: 100, outputPerMillion: 1000 };
    const limits = { concurrency: 4, maxCost: 0.1 };
    const project = copyOfBase(teacherAt(endpoint.url, { prices, limits, parameters: { max_tokens: 50 } }));
    await fails(4, /cap of 0\.1 USD.*maxCost/, ["run", "--project", project]);
    assertUnharmed(project);
    const [{ cost } = { cost: 0 }] = query<{ cost: number }>(project, "SELECT sum(cost) AS cost FROM answer");
    assert.ok(cost > 0 && cost <= 100_000, `${cost} millionths were spent`);
  });
});

// The machine.

test("Python is missing, or has no torch", async () => {
  const project = copyOfBase((config) => {
    config.profiles.student = { kind: "checkpoint", base: { config: { model_type: "llama" } } };
  });
  const run = ["run", "--project", project];
  await fails(1, /no Python that works at .*nowhere.*setup:trainer/, run, {
    env: { LION_PYTHON: join(folder, "nowhere") },
  });
  const bare = join(folder, "bare-python");
  const packages = { transformers: "5", tokenizers: "1", safetensors: "1", numpy: "2", torch: null };
  writeFileSync(bare, `#!/bin/sh\necho '${JSON.stringify({ python: "3.11.2", ...packages })}'\n`);
  chmodSync(bare, 0o755);
  await fails(1, /has no torch, which the trainer needs: run `npm run setup:trainer`/, run, {
    env: { LION_PYTHON: bare },
  });
  const { stdout, code } = await lion(["doctor", "--project", project], { env: { LION_PYTHON: bare } });
  assert.equal(code, 1);
  assert.match(stdout, /^FAIL {2}Python: .*has no torch/m);
  assertUnharmed(project);
  assert.deepEqual(
    query(project, "SELECT count(*) AS n FROM answer"),
    [{ n: ROWS }],
    "the answers were asked for once",
  );
});

test("a full disk loses nothing, and the next run goes on", async (context) => {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("sh", ["-c", `mount -t tmpfs -o size=3m lion '${disk}'`]);
  if (mounted.status !== 0) {
    context.skip("only root can mount a small disk");
    return;
  }
  try {
    const filler = join(disk, "filler");
    await withEndpoint(
      (received, response, count) => {
        if (count === 4) {
          spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
        }
        reply(response, `${received.text} ${"A long answer. ".repeat(2000)}`);
      },
      async (endpoint) => {
        const project = copyOfBase(teacherAt(endpoint.url, { limits: { concurrency: 1 } }), disk);
        await fails(1, /disk.* is full.*unharmed/, ["run", "imitation", "--project", project]);
        const copy = join(disk, "copy.db");
        await fails(1, /backup could not be written to .*full/, ["backup", copy, "--project", project]);
        assert.equal(existsSync(copy), false, "half a backup would look like a whole one");
        rmSync(filler);
        const stored = query<{ n: number }>(project, "SELECT count(*) AS n FROM answer")[0]?.n ?? 0;
        const asked = endpoint.received.length;
        assert.ok(stored >= 3 && stored < ROWS, `${stored} answers were stored before the disk was full`);
        await lionJson(["run", "imitation", "--project", project]).catch(() => {});
        assertUnharmed(project);
        assert.deepEqual(query(project, "SELECT count(*) AS n FROM answer"), [{ n: ROWS }]);
        assert.equal(endpoint.received.length, asked + ROWS - stored, "no stored answer was asked for again");
      },
    );
  } finally {
    spawnSync("sh", ["-c", `umount '${disk}'`]);
  }
});

test("a database from a newer version can be read, and is not written", async () => {
  const project = copyOfBase();
  const file = join(project, ".lion", "lion.db");
  const db = new Database(file);
  db.pragma("user_version = 99");
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = readFileSync(file);
  const status = await lionJson<{ trainPool: number }>(["status", "--project", project]);
  assert.equal(status.trainPool, ROWS);
  await fails(1, /newer version.*update Lion Curator/, ["run", "--project", project]);
  assert.deepEqual(readFileSync(file), bytes);
});

test("a file that is no database", async () => {
  const project = copyOfBase();
  writeFileSync(join(project, ".lion", "lion.db"), "this is not a database at all".repeat(100));
  await fails(1, /not a sound database.*backup/, ["status", "--project", project]);
});

test("a project whose data folder was not committed with it", async () => {
  const project = copyOfBase();
  rmSync(join(project, ".lion"), { recursive: true });
  assert.equal((await lionJson<{ trainPool: number }>(["status", "--project", project])).trainPool, 0);
  await fails(2, /Train pool is empty.*lion import/, ["run", "--project", project]);
});

// Two at once.

test("another engine at work is not disturbed, and pauses when asked to", async () => {
  const held: Array<() => void> = [];
  let arrived = (): void => {};
  const firstRequest = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  await withEndpoint(
    (_received, response) => {
      held.push(() => reply(response, "An answer."));
      arrived();
    },
    async (endpoint) => {
      const project = copyOfBase(teacherAt(endpoint.url));
      const first = startLion(["run", "--project", project]);
      await firstRequest;
      const pid = first.child.pid;
      await fails(1, new RegExp(`Another engine.*process ${pid}`), ["run", "--project", project]);
      assert.equal((await lion(["status", "--project", project])).code, 0);
      const asked = await lionJson<{ pausing: boolean; pid: number }>(["pause", "--project", project]);
      assert.deepEqual(asked, { pausing: true, pid });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const inFlight = held.length;
      for (const answer of held) {
        answer();
      }
      const ended = await first.ended;
      assert.equal(ended.code, 130, ended.stderr);
      assert.match(ended.stderr, /^lion: [^\n]+\n$/);
      assert.equal(held.length, inFlight, "nothing new left after the pause");
      assertUnharmed(project);
      assert.deepEqual(query(project, "SELECT count(*) AS n FROM answer"), [{ n: inFlight }]);
    },
  );
});

test("a pause with nobody at work", async () => {
  const { code, stdout, stderr } = await lion(["pause", "--project", base]);
  assert.equal(code, 0);
  assert.equal(stdout, "No engine is at work on this project.\n");
  assert.equal(stderr, "");
});

// Wrong use.

test("wrong use is told in one sentence", async () => {
  await fails(2, /Unknown command 'rum'.*lion --help/, ["rum"]);
  await fails(2, /Unknown option '--fast'/, ["run", "--fast", "--project", base]);
  await fails(2, /--iterations.*whole number of at least 1/, ["run", "--iterations", "0", "--project", base]);
  await fails(2, /'mutation'.*imitation, discrimination, generation/, ["run", "mutation", "--project", base]);
  await fails(2, /approval.*auto, sample, manual/, ["run", "--approval", "never", "--project", base]);
  await fails(2, /[Mm]issing required argument 'file'/, ["import", "--project", base]);
  await fails(2, /--reason/, ["review", "refuse", "3", "--project", base]);
});

test("the help is no failure", async () => {
  for (const args of [["--help"], ["run", "--help"], ["--version"], ["help", "review"]]) {
    const { code, stdout, stderr } = await lion(args);
    assert.equal(code, 0, args.join(" "));
    assert.notEqual(stdout, "");
    assert.equal(stderr, "");
  }
});

test("files that cannot be imported", async () => {
  const project = copyOfBase();
  const to = ["--project", project];
  await fails(2, /no file .*nowhere/, ["import", join(folder, "nowhere"), ...to]);
  await fails(2, new RegExp(folder), ["import", folder, ...to]);
  const empty = join(folder, "empty.jsonl");
  writeFileSync(empty, "");
  await fails(2, /Nothing in .*the file is empty/, ["import", empty, ...to]);
  const binary = join(folder, "picture.png");
  writeFileSync(binary, Buffer.from([137, 80, 78, 71, 0, 0, 0, 13, 1, 2, 3]));
  await fails(2, /Nothing in .*not a text file/, ["import", binary, ...to]);
  assertUnharmed(project);
});

test("exports and backups go where they can", async () => {
  const to = ["--project", base];
  await fails(2, /folder .*nowhere does not exist/, ["export", "train", join(folder, "nowhere", "train.json"), ...to]);
  await fails(2, /is a folder/, ["export", "train", folder, ...to]);
  const taken = join(folder, "taken.db");
  writeFileSync(taken, "precious");
  await fails(2, /taken\.db exists already/, ["backup", taken, ...to]);
  assert.equal(readFileSync(taken, "utf8"), "precious");
});

test("decisions about what is not there", async () => {
  const to = ["--project", base];
  await fails(2, /There is no instruction #999/, ["review", "approve", "999", ...to]);
  await fails(2, /#1 is no candidate/, ["review", "approve", "1", ...to]);
  await fails(2, /"one" is not an instruction's id/, ["review", "approve", "one", ...to]);
  await fails(2, /Name the candidates/, ["review", "approve", ...to]);
  await fails(2, /no approval to finish yet/, ["review", "finish", ...to]);
  await fails(2, /no instruction #999/, ["review", "exclude", "999", "--reason", "wrong", ...to]);
});

test("stages out of turn, and pools without instructions", async () => {
  const project = copyOfBase();
  await fails(2, /at its imitation.*generation cannot run now/, ["run", "generation", "--project", project]);
  const empty = join(folder, "no-instructions");
  await lionJson(["init", empty, "--sandbox", "replay", "--set", join(folder, "rows.jsonl")]);
  await fails(2, /Train pool is empty.*lion import/, ["run", "--project", empty]);
});

test("making a project", async () => {
  const before = readFileSync(join(base, "lion.json"), "utf8");
  await fails(2, /has a lion\.json already/, ["init", base, "--sandbox", "oracle"]);
  assert.equal(readFileSync(join(base, "lion.json"), "utf8"), before);
  const fresh = join(folder, "fresh");
  await fails(2, /replay sandbox needs a recorded set.*--set/, ["init", fresh, "--sandbox", "replay"]);
  await fails(2, /no file .*nowhere/, ["init", fresh, "--sandbox", "replay", "--set", join(folder, "nowhere")]);
  await fails(2, /--quick is for sandbox projects/, ["init", fresh, "--quick"]);
  await fails(2, /--sandbox.*oracle, replay/, ["init", fresh, "--sandbox", "psychic"]);
  assert.equal(existsSync(fresh), false, "nothing was made");
});

test("a review file that is none", async () => {
  const reviews = join(folder, "reviews.jsonl");
  writeFileSync(reviews, '{"text": "9 8", "score": [9, 8]}\n{"text": 3}\n');
  await fails(2, /Line 2 of .*reviews\.jsonl/, ["referee", "check", reviews]);
  await fails(2, /nowhere/, ["referee", "check", join(folder, "nowhere")]);
});

test("a recorded set that is gone, a port that is taken", async () => {
  const project = copyOfBase((config) => {
    if (config.sandbox) {
      config.sandbox.set = "gone.jsonl";
    }
  });
  await fails(2, /gone\.jsonl/, ["run", "--project", project]);
  const { code, stdout } = await lion(["doctor", "--project", project]);
  assert.equal(code, 1);
  assert.match(stdout, /^FAIL {2}sandbox: .*gone\.jsonl/m);
  assertUnharmed(project);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? String(address.port) : "";
  await fails(1, new RegExp(port), ["sandbox", "--port", port, "--project", copyOfBase()]);
  server.close();
});

test("training where there is nothing to train", async () => {
  const project = copyOfBase();
  await fails(2, /served model/, ["train", "--project", project]);
});
