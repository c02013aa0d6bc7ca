import { LionError } from "../../errors.ts";
import type { RunOptions, Transport } from "../transport.ts";

const NEEDED = ["torch", "transformers", "tokenizers", "safetensors", "numpy"];
const OLDEST = [3, 11] as const;

// Only what pip has noted: this takes a tenth of a second, importing torch from a network disk up to a minute.
const VERSIONS = `
import importlib.metadata, json, sys
versions = {"python": ".".join(map(str, sys.version_info[:3]))}
for name in ${JSON.stringify(NEEDED)}:
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
`;

const QUICK = `${VERSIONS}print(json.dumps({"versions": versions}))`;

const THOROUGH = `${VERSIONS}
import warnings
facts = {"versions": versions, "cuda": None, "gpus": 0, "bf16": False, "problem": None}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        import torch
        facts["cuda"] = torch.version.cuda or getattr(torch.version, "hip", None)
        facts["gpus"] = torch.cuda.device_count()
        facts["bf16"] = facts["gpus"] > 0 and torch.cuda.is_bf16_supported()
        for name in ${JSON.stringify(NEEDED.slice(1))}:
            __import__(name)
    except Exception as error:
        facts["problem"] = type(error).__name__ + ": " + str(error)
said = [str(warning.message) for warning in caught if "CUDA" in str(warning.message)]
facts["warning"] = said[0] if said else None
print(json.dumps(facts))
`;

// What was found out is kept there, with the versions for which it holds.
const SCRIPT = `
python=$1 remembered=$2 setup=$3
case $python in '~/'*) python=$HOME/\${python#'~/'} ;; esac
if [ -n "$setup" ]; then
  eval "$setup" >&2 || { echo "setup $?" >&2; exit 9; }
fi
command -v "$python" >/dev/null 2>&1 || exit 8
quick=$("$python" -c "$4" | tail -n 1) || exit 7
case $quick in '{'*) ;; *) exit 7 ;; esac
if [ "$(head -n 1 "$remembered" 2>/dev/null)" != "$quick" ]; then
  thorough=$("$python" -c "$5" | tail -n 1)
  case $thorough in '{'*) ;; *) exit 6 ;; esac
  mkdir -p "\${remembered%/*}" && printf '%s\\n%s\\n' "$quick" "$thorough" >"$remembered.$$" && mv "$remembered.$$" "$remembered" || exit 5
fi
printf '%s\\n' "$(command -v "$python")"
# Counted anew: what is remembered may be from a node of the same disk that has none.
nvidia-smi --query-gpu=uuid --format=csv,noheader 2>/dev/null | grep -c '^GPU-'
sed -n 2p "$remembered"
`;

export interface CheckedPython {
  /** Absolute. */
  readonly executable: string;
  readonly versions: Readonly<Record<string, string>>;
  /** The CUDA (or ROCm) that torch was built for; null for a CPU build. */
  readonly cuda: string | null;
  /** GPUs that torch sees. */
  readonly gpus: number;
  readonly bf16: boolean;
}

interface Facts extends Omit<CheckedPython, "executable"> {
  readonly problem: string | null;
  readonly warning: string | null;
}

export interface PythonToCheck {
  readonly executable: string;
  /** A file there for what was found out. */
  readonly remembered: string;
  /** Shell lines that run before; empty for none. */
  readonly setup: string;
  /** What to do about a Python that does not suit, at the end of a sentence. */
  readonly advice: string;
}

/**
 * Looks whether a Python of a host can run the trainer. The slow part of it, importing torch, is done once for each set of versions.
 *
 * @throws LionError naming what is missing: the Python, a newer one, packages, a setup that works, a driver that suits torch.
 */
export async function checkPython(
  transport: Transport,
  python: PythonToCheck,
  options: Pick<RunOptions, "signal"> = {},
): Promise<CheckedPython> {
  const { executable, advice } = python;
  const fault = (sentence: string, cause?: unknown): LionError =>
    new LionError("environment", sentence, cause === undefined ? {} : { cause });
  const { code, stdout, stderr } = await transport.run(SCRIPT, {
    args: [executable, python.remembered, python.setup, QUICK, THOROUGH],
    timeoutMs: 300_000,
    ...options,
  });
  const words = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  const where = `${executable} on ${transport.label}`;
  if (code === 9) {
    const lines = stderr.trim().split("\n");
    const said = lines.length > 1 ? ` (${lines.at(-2)?.trim()})` : "";
    throw fault(
      `The setup lines of the target fail on ${transport.label} with code ${words.split(" ").at(-1)}${said}: correct \`setup\` in lion.json.`,
    );
  }
  if (code === 8) {
    throw fault(`There is no ${where}: ${advice}.`);
  }
  if (code === 5) {
    throw fault(
      `${python.remembered} on ${transport.label} cannot be written (${words}): name another folder for the target.`,
    );
  }
  const [path = "", seen = "", json = ""] = stdout.toString().split("\n");
  const facts = code === 0 ? parsed(json) : null;
  if (facts === null) {
    throw fault(`${where} does not work${words ? ` (${words})` : ""}: ${advice}.`, stderr);
  }
  const complaint = complaintAbout(facts, Number(seen));
  if (complaint !== null) {
    throw fault(`${where} ${complaint}: ${advice}.`);
  }
  const { versions, cuda, gpus, bf16 } = facts;
  return { executable: path, versions, cuda, gpus, bf16 };
}

function complaintAbout({ versions, problem, warning, gpus, cuda }: Facts, gpusThere: number): string | null {
  const [major = 0, minor = 0] = (versions.python ?? "").split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return `is Python ${versions.python}, and the trainer needs ${OLDEST.join(".")} or newer`;
  }
  const missing = NEEDED.filter((name) => !(name in versions));
  if (missing.length > 0) {
    return `has no ${missing.join(", ")}, which the trainer needs`;
  }
  if (problem !== null) {
    return `cannot load what the trainer needs (${problem})`;
  }
  if (gpusThere > 0 && gpus === 0) {
    const why = warning ?? (cuda === null ? "it is a build for processors" : `it is built for CUDA ${cuda}`);
    return `has torch ${versions.torch}, which does not see the ${gpusThere} GPU${gpusThere === 1 ? "" : "s"} there (${why})`;
  }
  return null;
}

function parsed(json: string): Facts | null {
  try {
    return JSON.parse(json) as Facts;
  } catch {
    return null;
  }
}
