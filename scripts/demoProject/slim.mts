import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Project } from "../../src/core/project/project.ts";
import type { JobManifest } from "../../src/core/training/jobDirectory.ts";
import { installation, trainerRoot } from "../../src/engine/installation.ts";

/** What a job leaves and nobody looks at again: its input, its answers (they are in the database), its process. */
const SPENT = ["in/train.jsonl", "in/prompts.jsonl", "in/config.json", "out/answers.jsonl", "run.sh", "pid", "cpid"];

/** Makes a project that is at rest small, and takes out what names the machine that it was made on. */
export function slimProject(project: Project): void {
  const { dataDirectory, databaseFile, directory } = project;
  rmSync(join(dataDirectory, "backups"), { recursive: true, force: true });
  rmSync(join(dataDirectory, "seeds"), { recursive: true, force: true });
  const jobs = join(dataDirectory, "jobs");
  for (const job of readdirSync(jobs)) {
    for (const name of SPENT) {
      rmSync(join(jobs, job, name), { force: true });
    }
  }
  for (const job of readdirSync(jobs)) {
    hidePlaces(join(jobs, job), directory);
  }
  const database = new Database(databaseFile);
  try {
    database.pragma("journal_mode = DELETE");
    database.exec("VACUUM");
  } finally {
    database.close();
  }
}

function hidePlaces(job: string, project: string): void {
  const { argv } = JSON.parse(readFileSync(join(job, "job.json"), "utf8")) as JobManifest;
  // The inner ones first.
  const places = [
    [argv[0] ?? "", "python3"],
    [trainerRoot, "trainer"],
    [project, "."],
    [installation, "."],
  ] as const;
  for (const file of ["log", ...globSync("**/*.{json,jsonl}", { cwd: job })]) {
    const before = readFileSync(join(job, file), "utf8");
    const after = places.reduce((text, [place, name]) => text.replaceAll(place, name), before);
    if (after !== before) {
      writeFileSync(join(job, file), after);
    }
  }
}
