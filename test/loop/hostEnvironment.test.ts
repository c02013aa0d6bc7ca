import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { type EnvironmentOptions, ensurePython } from "../../src/core/training/host/environment.ts";
import { LocalTransport } from "../../src/core/training/localTransport.ts";
import { FakeNvidiaSmi } from "../support/fakeNvidiaSmi.ts";
import { fakeWheels } from "../support/fakeWheels.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const python = execFileSync(process.env.LION_PYTHON ?? "python3", ["-c", "import sys; print(sys.executable)"], {
  encoding: "utf8",
}).trim();

/** A host whose search path has a Python and nothing else of interest, and whose pip knows only the wheels that were made for it. */
class Host {
  readonly root: string;
  readonly bin: string;
  readonly folder: string;
  readonly requirements: string[];
  readonly trainerRoot: string;
  readonly told: string[] = [];
  readonly environment: NodeJS.ProcessEnv;
  scripts = 0;

  constructor(t: TestContext, code: Readonly<Record<string, string>> = {}) {
    this.root = temporaryFolder(t);
    this.folder = join(this.root, "lion 'home' $(x)");
    this.bin = join(this.root, "bin");
    mkdirSync(this.bin);
    symlinkSync(python, join(this.bin, "python3"));
    this.trainerRoot = join(this.root, "trainer here");
    this.write("lion_trainer/__init__.py", "");
    this.write("lion_trainer/train.py", "print('trains')\n");
    this.write(
      "pyproject.toml",
      '[project]\ndependencies = [\n  "torch>=2.11",\n]\n[project.optional-dependencies]\ngguf = ["gguf>=0.17"]\n',
    );
    const wheels = join(this.root, "wheels");
    this.requirements = fakeWheels(wheels, python, code);
    this.environment = {
      ...{ PATH: `${this.bin}:/usr/bin:/bin`, HOME: this.root, LANG: "C" },
      ...{ PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels, PIP_CONFIG_FILE: "/dev/null", PIP_NO_CACHE_DIR: "1" },
    };
  }

  write(name: string, text: string): void {
    const path = join(this.trainerRoot, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }

  program(name: string, script: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${script}`);
    chmodSync(join(this.bin, name), 0o755);
  }

  ensure(config: { python?: string; setup?: string } = {}, options: Partial<EnvironmentOptions> = {}) {
    return ensurePython(new LocalTransport(this.environment), config, {
      ...{ trainerRoot: this.trainerRoot, folder: this.folder, requirements: this.requirements },
      tell: (text) => this.told.push(text),
      ...options,
    });
  }

  get environments(): string[] {
    return readdirSync(join(this.folder, "envs")).filter((name) => /^[0-9a-f]{16}$/.test(name));
  }
}

test("an environment is made once, by venv and pip, and runs the trainer that was sent", async (t) => {
  const host = new Host(t);
  const first = await host.ensure();
  const words = execFileSync(first.executable, ["-m", "lion_trainer.train"], {
    env: { ...host.environment, ...first.variables },
    encoding: "utf8",
  });
  assert.equal(words, "trains\n");
  assert.ok(first.executable.startsWith(`${host.folder}/envs/`));
  assert.ok(first.variables.PYTHONPATH?.startsWith(`${host.folder}/trainer/`));
  assert.ok(
    host.told.includes("Making the Python environment on this machine: installing 5 packages"),
    host.told.join("\n"),
  );
  host.told.length = 0;
  const started = performance.now();
  assert.deepEqual(await host.ensure(), first);
  assert.ok(performance.now() - started < 2000, "the second time nothing is made");
  assert.deepEqual(host.told, ["Checking the Python on this machine"]);
});

test("a changed trainer is sent beside the one before, a changed list of requirements makes another environment", async (t) => {
  const host = new Host(t);
  const first = await host.ensure();
  host.write("lion_trainer/train.py", "print('trains better')\n");
  const second = await host.ensure();
  assert.equal(second.executable, first.executable);
  assert.notEqual(second.variables.PYTHONPATH, first.variables.PYTHONPATH);
  assert.ok(existsSync(`${first.variables.PYTHONPATH}/lion_trainer/train.py`));
  const third = await host.ensure({}, { requirements: host.requirements.toReversed() });
  assert.notEqual(third.executable, first.executable);
});

test("two who want the same environment at once get one", async (t) => {
  const host = new Host(t);
  const both = await Promise.all([host.ensure(), host.ensure()]);
  assert.deepEqual(both[0], both[1]);
  assert.equal(host.environments.length, 1);
  assert.equal(host.told.filter((text) => text.endsWith("installing 5 packages")).length, 1);
});

test("what pip says is the reason, nothing half-made is left, and the next try makes it", async (t) => {
  const host = new Host(t);
  const requirements = [...host.requirements, "no-such-package==1.0"];
  await assert.rejects(
    host.ensure({}, { requirements }),
    /^LionError: The Python environment on this machine could not be made: pip says: No matching distribution found for no-such-package==1\.0 \(the whole log is .*\.log there\)\.$/,
  );
  const [log, ...rest] = readdirSync(join(host.folder, "envs")).filter((name) => !name.startsWith("making"));
  assert.deepEqual(rest, []);
  assert.match(readFileSync(join(host.folder, "envs", log as string), "utf8"), /no-such-package/);
  fakeWheels(join(host.root, "wheels"), python);
  await host.ensure();
});

test("what an attempt that was killed has left is removed by the next", async (t) => {
  const host = new Host(t);
  const made = await host.ensure({}, { requirements: host.requirements });
  const key = host.environments[0] as string;
  execFileSync("rm", ["-rf", join(host.folder, "envs", key), `${join(host.folder, "envs", key)}.checked`]);
  mkdirSync(join(host.folder, "envs", `${key}.999-1`));
  assert.deepEqual(await host.ensure(), made);
  const left = readdirSync(join(host.folder, "envs")).filter(
    (name) => name.startsWith(`${key}.`) && /\d-\d/.test(name),
  );
  assert.equal(left.length, 1);
});

test("uv makes the environment where it is there, with the torch that suits the driver", async (t) => {
  const host = new Host(t);
  host.program(
    "uv",
    `printf '%s\\n' "$*" >>"$HOME/uv.calls"
case "$1 $2 $3" in
  'pip install --help') echo '      --torch-backend <TORCH_BACKEND>' ;;
  venv*) while [ $# -gt 1 ]; do shift; done; python3 -m venv "$1" ;;
  *) echo 'Resolved 5 packages in 12ms' >&2
     python=$4; shift 5; "$python" -m pip install --quiet "$@" ;;
esac
`,
  );
  await host.ensure();
  const calls = readFileSync(join(host.root, "uv.calls"), "utf8").trim().split("\n");
  assert.match(calls[1] as string, /^venv --python >=3\.11,<3\.15 /);
  assert.match(calls[2] as string, /^pip install --python .*\/bin\/python --torch-backend=auto torch==2\.13\.0 /);
  assert.ok(host.told.includes("Making the Python environment on this machine: 5 packages to install"));
});

test("a host without a way to torch's own address has its torch from where its other packages are", async (t) => {
  const host = new Host(t);
  host.program(
    "uv",
    `case "$1 $2 $3" in
  'pip install --help') echo '      --torch-backend <TORCH_BACKEND>' ;;
  venv*) while [ $# -gt 1 ]; do shift; done; python3 -m venv "$1" ;;
esac
case "$*" in
  *--torch-backend=auto*) echo 'error: Request failed after 3 retries in 12.1s' >&2; exit 2 ;;
  'pip install --python'*) python=$4; shift 4; [ ! -e "$HOME/poor" ] || { echo 'error: Failed to fetch: https://pypi.org/simple/torch/' >&2; exit 2; }
    "$python" -m pip install --quiet "$@" ;;
esac
`,
  );
  writeFileSync(join(host.root, "poor"), "");
  await assert.rejects(host.ensure(), /uv says: Failed to fetch: https:\/\/pypi\.org\/simple\/torch\/ \(the whole log/);
  execFileSync("rm", [join(host.root, "poor")]);
  await host.ensure();
});

test("what uv says is the reason", async (t) => {
  const host = new Host(t);
  host.program(
    "uv",
    `case $1 in venv) exit 0 ;; esac
printf '  × No solution found when resolving dependencies:\\n  ╰─▶ Because nope was not found in the package registry and you require nope,\\n      we can conclude that your requirements are unsatisfiable.\\n' >&2; exit 1`,
  );
  await assert.rejects(
    host.ensure(),
    /could not be made: uv says: No solution found when resolving dependencies: Because nope was not found in the package registry and you require nope, we can conclude that your requirements are unsatisfiable\. \(the whole log/,
  );
});

test("a host without a Python that is new enough says so", async (t) => {
  const host = new Host(t);
  for (const name of ["python3", "python3.12", "python3.13", "python3.11", "python3.14", "python"]) {
    execFileSync("rm", ["-f", join(host.bin, name)]);
    host.program(name, "exit 1");
  }
  await assert.rejects(
    host.ensure(),
    /could not be made: There is neither a Python from 3\.11 to 3\.14 nor uv: mend that/,
  );
});

test("a named Python without a package, or that is not there, is refused by name", async (t) => {
  const host = new Host(t);
  execFileSync(python, ["-m", "venv", "--without-pip", join(host.root, "bare")]);
  const bare = join(host.root, "bare/bin/python");
  await assert.rejects(
    host.ensure({ python: bare }),
    /bare\/bin\/python on this machine has no torch, transformers, tokenizers, safetensors, numpy, which the trainer needs: name another in lion\.json/,
  );
  await assert.rejects(host.ensure({ python: "/no/python" }), /There is no \/no\/python on this machine: name another/);
  host.program("old", `echo '{"versions": {"python": "3.9.2"}}'`);
  await assert.rejects(
    host.ensure({ python: "old" }),
    /old on this machine is Python 3\.9\.2, and the trainer needs 3\.11 or newer/,
  );
  host.program("broken", "echo 'dyld: missing' >&2; exit 1");
  await assert.rejects(
    host.ensure({ python: "broken" }),
    /broken on this machine does not work \(dyld: missing\): name/,
  );
});

test("the Python that lion.json names is taken as it is, after setup lines, which say so when they fail", async (t) => {
  const host = new Host(t);
  const { executable } = await host.ensure();
  assert.equal((await host.ensure({ python: executable })).executable, executable);
  const setup = `echo loading; PATH='${dirname(executable).replaceAll("'", "'\\''")}':$PATH`;
  assert.equal((await host.ensure({ python: "python", setup })).executable, executable);
  await assert.rejects(
    host.ensure({ python: "python", setup: "echo 'no module cuda' >&2; (exit 3)" }),
    /The setup lines of the target fail on this machine with code 3 \(no module cuda\): correct `setup` in lion\.json/,
  );
});

test("a torch that does not see the GPUs of its host is refused, with its own words", async (t) => {
  const host = new Host(t);
  const smi = new FakeNvidiaSmi(host.bin);
  smi.show([{ uuid: "GPU-a" }]);
  host.environment.LION_TEST_GPUS = "0";
  await assert.rejects(
    host.ensure(),
    /has torch 2\.13\.0, which does not see the 1 GPU there \(CUDA initialization: The NVIDIA driver on your system is too old \(found version 11040\)\. Please update your GPU driver\)/,
  );
});

test("a package that cannot be loaded is told", async (t) => {
  const host = new Host(t, { transformers: "raise OSError('libcudnn.so.9: cannot open shared object file')" });
  await assert.rejects(
    host.ensure(),
    /cannot load what the trainer needs \(OSError: libcudnn\.so\.9: cannot open shared object file\): remove .*\/envs\/\w+ there/,
  );
});

test("a trainer that is not where it belongs is told before anything is sent", async (t) => {
  const host = new Host(t);
  await assert.rejects(
    host.ensure({}, { trainerRoot: host.bin }),
    /The trainer is not in .*bin: install the extension anew/,
  );
  assert.equal(existsSync(host.folder), false);
});
