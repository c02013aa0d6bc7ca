// sbatch, squeue, sacct, scancel, scontrol and srun of the stand-in: asks the controller, or starts a command once a node.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Call, Reply } from "./controller.ts";

const [program = "", ...args] = process.argv.slice(2);

function ask(call: Call): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(dirname(process.env.SLURM_CONF ?? ""), "socket"));
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("end", () => resolve(JSON.parse(text) as Reply)).on("error", reject);
    socket.write(`${JSON.stringify(call)}\n`);
  });
}

/** Starts the command once for each node of the job, and ends with the worst code. TERM is an order to kill. */
function srun(): void {
  const command = args.slice(args.findIndex((word) => !word.startsWith("--")));
  const nodes = Number(process.env.SLURM_JOB_NUM_NODES ?? 1);
  const tasks = Array.from({ length: nodes }, (_, node) => {
    const environment = { ...process.env, SLURM_NODEID: String(node), SLURM_PROCID: String(node), SLURM_STEP_ID: "0" };
    return spawn(command[0] as string, command.slice(1), { env: environment, stdio: ["ignore", "inherit", "inherit"] });
  });
  process.on("SIGTERM", () => {
    process.stderr.write("srun: forcing job termination\n");
    for (const task of tasks) {
      task.kill("SIGKILL");
    }
  });
  let worst = 0;
  let left = nodes;
  for (const task of tasks) {
    task.on("exit", (code) => {
      worst = Math.max(worst, code ?? 137);
      left--;
      if (left === 0) {
        process.exit(worst);
      }
    });
  }
}

if (program === "srun") {
  srun();
} else {
  const script = program === "sbatch" ? readFileSync(args.at(-1) as string, "utf8") : "";
  const call = { program, args, environment: process.env, user: userInfo().username, script };
  const reply = await ask(call).catch(
    (): Reply => ({ code: 1, stdout: "", stderr: "Unable to contact slurm controller (connect failure)\n" }),
  );
  process.stdout.write(reply.stdout);
  process.stderr.write(reply.stderr);
  process.exitCode = reply.code;
}
