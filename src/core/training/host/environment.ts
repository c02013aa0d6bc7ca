import { createHash } from "node:crypto";
import { LionError } from "../../errors.ts";
import type { TargetPython } from "../target.ts";
import type { Transport } from "../transport.ts";
import { BUILD, reasonIn, whatIsDone } from "./environmentBuild.ts";
import { checkPython } from "./pythonCheck.ts";
import { type TrainerPackage, trainerPackage } from "./trainerPackage.ts";

export interface EnvironmentOptions {
  /** The folder here that holds the package `lion_trainer`. */
  readonly trainerRoot: string;
  /** The target's folder there, absolute. */
  readonly folder: string;
  readonly tell?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the environment is made of; by default what the trainer says that it needs. */
  readonly requirements?: readonly string[];
}

/**
 * Makes a host ready for the trainer: sends its package, once for each content, and finds the Python that runs it: the one that
 * lion.json names, or an environment that is made there, once for each list of requirements.
 *
 * @throws LionError with the reason why it cannot be had, in a sentence.
 */
export async function ensurePython(
  transport: Transport,
  config: { readonly python?: string | undefined; readonly setup?: string | undefined },
  options: EnvironmentOptions,
): Promise<TargetPython> {
  const { folder, tell = () => {}, signal } = options;
  const trainer = trainerPackage(options.trainerRoot);
  const home = `${folder}/trainer/${trainer.hash}`;
  await send(transport, home, trainer, options);
  const setup = config.setup ?? "";
  const requirements = options.requirements ?? trainer.requirements;
  const key = hashOf(config.python === undefined ? requirements : [config.python, setup]);
  if (config.python === undefined) {
    await ensureEnvironment(transport, key, requirements, setup, options);
  }
  tell(`Checking the Python on ${transport.label}`);
  const python = await checkPython(
    transport,
    {
      executable: config.python ?? `${folder}/envs/${key}/bin/python`,
      remembered: `${folder}/envs/${key}.checked`,
      setup,
      advice:
        config.python === undefined
          ? `remove ${folder}/envs/${key} there to have it made anew, or name another Python in lion.json (targets, python)`
          : "name another in lion.json (targets, python), or leave it out to have an environment made",
    },
    signal ? { signal } : {},
  );
  return {
    executable: python.executable,
    // One thread a process: two that share a core are slower than one.
    variables: { PYTHONPATH: home, PYTHONUNBUFFERED: "1", OMP_NUM_THREADS: "1" },
  };
}

async function send(
  transport: Transport,
  home: string,
  trainer: TrainerPackage,
  { tell, signal }: EnvironmentOptions,
): Promise<void> {
  const abortable = signal ? { signal } : {};
  const { code } = await transport.run('[ -f "$1/lion_trainer/__init__.py" ]', { args: [home], ...abortable });
  if (code !== 0) {
    tell?.(`Sending the trainer to ${transport.label}`);
    await transport.put(home, trainer.files, { whole: true, ...abortable });
  }
}

/** Makes the environment unless it is there. Of several who want it at once, one makes it and the others wait. */
async function ensureEnvironment(
  transport: Transport,
  key: string,
  requirements: readonly string[],
  setup: string,
  { folder, tell = () => {}, signal }: EnvironmentOptions,
): Promise<void> {
  let log = "";
  let unfinished = "";
  const { code, stderr } = await transport.run(BUILD, {
    args: [folder, key, setup, ...requirements],
    timeoutMs: 0,
    ...(signal && { signal }),
    onOutput: (chunk) => {
      const text = chunk.toString("utf8");
      log = (log + text).slice(-(1 << 16));
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop() ?? "";
      for (const done of lines.map(whatIsDone).filter((done) => done !== null)) {
        tell(`Making the Python environment on ${transport.label}: ${done}`);
      }
    },
  });
  if (code !== 0) {
    throw new LionError(
      "environment",
      `The Python environment on ${transport.label} could not be made: ${reasonIn(`${log}\n${stderr}`)} (the whole log is ${folder}/envs/${key}.log there).`,
    );
  }
}

function hashOf(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);
}
