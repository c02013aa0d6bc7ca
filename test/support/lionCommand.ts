import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Database from "better-sqlite3";
import type { ProjectConfigInput } from "../../src/core/project/schema.ts";

const LION = join(import.meta.dirname, "..", "..", "scripts", "lion.mjs");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface LionOptions {
  readonly cwd?: string;
  /** Added to the environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it finds on standard input; nothing by default. */
  readonly input?: string;
  /** Told each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Starts the command line in a process of its own, as a person would. */
export function startLion(args: readonly string[], options: LionOptions = {}): Running {
  const child = spawn(process.execPath, [LION, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    stdout += `${line}\n`;
    options.onLine?.(line);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs the command line to its end. */
export function lion(args: readonly string[], options: LionOptions = {}): Promise<Ended> {
  return startLion(args, options).ended;
}

/** Runs a command that must succeed, and returns what it printed as JSON. */
export async function lionJson<T>(args: readonly string[], options: LionOptions = {}): Promise<T> {
  const { code, stdout, stderr } = await lion([...args, "--json"], options);
  if (code !== 0) {
    throw new Error(`lion ${args.join(" ")} ended with ${code}: ${stderr}`);
  }
  // Events of progress may come before the result.
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as T;
}

/** Changes a project's `lion.json`. */
export function editConfig(project: string, edit: (config: ProjectConfigInput) => void): void {
  const file = join(project, "lion.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as ProjectConfigInput;
  edit(config);
  writeFileSync(file, JSON.stringify(config, null, 2));
}

/** Makes the student of an oracle project a sandbox model, so that nothing is trained. */
export function serveStudent(config: ProjectConfigInput): void {
  config.profiles.student = { kind: "sandbox", model: "oracle-student", limits: { concurrency: 16 } };
}

/** What a query finds in a project's database. */
export function query<Row>(project: string, sql: string): Row[] {
  const db = new Database(join(project, ".lion", "lion.db"), { readonly: true });
  try {
    return db.prepare(sql).all() as Row[];
  } finally {
    db.close();
  }
}
