import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hostFactLines } from "../../src/core/training/host/hostLines.ts";
import { probeHost } from "../../src/core/training/host/probe.ts";
import { LocalTransport } from "../../src/core/training/localTransport.ts";
import { type FakeGpu, FakeNvidiaSmi } from "../support/fakeNvidiaSmi.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const python = execFileSync(process.env.LION_PYTHON ?? "python3", ["-c", "import sys; print(sys.executable)"], {
  encoding: "utf8",
}).trim();

/** This machine, with other programs in front. */
class Host {
  readonly bin: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(t: TestContext) {
    const root = temporaryFolder(t);
    this.bin = join(root, "bin");
    this.folder = join(root, "not 'there' yet");
    mkdirSync(this.bin);
    symlinkSync(python, join(this.bin, "python3"));
    this.environment = { PATH: `${this.bin}:/usr/bin:/bin`, HOME: root, LANG: "C" };
  }

  program(name: string, script: string): string {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\n${script}`);
    chmodSync(path, 0o755);
    return path;
  }

  gpus(gpus: readonly FakeGpu[]): FakeNvidiaSmi {
    const smi = new FakeNvidiaSmi(this.bin);
    smi.show(gpus);
    return smi;
  }

  /** A Python whose packages are the given modules alone. */
  python(modules: Readonly<Record<string, string>>): string {
    const site = join(this.folder, "..", "site");
    for (const [name, code] of Object.entries(modules)) {
      mkdirSync(join(site, name), { recursive: true });
      mkdirSync(join(site, `${name}-2.13.0.dist-info`), { recursive: true });
      writeFileSync(join(site, name, "__init__.py"), code);
      writeFileSync(
        join(site, `${name}-2.13.0.dist-info`, "METADATA"),
        `Metadata-Version: 2.1\nName: ${name}\nVersion: 2.13.0\n`,
      );
    }
    return this.program("withPackages", `PYTHONPATH='${site}' exec python3 -S "$@"`);
  }

  probe(options: { python?: string; hub?: string; folder?: string } = {}) {
    return probeHost(new LocalTransport(this.environment), { folder: this.folder, ...options });
  }

  async lines(options: { python?: string; hub?: string; folder?: string } = {}): Promise<string> {
    return hostFactLines(await this.probe(options)).join("\n");
  }
}

test("this machine is described as it is", async (t) => {
  const host = new Host(t);
  const facts = await host.probe();
  assert.equal(facts.host, hostname());
  assert.equal(facts.folder, host.folder);
  assert.equal(facts.isWritable, true);
  assert.equal(facts.cores, Number(execFileSync("nproc", { encoding: "utf8" })));
  assert.ok(facts.memory && facts.memory > 100);
  assert.ok(facts.diskFree && facts.diskFree > 100);
  assert.match(facts.python.version ?? "", /^3\.\d+\.\d+$/);
  assert.ok(["tar", "setsid", "sha256sum"].every((name) => facts.programs.has(name)));
  assert.deepEqual([facts.gpus, facts.gpuProblem, facts.driver, facts.hub], [[], null, null, null]);
  assert.match(hostFactLines(facts).join("\n"), /There is no nvidia-smi: jobs run on the processor\./);
});

test("each GPU is told with its memory and why it is not free", async (t) => {
  const host = new Host(t);
  host.gpus([
    { uuid: "GPU-a" },
    { uuid: "GPU-b", used: "38000" },
    { uuid: "GPU-c", pids: [4711] },
    { uuid: "GPU-d", mig: "Enabled" },
    { uuid: "GPU-e", name: "NVIDIA GB10", total: "[N/A]", used: "[N/A]", mig: "[N/A]" },
    { uuid: "GPU-f" },
  ]);
  mkdirSync(join(host.folder, "locks"), { recursive: true });
  writeFileSync(join(host.folder, "locks", "GPU-f"), "iteration-2 1 1 elsewhere\n");
  const facts = await host.probe();
  assert.deepEqual(facts.gpus[0], {
    ...{ index: 0, uuid: "GPU-a", name: "NVIDIA A100-SXM4-80GB", memory: 81920, used: 4, busy: null },
  });
  const lines = hostFactLines(facts).filter((line) => line.includes("GPU"));
  assert.deepEqual(lines, [
    "6 GPUs, 2 of them free (driver 550.54.15).",
    "GPU 0: NVIDIA A100-SXM4-80GB, 80 GiB, 0.0 GiB in use; free.",
    "GPU 1: NVIDIA A100-SXM4-80GB, 80 GiB, 37 GiB in use; 38000 MiB of it are in use.",
    "GPU 2: NVIDIA A100-SXM4-80GB, 80 GiB, 0.0 GiB in use; process 4711 computes on it.",
    "GPU 3: NVIDIA A100-SXM4-80GB, 80 GiB, 0.0 GiB in use; it is split by MIG.",
    "GPU 4: NVIDIA GB10, shared memory; free.",
    "GPU 5: NVIDIA A100-SXM4-80GB, 80 GiB, 0.0 GiB in use; job iteration-2 has it.",
    "A GPU in MIG mode is never chosen: to use a part of it, set `gpus` to 0 and export CUDA_VISIBLE_DEVICES with the part's UUID in the target's `setup`.",
  ]);
});

test("an nvidia-smi without devices, and one that fails, are told apart", async (t) => {
  const host = new Host(t);
  const smi = host.gpus([]);
  assert.match(await host.lines(), /nvidia-smi finds no GPU there: jobs run on the processor\./);
  smi.break(
    9,
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
  );
  assert.match(
    await host.lines(),
    /nvidia-smi does not work there: NVIDIA-SMI has failed because it couldn't communicate/,
  );
});

test("torch is told with what it sees, and one that sees no GPU with what to do", async (t) => {
  const host = new Host(t);
  const torch = (gpus: number, cuda: string): string =>
    `class version:\n    cuda = ${cuda}\nclass cuda:\n    device_count = staticmethod(lambda: ${gpus})\n    is_bf16_supported = staticmethod(lambda: True)\n`;
  assert.match(
    await host.lines(),
    /python3 is Python 3\.[\d.]+, without torch: an environment is made before the first job\./,
  );
  const seeing = host.python({ torch: torch(2, '"12.8"') });
  assert.match(await host.lines({ python: seeing }), /with torch 2\.13\.0, sees 2 GPUs and computes in bf16\./);
  host.gpus([{ uuid: "GPU-a" }]);
  const blind = host.python({ torch: torch(0, "None") });
  assert.match(
    await host.lines({ python: blind }),
    /which sees no GPU \(it is a build for processors\): install the torch that suits/,
  );
  const broken = host.python({ torch: "raise ImportError('libcudart.so.12: cannot open shared object file')" });
  assert.match(await host.lines({ python: broken }), /cannot be loaded \(ImportError: libcudart\.so\.12: cannot open/);
  assert.match(
    await host.lines({ python: "/no/python" }),
    /There is no \/no\/python: install Python 3\.11 or newer, or uv/,
  );
});

test("the Python of the environment that was made last is the one that is looked at", async (t) => {
  const host = new Host(t);
  mkdirSync(join(host.folder, "envs/0123/bin"), { recursive: true });
  symlinkSync(python, join(host.folder, "envs/0123/bin/python"));
  assert.equal((await host.probe()).python.executable, `${host.folder}/envs/0123/bin/python`);
});

test("whether gated weights can be read is asked there, by the name alone", async (t) => {
  const host = new Host(t);
  const hub = "meta-llama/Llama-2-7b-hf";
  const library = (body: string): string => {
    const code = `class GatedRepoError(Exception): pass\nclass RepositoryNotFoundError(Exception): pass\nclass HfApi:\n    def auth_check(self, name):\n        assert name == "${hub}"\n        ${body}\n`;
    return host.python({ huggingface_hub: code });
  };
  assert.match(await host.lines({ hub, python: library("return") }), /Llama-2-7b-hf can be read from the hub there\./);
  const gated = library('raise GatedRepoError("403")');
  assert.match(
    await host.lines({ hub, python: gated }),
    /is gated, and the host's token may not read it: ask for access on its page/,
  );
  const missing = library('raise RepositoryNotFoundError("401")');
  assert.match(await host.lines({ hub, python: missing }), /The hub has no meta-llama.*`hf auth login`/);
  const away = library('raise ConnectionError("no route")');
  assert.match(
    await host.lines({ hub, python: away }),
    /could not be asked for \(ConnectionError\): the host may have no way to the hub/,
  );
  assert.match(await host.lines({ hub }), /is not known yet: huggingface_hub comes with the environment/);
});

test("a host that ends processes at logout is told, unless the user may linger", async (t) => {
  const host = new Host(t);
  const loginctl = (linger: string): string =>
    host.program(
      "loginctl",
      `case "$*" in 'show-user -p KillUserProcesses') echo KillUserProcesses=yes ;; show-user*Linger) echo Linger=${linger} ;; esac`,
    );
  loginctl("no");
  assert.match(await host.lines(), /ends a user's processes at logout \(KillUserProcesses\).*loginctl enable-linger/);
  loginctl("yes");
  assert.doesNotMatch(await host.lines(), /logout/);
});

test("a folder that cannot be made, and little shared memory, are told with what to do", async (t) => {
  const host = new Host(t);
  const inTheWay = `${host.program("a file", "")}/folder`;
  assert.ok((await host.lines({ folder: inTheWay })).includes(`${inTheWay} cannot be written there: name another`));
  const facts = await host.probe();
  const lines = hostFactLines({ ...facts, isWritable: false, sharedMemory: 64, diskFree: 3000, programs: new Set() });
  assert.ok(lines.includes(`${host.folder} cannot be written there: name another \`folder\` for the target.`));
  assert.ok(lines.some((line) => line.startsWith("/dev/shm has only 64 MiB")));
  assert.ok(lines.some((line) => line.startsWith("There is no tar")));
  assert.ok(lines.some((line) => line.startsWith("There is neither setsid nor perl")));
  const little = hostFactLines({ ...facts, diskFree: 3000 });
  assert.ok(little.some((line) => line.startsWith("2.9 GiB are free for") && line.includes("that is little")));
});

test("a host whose shell says nothing is told", async () => {
  const mute = {
    run: async () => ({ code: 127, stdout: Buffer.from("Welcome!\n"), stderr: "sh: command not found\n" }),
  };
  await assert.rejects(
    probeHost({ label: "gpu-box", ...mute } as never, { folder: "~/.lion" }),
    /gpu-box could not be looked at \(sh: command not found\): log in there/,
  );
});
