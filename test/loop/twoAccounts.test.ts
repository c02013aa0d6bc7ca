import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Ended, query } from "../support/lionCommand.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const LION = join(import.meta.dirname, "..", "..", "scripts", "lion.mjs");
/** Accounts that every Linux has, and a group that both are in. */
const ANN = { uid: 1, name: "daemon" };
const BEN = { uid: 65534, name: "nobody" };
const TEAM = 4242;
/** What files are made with: a group's members may write to them, or their owner alone. */
const UMASKS = { team: 0o002, usual: 0o022 };
const TEXTS = [
  "Explain why the leaves of many trees turn red in autumn.",
  "List three questions to ask before renting a flat.",
  "Write a limerick about a clock that runs backwards.",
  "Name four tools that a carpenter has always at hand.",
  "Describe how bread smells to somebody who never smelled it.",
  "Plan a walk through an old town for a rainy afternoon.",
];

/** Why there is nothing to test here; false where there is. */
function reasonToSkip(): string | false {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "only root can work under two accounts, and these are Linux's";
  }
  const { status } = spawnSync(process.execPath, [LION, "--version"], { uid: BEN.uid, gid: TEAM, cwd: "/" });
  return status === 0 ? false : "other accounts may not read this checkout";
}
const skip = reasonToSkip();

/** A project that one account has made, with candidates that wait. */
class SharedProject {
  readonly folder: string;
  readonly database: string;
  readonly #home: string;
  readonly #umask: number;

  constructor(context: TestContext, umask: number) {
    const around = temporaryFolder(context);
    chmodSync(around, 0o755);
    this.#umask = umask;
    this.#home = join(around, "home");
    this.folder = join(around, "project");
    this.database = join(this.folder, ".lion", "lion.db");
    for (const place of [this.#home, this.folder]) {
      mkdirSync(place);
      chownSync(place, ANN.uid, TEAM);
      chmodSync(place, 0o777 & ~umask);
    }
  }

  static async make(context: TestContext, umask: number): Promise<SharedProject> {
    const made = new SharedProject(context, umask);
    const rows = join(made.folder, "..", "rows.jsonl");
    writeFileSync(rows, TEXTS.map((instruction) => JSON.stringify({ instruction, input: "", output: "" })).join("\n"));
    const intoCandidates = ["--into", "candidates", "--outputs", "drop"];
    for (const args of [
      ["init", made.folder, "--sandbox", "replay", "--set", rows],
      ["import", rows, ...intoCandidates, "--project", made.folder],
    ]) {
      const { code, stderr } = await made.lion(ANN, ...args);
      assert.equal(code, 0, stderr);
    }
    return made;
  }

  review(account: typeof ANN, ...args: string[]): Promise<Ended> {
    return this.lion(account, "review", ...args, "--project", this.folder);
  }

  /** Runs the command line under an account. */
  lion({ uid }: typeof ANN, ...args: string[]): Promise<Ended> {
    const { child, ended } = this.#start(uid, [LION, ...args]);
    child.stdin.end();
    return ended;
  }

  /** Has an account hold the database open, as a window does. Returns what lets go of it. */
  async open({ uid }: typeof ANN): Promise<() => Promise<Ended>> {
    const store = join(LION, "..", "..", "src", "core", "store", "store.ts");
    const source = `const { Store } = await import(${JSON.stringify(store)});
      const store = new Store(${JSON.stringify(this.database)});
      store.decisions.highestId();
      console.log("open");
      process.stdin.on("end", () => store.close()).resume();`;
    const { child, ended } = this.#start(uid, ["--input-type=module", "--eval", source]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return () => {
      child.stdin.end();
      return ended;
    };
  }

  #start(uid: number, args: readonly string[]) {
    // A child takes over what is ours at the moment when it is made.
    const before = process.umask(this.#umask);
    const child = spawn(process.execPath, args, {
      ...{ uid, gid: TEAM, cwd: this.#home, stdio: "pipe" },
      // Where git knows no name, the account's is taken.
      env: { PATH: process.env.PATH, HOME: this.#home, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    });
    process.umask(before);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    return { child, ended };
  }
}

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

test("two accounts decide on one project at the same time under their own names", { skip }, async (context) => {
  const project = await SharedProject.make(context, UMASKS.team);
  const { database } = project;
  assert.equal(modeOf(database), "664", "the umask says who may write to the database");
  const close = await project.open(ANN);
  assert.deepEqual([`${database}-wal`, `${database}-shm`].map(modeOf), ["664", "664"]);
  const ended = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((id) =>
      id % 2 === 0
        ? project.review(BEN, "refuse", String(id), "--reason", "dull")
        : project.review(ANN, "approve", String(id)),
    ),
  );
  for (const { code, stderr } of ended) {
    assert.deepEqual([code, stderr], [0, ""]);
  }
  assert.equal((await close()).code, 0);
  const decided =
    "SELECT actor, kind, subject FROM decision WHERE undoes IS NULL ORDER BY CAST(substr(subject, 13) AS INT)";
  const expected = [1, 2, 3, 4, 5, 6].map((id) => ({
    ...(id % 2 === 0 ? { actor: BEN.name, kind: "refuse" } : { actor: ANN.name, kind: "approve" }),
    subject: `instruction:${id}`,
  }));
  assert.deepEqual(query(project.folder, decided), expected);

  const undone = await project.review(BEN, "undo");
  assert.deepEqual([undone.code, undone.stderr], [0, ""]);
  assert.deepEqual(query(project.folder, "SELECT DISTINCT actor FROM decision WHERE undoes IS NOT NULL"), [
    { actor: BEN.name },
  ]);
});

test("whoever only looks leaves nothing behind that the other cannot write to", { skip }, async (context) => {
  const project = await SharedProject.make(context, UMASKS.team);
  for (const account of [BEN, ANN, BEN]) {
    const listed = await project.review(account, "list");
    assert.deepEqual([listed.code, listed.stderr], [0, ""]);
    const id = account === BEN ? "1" : "2";
    assert.equal((await project.review(account, "approve", id)).code, 0);
  }
});

test("an account that may not write is told so, and the owner goes on", { skip }, async (context) => {
  const project = await SharedProject.make(context, UMASKS.usual);
  assert.equal(modeOf(project.database), "644");
  const { code, stderr } = await project.review(BEN, "approve", "1");
  assert.equal(code, 1);
  assert.match(stderr, /lion\.db cannot be opened for writing: check that you may write to it and in its folder/);
  const own = await project.review(ANN, "approve", "1");
  assert.deepEqual([own.code, own.stderr], [0, ""]);
});
