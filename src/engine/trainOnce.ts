import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SystemClock } from "../core/clock.ts";
import { LionError } from "../core/errors.ts";
import { checkpointProfileOf, endpointOf } from "../core/loop/context.ts";
import { readRecords } from "../core/pool/formats/readRecords.ts";
import { contentHash, type Instruction } from "../core/pool/instruction.ts";
import type { Project } from "../core/project/project.ts";
import { effectiveState } from "../core/review/fold.ts";
import { currentPools, withoutExcluded } from "../core/review/pools.ts";
import { Store } from "../core/store/store.ts";
import { fetchCheckpoint } from "../core/training/fetching.ts";
import { StudentTrainer, type TrainingProgress } from "../core/training/studentTrainer.ts";
import type { TrainingExample } from "../core/training/trainingFile.ts";
import { targetsOf } from "./services.ts";

export interface TrainedOnce {
  /** The folder with the weights. */
  readonly output: string;
  readonly examples: number;
  readonly weightsSha256: string;
}

/**
 * Trains the project's student outside the loop. The job keeps its book in a folder beside the output, so that asking
 * again for the same output attaches to a training that still runs.
 *
 * @throws LionError when the student is no checkpoint, the output exists, or the training fails.
 */
export async function trainOnce(options: {
  readonly project: Project;
  readonly examples: readonly TrainingExample[];
  readonly output: string;
  /** Where it is trained; on the target of the student's profile when left out. */
  readonly target?: string;
  readonly trainerRoot: string;
  readonly onProgress: TrainingProgress;
  readonly signal: AbortSignal;
}): Promise<TrainedOnce> {
  const { project, examples } = options;
  const student = checkpointProfileOf(project.config);
  if (!student) {
    throw new LionError(
      "input",
      "The student of this project is a served model: bind the role student to a profile of kind checkpoint to train one.",
    );
  }
  const output = resolve(options.output);
  if (existsSync(output)) {
    throw new LionError("input", `${output} exists already: name another folder with --output.`);
  }
  if (examples.length === 0) {
    throw new LionError(
      "input",
      "There is nothing to train on: name a file with --data, or let the imitation ask the teacher first.",
    );
  }
  const work = `${output}.work`;
  mkdirSync(work, { recursive: true });
  const clock = new SystemClock();
  const book = new Store(join(work, "lion.db"));
  try {
    const services = {
      store: book,
      clock,
      targets: targetsOf(project, options.trainerRoot, clock),
      projectDir: project.directory,
      dataDir: work,
    };
    const checkpoint = await new StudentTrainer(services).train(
      {
        iteration: 1,
        config: project.config,
        profileName: student.name,
        profile: { ...student.profile, target: options.target ?? student.profile.target },
        examples,
        parent: null,
      },
      options.onProgress,
      options.signal,
    );
    const fetched = await fetchCheckpoint(
      services,
      checkpoint,
      (bytes, total) =>
        options.onProgress(0, null, `fetching the weights: ${Math.floor((100 * bytes) / Math.max(total, 1))} %`),
      options.signal,
    );
    mkdirSync(dirname(output), { recursive: true });
    renameSync(fetched, output);
    return { output, examples: examples.length, weightsSha256: checkpoint.weightsSha256 };
  } finally {
    book.close();
    if (existsSync(output)) {
      rmSync(work, { recursive: true, force: true });
    }
  }
}

/** The current Train pool with the teacher's answers that are stored; instructions without one are left out. */
export function storedExamples(project: Project, store: Store): TrainingExample[] {
  const { name, profile } = endpointOf(project.config, "teacher");
  const decided = effectiveState(store.decisions.upTo());
  const ids = withoutExcluded(currentPools(store).train, decided);
  return store.instructions.getMany(ids).flatMap((instruction) => {
    const answer = store.ledger.usableTeacherAnswer(instruction.id, { profile: name, model: profile.model }, decided);
    return answer ? [{ instruction, output: answer.text }] : [];
  });
}

/** The rows of a file that have an output. */
export async function examplesOf(file: string): Promise<TrainingExample[]> {
  const examples: TrainingExample[] = [];
  for await (const row of readRecords(file)) {
    if ("record" in row && row.record.output !== null) {
      const { output, turns, input, system, tags } = row.record;
      const instruction: Instruction = {
        ...{ id: row.line, turns, input, system, tags, origin: "imported", purpose: "training" },
        ...{ sourceId: null, sourceLine: row.line, supersedes: null, licence: null, createdAt: 0 },
        contentHash: contentHash(row.record),
      };
      examples.push({ instruction, output });
    }
  }
  return examples;
}
