import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LogTail } from "../../../src/shell/tasks/logTail.ts";
import { temporaryFolder } from "../store/support.ts";

function jobLog(folder: string, job: string): string {
  mkdirSync(join(folder, "jobs", job), { recursive: true });
  return join(folder, "jobs", job, "log");
}

describe("what jobs log", () => {
  it("is read line by line, each once, from the moment on at which somebody watches", () => {
    const folder = temporaryFolder();
    const old = jobLog(folder, "a");
    writeFileSync(old, "before\n");
    const tail = new LogTail(folder);
    tail.skip();
    assert.deepEqual(tail.news(), []);
    appendFileSync(old, "one\ntw");
    assert.deepEqual(tail.news(), ["one"]);
    appendFileSync(old, "o\n");
    writeFileSync(jobLog(folder, "b"), "other\r\n");
    assert.deepEqual(tail.news(), ["two", "other"]);
    assert.deepEqual(tail.news(), []);
  });

  it("may begin before there is a folder, and shows the end of what is very long", () => {
    const folder = join(temporaryFolder(), "later");
    const tail = new LogTail(folder);
    tail.skip();
    assert.deepEqual(tail.news(), []);
    writeFileSync(jobLog(folder, "a"), `${"x".repeat(1_000_000)}\nlast\n`);
    const lines = tail.news();
    assert.equal(lines.at(-1), "last");
    assert.ok(lines.join("").length < 300_000);
  });

  it("loses and doubles nothing where letters and lines are cut, and of one job alone", () => {
    const folder = temporaryFolder();
    const log = jobLog(folder, "a");
    writeFileSync(jobLog(folder, "b"), "not this\n");
    writeFileSync(log, "first\n");
    const tail = new LogTail(folder, "a");
    const text = Array.from({ length: 400_000 }, (_, number) => `löss ${number}`);
    const bytes = Buffer.from(`${text.join("\n")}\n`);
    const lines = tail.news();
    for (let at = 0; at < bytes.length; at += 3_333_333) {
      appendFileSync(log, bytes.subarray(at, at + 3_333_333));
      lines.push(...tail.news());
    }
    for (let news = tail.news(); news.length > 0; news = tail.news()) {
      lines.push(...news);
    }
    assert.deepEqual(lines, ["first", ...text]);
  });
});
