import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { edited } from "../../../src/core/project/edit.ts";
import { loadProject } from "../../../src/core/project/project.ts";
import { Store } from "../../../src/core/store/store.ts";
import { targetEdits } from "../../../src/shell/config/targetAdding.ts";

interface LeftJob {
  readonly id: string;
  readonly kind?: "train" | "generate";
  readonly purpose?: string;
  readonly target?: string;
  readonly state?: "failed";
  readonly exitCode?: number;
  readonly files: Readonly<Record<string, string>>;
}

const OF_TRAINER = JSON.stringify({ argv: ["python", "-m", "lion_trainer.train"], environment: {}, details: {} });
const PLACE = (gpus: readonly string[]): string =>
  JSON.stringify({ target: "gpu-box", host: "gpu-box", path: "/home/me/.lion/jobs/x", gpus });
const METRICS = (step: number): string =>
  Array.from({ length: step }, (_, index) =>
    JSON.stringify({ step: index + 1, steps: 564, loss: 1.9 - index / 400, eta_s: 3 * (564 - index) }),
  ).join("\n");

/** Jobs in every state that one can be left in, on this machine and on a GPU host. */
const JOBS: readonly LeftJob[] = [
  {
    ...{ id: "iteration-004-imitation-001-aaaaaaaa", state: "failed", exitCode: 1 },
    files: {
      "place.json": PLACE(["GPU-1", "GPU-2"]),
      rc: "1",
      "state.json": JSON.stringify({ state: "failed", message: "CUDA out of memory on GPU 1" }),
      log: "loading\nerror: CUDA out of memory on GPU 1\n",
    },
  },
  {
    ...{ id: "iteration-004-imitation-002-bbbbbbbb", state: "failed", exitCode: 75 },
    files: {
      "place.json": PLACE(["GPU-1"]),
      rc: "75",
      "state.json": '{"state": "stopped"}',
      "metrics.jsonl": `${METRICS(80)}\n`,
    },
  },
  {
    ...{ id: "iteration-004-imitation-003-cccccccc", state: "failed", exitCode: 143 },
    files: { "place.json": PLACE([]), rc: "143", cancelled: "", "metrics.jsonl": `${METRICS(96)}\n` },
  },
  {
    ...{
      id: "iteration-004-discrimination-1-001-dddddddd",
      kind: "generate",
      purpose: "discrimination-1",
      target: "cluster",
    },
    files: {
      "place.json": JSON.stringify({ target: "cluster", host: "login", path: "/shared/x", gpus: [] }),
      "state.json": JSON.stringify({ state: "waiting", message: "Slurm has it in its queue (Priority)" }),
    },
  },
  {
    id: "iteration-004-imitation-004-eeeeeeee",
    files: {
      "place.json": PLACE(["GPU-1", "GPU-2", "GPU-3", "GPU-4"]),
      "state.json": '{"state": "running"}',
      "metrics.jsonl": `${METRICS(212)}\n`,
      log: "step 212\n",
    },
  },
];

/** Gives a copy of the demo project targets, jobs in all states and a checkpoint on a host, as engines would have left them. */
export function leaveTrainings(folder: string): void {
  const file = join(folder, "lion.json");
  const text = readFileSync(file, "utf8");
  const withHost = edited(text, targetEdits(text, "gpu-box", { kind: "ssh", host: "gpu-box" }));
  writeFileSync(file, edited(withHost, targetEdits(withHost, "cluster", { kind: "slurm", host: "login" })));
  const { config, databaseFile, dataDirectory } = loadProject(folder);
  const store = new Store(databaseFile);
  try {
    const number = (store.iterations.latest()?.number ?? 0) + 1;
    store.iterations.open({ number, config, prompts: {}, decisionFloor: 0 }, Date.now());
    store.iterations.begin(number, "imitation", 0, Date.now());
    store.iterations.end(number, "imitation", "stopped", "The engine was left alone.", 5000, Date.now());
    for (const [index, { id, kind = "train", purpose = "imitation", target = "gpu-box", ...job }] of JOBS.entries()) {
      const directory = `jobs/${id}`;
      mkdirSync(join(dataDirectory, directory), { recursive: true });
      for (const [name, content] of Object.entries({ "job.json": OF_TRAINER, ...job.files })) {
        writeFileSync(join(dataDirectory, directory, name), content);
      }
      store.training.addJob({ id, kind, iteration: number, purpose, target, directory }, Date.now() + index);
      if (job.state) {
        store.training.endJob(id, job.state, job.exitCode ?? null, Date.now());
      }
    }
    store.training.addCheckpoint(
      {
        ...{ iteration: number, jobId: null, target: "gpu-box", directory: "/data/students/seven-billion" },
        ...{ weightsSha256: "5f".repeat(32), template: "lion@5f5f5f5f", parentId: null },
        manifest: { registered: true, note: "LLaMA-Factory, 3 epochs", template: "lion" },
      },
      Date.now(),
    );
    const here = join(dataDirectory, "checkpoints", `${number}-${"5f".repeat(6)}`);
    mkdirSync(here, { recursive: true });
    writeFileSync(join(here, "summary.json"), JSON.stringify({ weights_bytes: 13_476_839_424 }));
  } finally {
    store.close();
  }
}
