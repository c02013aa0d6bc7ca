import type { Command } from "commander";
import { Option } from "commander";
import { LionError } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import type { CheckpointProfile } from "../../core/project/schema.ts";
import type { Checkpoint } from "../../core/store/training.ts";
import { CheckpointPlaces } from "../../core/training/checkpointPlaces.ts";
import { fetchCheckpoint } from "../../core/training/fetching.ts";
import { registerCheckpoint, unregisterCheckpoint } from "../../core/training/registering.ts";
import { onInterrupt } from "../interrupt.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, wholeNumber, withCommonOptions, withStore } from "../shared.ts";
import { formatTable } from "../table.ts";
import { checkpointOf, trainingServices } from "../trainingServices.ts";

interface RegisterOptions extends CommonOptions {
  readonly iteration?: number;
  readonly target?: string;
  readonly template?: CheckpointProfile["template"];
  readonly note?: string;
  readonly replace?: boolean;
}

export function registerCheckpoints(program: Command): void {
  const checkpoint = program.command("checkpoint").description("the students' weights: list, file, fetch");
  withCommonOptions(checkpoint.command("list"))
    .description("the checkpoints, with the targets that their weights are on")
    .action(list);
  withCommonOptions(checkpoint.command("register"))
    .description("file weights that were trained anywhere under an iteration; its imitation takes them")
    .argument("<path>", "a folder in Hugging Face format, on the target")
    .addOption(new Option("--iteration <n>", "whose student it is").argParser(wholeNumber(1)))
    .option("--target <name>", "where the weights are (default: the student's target)")
    .addOption(new Option("--template <name>", "how it is prompted").choices(["lion", "chat"]))
    .option("--note <text>", "where it comes from")
    .option("--replace", "take the place of a checkpoint that nothing was made from")
    .action(register);
  withCommonOptions(checkpoint.command("unregister"))
    .description("forget a checkpoint that was registered by hand and that nothing was made from; its files stay")
    .argument("<iteration>", "the iteration's number", wholeNumber(1))
    .action(unregister);
  withCommonOptions(checkpoint.command("fetch"))
    .description("bring a checkpoint's weights to this machine, verified; an interrupted fetching goes on")
    .argument("<iteration>", "the iteration's number", wholeNumber(1))
    .action(fetch);
}

async function list(options: CommonOptions): Promise<void> {
  const project = openProject(options);
  await withStore(
    project,
    (store) => {
      const places = new CheckpointPlaces(trainingServices(project, store));
      const checkpoints = store.training.checkpoints().map((one) => described(one, places));
      const text =
        checkpoints.length === 0
          ? "No checkpoints yet: `lion run` trains one, `lion checkpoint register` files one."
          : formatTable(
              ["iteration", "target", "weights", "template", "sha256", "origin"],
              checkpoints.map((one) => [
                ...[String(one.iteration), one.target, one.weights, one.template],
                ...[one.weightsSha256.slice(0, 12), one.registered ? `registered ${one.note}`.trim() : "trained here"],
              ]),
            );
      new Output({ json: options.json ?? false }).result(checkpoints, text);
    },
    { readonly: true },
  );
}

/** A checkpoint as the command line shows it. */
interface ShownCheckpoint extends Pick<Checkpoint, "iteration" | "target" | "template" | "weightsSha256"> {
  /** Whether the weights are on this machine. */
  readonly weights: "here" | "there";
  /** The folder here. */
  readonly path: string;
  readonly registered: boolean;
  readonly note: string;
}

function described(checkpoint: Checkpoint, places: CheckpointPlaces): ShownCheckpoint {
  const { iteration, target, template, weightsSha256, jobId, manifest } = checkpoint;
  return {
    ...{ iteration, target, template, weightsSha256 },
    weights: places.isHere(checkpoint) ? "here" : "there",
    path: places.folderHere(checkpoint),
    registered: jobId === null,
    note: typeof manifest.note === "string" ? manifest.note : "",
  };
}

async function register(path: string, options: RegisterOptions): Promise<void> {
  const project = openProject(options);
  const profile = checkpointProfileOf(project.config)?.profile;
  if (!profile) {
    throw new LionError(
      "input",
      "The student of this project is a served model, which has no checkpoints: bind the role student to a profile of kind checkpoint.",
    );
  }
  await withStore(project, async (store) => {
    const services = trainingServices(project, store);
    const checkpoint = await registerCheckpoint(services, {
      path,
      iteration: options.iteration ?? store.iterations.next().iteration,
      target: options.target ?? profile.target,
      template: options.template ?? profile.template,
      note: options.note ?? "",
      replace: options.replace ?? false,
    });
    new Output({ json: options.json ?? false }).result(
      described(checkpoint, new CheckpointPlaces(services)),
      `The student of iteration ${checkpoint.iteration} is the one in ${checkpoint.directory} on "${checkpoint.target}": its imitation takes it instead of training.`,
    );
  });
}

async function unregister(iteration: number, options: CommonOptions): Promise<void> {
  const project = openProject(options);
  await withStore(project, (store) => {
    const { directory } = unregisterCheckpoint({ store }, iteration);
    new Output({ json: options.json ?? false }).result(
      { iteration, path: directory },
      `Iteration ${iteration} has no checkpoint any more; the files in ${directory} stay.`,
    );
  });
}

async function fetch(iteration: number, options: CommonOptions): Promise<void> {
  const project = openProject(options);
  const output = new Output({ json: options.json ?? false });
  const stop = new AbortController();
  const stopListening = onInterrupt(() =>
    stop.abort(new LionError("interrupted", "Stopped without loss: fetching again goes on from what is here.")),
  );
  try {
    await withStore(
      project,
      async (store) => {
        const path = await fetchCheckpoint(
          trainingServices(project, store),
          checkpointOf(store, iteration),
          (bytes, total) => output.counted("bytes", bytes, total),
          stop.signal,
        );
        output.result({ iteration, path }, `The weights of iteration ${iteration} are in ${path}.`);
      },
      { readonly: true },
    );
  } finally {
    stopListening();
  }
}
