import { LionError } from "../errors.ts";
import { listNames, nearestName } from "../project/nearest.ts";
import { PLACEHOLDER } from "../project/relations.ts";
import type { TrainingConfig } from "../project/schema.ts";
import type { TrainingSettings } from "./commands.ts";
import type { JobCommand } from "./jobDirectory.ts";

/** A training program of the user's own, from lion.json. */
export type OwnTrainer = Exclude<TrainingConfig["trainer"], "lion">;

/** What its placeholders are filled with. Paths are absolute, on the target. */
export interface OwnTrainerValues {
  /** JSON Lines {id, instruction, input, system, output}: Alpaca's fields, one object a line. */
  readonly data: string;
  /** A folder in Hugging Face format, a GGUF file, or a name of the hub. */
  readonly model: string;
  /** Where it has to leave a folder in Hugging Face format. */
  readonly output: string;
  readonly settings: TrainingSettings;
  readonly seed: number;
}

/**
 * The command with its placeholders filled in, each within its own argument: whatever is in a path, it stays one word.
 *
 * @throws LionError for a placeholder that nobody fills in.
 */
export function ownTrainingCommand(trainer: OwnTrainer, { settings, ...values }: OwnTrainerValues): JobCommand {
  const { processes, epochs, learningRate, maxLength } = settings;
  const known: Record<string, string | number> = { ...values, processes, epochs, learningRate, maxLength };
  const fill = (argument: string): string =>
    argument.replaceAll(PLACEHOLDER, (_, name: string) => {
      if (!Object.hasOwn(known, name)) {
        const names = Object.keys(known);
        const nearest = nearestName(name, names);
        throw new LionError(
          "input",
          `The training command in lion.json (training, trainer, command) has the placeholder {${name}}, which nothing is known for: ${nearest ? `did you mean {${nearest}}? ` : ""}Placeholders are ${listNames(names)}.`,
        );
      }
      return String(known[name]);
    });
  return {
    argv: trainer.command.map(fill),
    environment: {},
    processes,
    ...(trainer.setup !== undefined && { setup: trainer.setup }),
  };
}
