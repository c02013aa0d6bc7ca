import { readFileSync } from "node:fs";
import { withStore } from "../../src/cli/shared.ts";
import type { LoopEvent } from "../../src/core/loop/events.ts";
import type { Project } from "../../src/core/project/project.ts";
import { processesOfJob } from "../../src/core/training/processes.ts";

/** The published command saves a state every four steps here. */
const FIRST_SAVED = 5;

/** Kills a process of the training once, behind the first state that was saved. */
export class Killer {
  readonly #project: Project;
  #killedAt: number | null = null;

  constructor(project: Project) {
    this.#project = project;
  }

  watch(event: LoopEvent): void {
    if (
      this.#killedAt === null &&
      event.event === "progress" &&
      event.step === "training steps" &&
      event.done > FIRST_SAVED
    ) {
      this.#killedAt = event.done;
      void withStore(this.#project, ({ training }) => {
        const job = training.jobsFor(1, "imitation").at(-1);
        const worker = job && processesOfJob(job.id).find(isWorker);
        if (worker !== undefined) {
          process.kill(worker, "SIGKILL");
        }
      });
    }
  }

  told(): string {
    return this.#killedAt === null
      ? "No process was killed: the training was too short for that."
      : `A process was killed after step ${this.#killedAt}; another attempt went on from the state that was saved last.`;
  }
}

function isWorker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes("LOCAL_RANK=1");
  } catch {
    return false;
  }
}
