import { join, resolve } from "node:path";
import type { Command } from "commander";
import { LionError } from "../../core/errors.ts";
import { trainerRoot } from "../../engine/installation.ts";
import { examplesOf, storedExamples, trainOnce } from "../../engine/trainOnce.ts";
import { formatCount, Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";

interface TrainOptions extends CommonOptions {
  readonly data?: string;
  readonly output?: string;
  readonly target?: string;
}

export function registerTrain(program: Command): void {
  withCommonOptions(program.command("train"))
    .description("train a student outside the loop, with the project's student and training settings")
    .option("--data <file>", "what to train on (default: the current Train pool's stored answers)")
    .option("--output <dir>", "where the weights go (default: a new folder in .lion/trained)")
    .option("--target <name>", "where it is trained (default: the student's target)")
    .action(async (options: TrainOptions) => {
      const project = openProject(options);
      const output = new Output({ json: options.json ?? false });
      const examples = options.data
        ? await examplesOf(options.data)
        : await withStore(project, (store) => storedExamples(project, store), { readonly: true });
      const name = new Date().toISOString().replaceAll(/[:.]/g, "-");
      const folder = resolve(options.output ?? join(project.dataDirectory, "trained", name));
      const pause = new AbortController();
      const stop = (): void => pause.abort();
      process.once("SIGINT", stop);
      process.once("SIGTERM", stop);
      const trained = await trainOnce({
        project,
        examples,
        output: folder,
        ...(options.target !== undefined && { target: options.target }),
        trainerRoot,
        onProgress: (done, total, detail) =>
          output.event({
            event: "progress",
            iteration: 0,
            stage: "imitation",
            step: "training steps",
            done,
            total,
            detail,
          }),
        signal: pause.signal,
      }).catch((error: unknown) => {
        throw pause.signal.aborted ? leftAlone(folder) : error;
      });
      output.result(
        trained,
        `Trained on ${formatCount(trained.examples)} examples; the weights are in ${trained.output}.`,
      );
    });
}

function leftAlone(output: string): LionError {
  return new LionError(
    "interrupted",
    `Left alone without loss: the training goes on by itself, and \`lion train --output ${output}\` attaches to it again.`,
  );
}
