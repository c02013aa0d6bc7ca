import { existsSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { LionError } from "../errors.ts";
import type { ProcessRunner } from "./processes.ts";

export interface PythonVersions {
  /** The program, as it is started. */
  readonly executable: string;
  readonly python: string;
  readonly torch: string;
  readonly transformers: string;
}

export interface PythonOptions {
  readonly runner: ProcessRunner;
  /** `targets.<name>.python` of the project, if it is set. */
  readonly configured: string | undefined;
  /** The project's folder, which a relative path in lion.json starts from. */
  readonly projectDir: string;
  /** The folder that holds the package `lion_trainer`; the Python environment is looked for beside it. */
  readonly trainerRoot: string;
  readonly environment: NodeJS.ProcessEnv;
}

const NEEDED = ["torch", "transformers", "tokenizers", "safetensors", "numpy"] as const;
const SETUP =
  "run `npm run setup:trainer`, or name a Python that has it in LION_PYTHON or in lion.json (targets, python)";

// Only the packages' metadata is read: importing torch takes more than a second.
const PROBE = `
import importlib.metadata, json, sys
versions = {"python": ".".join(map(str, sys.version_info[:3]))}
for name in ${JSON.stringify(NEEDED)}:
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        versions[name] = None
print(json.dumps(versions))
`;

/** The Python that trains and answers on this machine. */
export class Python {
  readonly #options: PythonOptions;
  #versions: Promise<PythonVersions> | null = null;

  constructor(options: PythonOptions) {
    this.#options = options;
  }

  /**
   * The program: the one that lion.json names, else that of `LION_PYTHON`, else the environment made by the setup, else
   * the `python3` of the search path.
   */
  get executable(): string {
    const { configured, environment, projectDir, trainerRoot } = this.#options;
    if (configured) {
      return isAbsolute(configured) || !/[\\/]/.test(configured) ? configured : resolve(projectDir, configured);
    }
    const own = join(dirname(trainerRoot), ".venv", "bin", "python");
    return environment.LION_PYTHON || (existsSync(own) ? own : "python3");
  }

  /** The variables that a job of the trainer needs. One thread a process: two that share a core are slower than one. */
  get variables(): Record<string, string> {
    const { trainerRoot, environment } = this.#options;
    const path = environment.PYTHONPATH ? [trainerRoot, environment.PYTHONPATH] : [trainerRoot];
    return { PYTHONPATH: path.join(delimiter), PYTHONUNBUFFERED: "1", OMP_NUM_THREADS: "1" };
  }

  /**
   * What is installed; looked up once, again only after a failure.
   *
   * @throws LionError when there is no Python, one that is too old, or one without a package that the trainer needs.
   */
  versions(): Promise<PythonVersions> {
    this.#versions ??= this.#probe().catch((error: unknown) => {
      this.#versions = null;
      throw error;
    });
    return this.#versions;
  }

  async #probe(): Promise<PythonVersions> {
    const { executable } = this;
    const output = await this.#output(executable);
    const found = JSON.parse(output) as Record<string, string | null>;
    const python = found.python ?? "";
    const [major = 0, minor = 0] = python.split(".").map(Number);
    if (major < 3 || (major === 3 && minor < 11)) {
      throw new LionError(
        "environment",
        `${executable} is Python ${python}, and the trainer needs 3.11 or newer: name another in LION_PYTHON or in lion.json (targets, python).`,
      );
    }
    const missing = NEEDED.find((name) => !found[name]);
    if (missing) {
      throw new LionError("environment", `${executable} has no ${missing}, which the trainer needs: ${SETUP}.`);
    }
    return { executable, python, torch: found.torch ?? "", transformers: found.transformers ?? "" };
  }

  async #output(executable: string): Promise<string> {
    const missing = (cause?: unknown): LionError =>
      new LionError("environment", `There is no Python that works at ${executable}: ${SETUP}.`, { cause });
    const result = await this.#options.runner
      .run([executable, "-c", PROBE], { environment: this.#options.environment })
      .catch((error: unknown) => {
        throw missing(error);
      });
    if (result.code !== 0) {
      throw missing(result.stderr);
    }
    return result.stdout;
  }
}
