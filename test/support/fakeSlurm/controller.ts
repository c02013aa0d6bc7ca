// A process of its own that stands for slurmctld and its nodes: programs ask it over a socket in the folder of SLURM_CONF.
import { createServer } from "node:net";
import { join } from "node:path";
import { FakeJob } from "./job.ts";

/** What a program of Slurm's was called with. */
export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly user: string;
  readonly script: string;
}

export interface Reply {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const NODES = ["127.0.0.1", "127.0.0.2"];
const CORES = 2;
const folder = process.argv[2] as string;
const jobs = new Map<number, FakeJob>();

const said = (stdout: string): Reply => ({ code: 0, stdout: stdout === "" ? "" : `${stdout}\n`, stderr: "" });
const failed = (stderr: string): Reply => ({ code: 1, stdout: "", stderr: `${stderr}\n` });

/** Options as `--name=value`, `--name value` for those that have to have one, and `-x value`; the rest stands for itself. */
function parse(args: readonly string[]): { options: Map<string, string>; rest: string[] } {
  const options = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] as string;
    const [, name = "", value] = word.match(/^--([\w-]+)(?:=([\s\S]*))?$/) ?? [];
    if (name) {
      options.set(name, value ?? "");
    } else if (/^-[jtou]$/.test(word)) {
      options.set(word.slice(1), args[++index] ?? "");
    } else if (/^-\w$/.test(word)) {
      options.set(word.slice(1), "");
    } else {
      rest.push(word);
    }
  }
  return { options, rest };
}

function schedule(): void {
  const running = [...jobs.values()].filter(({ isActive }) => isActive);
  for (const job of jobs.values()) {
    if (job.state !== "PENDING" || job.isActive) {
      continue;
    }
    if (job.beginAt > Date.now()) {
      job.reason = "BeginTime";
      continue;
    }
    const free = NODES.filter((node) => {
      const there = running.filter(({ nodes }) => nodes.includes(node));
      return job.options.has("exclusive")
        ? there.length === 0
        : there.length < CORES && !there.some(({ options }) => options.has("exclusive"));
    });
    if (free.length >= job.wanted) {
      job.start(free.slice(0, job.wanted));
      running.push(job);
    } else {
      job.reason = "Resources";
    }
  }
}

function answer({ program, args, environment, user, script }: Call): Reply {
  const { options, rest } = parse(args);
  const job = jobs.get(Number(options.get("j") ?? rest.at(-1)));
  switch (program) {
    case "sbatch": {
      if (options.has("partition") && options.get("partition") !== "main") {
        return failed("sbatch: error: Batch job submission failed: Invalid partition name specified");
      }
      const id = jobs.size + 1;
      jobs.set(id, new FakeJob(folder, id, { options, script, environment, user }));
      return said(options.has("parsable") ? String(id) : `Submitted batch job ${id}`);
    }
    case "squeue": {
      if (options.has("j") && !job) {
        return failed("slurm_load_jobs error: Invalid job id specified");
      }
      const found = (options.has("j") && job ? [job] : [...jobs.values()]).filter(
        (one) =>
          (options.get("t") === "all" || ["PENDING", "RUNNING", "COMPLETING"].includes(one.state)) &&
          (!options.has("name") || one.options.get("job-name") === options.get("name")) &&
          (!options.has("user") || one.user === options.get("user")),
      );
      const lines = found.map((one) =>
        (options.get("o") ?? "%i").replaceAll(/%([iTrjN])/g, (_, letter: string) => {
          const fields: Record<string, string> = { i: String(one.id), T: one.state, r: one.reason };
          return fields[letter] ?? (letter === "j" ? (one.options.get("job-name") ?? "") : one.nodes.join(","));
        }),
      );
      return said(lines.join("\n"));
    }
    case "scancel":
      if (options.has("user")) {
        for (const one of [...jobs.values()].filter((each) => each.user === options.get("user"))) {
          one.cancel();
        }
      } else if (!job) {
        return failed("scancel: error: Kill job error on job id: Invalid job id specified");
      } else if (options.has("batch")) {
        job.signalBatch(`SIG${options.get("signal")}` as NodeJS.Signals);
      } else if (options.has("signal")) {
        job.signalSteps(`SIG${options.get("signal")}` as NodeJS.Signals);
      } else {
        job.cancel();
      }
      return said("");
    case "scontrol":
      if (rest[0] === "show" && rest[1] === "hostnames") {
        return said((rest[2] ?? "").split(",").join("\n"));
      }
      if (rest[0] === "requeue" && job) {
        const problem = job.requeue();
        return problem === null ? said("") : failed(problem);
      }
      return rest[0] === "show" && job
        ? said(
            `JobId=${job.id} JobState=${job.state} Reason=${job.reason} Restarts=${job.restarts} ExitCode=${job.exitCode}`,
          )
        : failed("slurm_load_jobs error: Invalid job id specified");
    case "sacct":
      return failed("Slurm accounting storage is disabled");
    default:
      return failed(`${program} is not a program of this cluster.`);
  }
}

const server = createServer((socket) => {
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (text.endsWith("\n")) {
      socket.end(JSON.stringify(answer(JSON.parse(text) as Call)));
      schedule();
    }
  });
  socket.on("error", () => {});
});
server.listen(join(folder, "socket"));
setInterval(schedule, 100);
