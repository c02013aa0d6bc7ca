import { parseArgs } from "node:util";
import { LionError, sentenceOf } from "../core/errors.ts";
import { projectPaths } from "../core/project/project.ts";
import { Attendance } from "./attendance.ts";
import { EngineHost } from "./host.ts";
import { sandboxEntry, trainerRoot } from "./installation.ts";
import { KeyRing } from "./keyRing.ts";
import { EngineWork } from "./work.ts";

/**
 * The engine as a process of its own: `process.ts --project DIR`. It says in the project's `.lion/engine.json` how it is
 * reached, and ends by itself. Its keys come from its clients alone, never from the environment. What it prints is its log.
 */

const { values } = parseArgs({ options: { project: { type: "string", default: process.cwd() } } });
const project = projectPaths(values.project);

function log(text: string): void {
  console.log(`${new Date().toISOString()} ${process.pid} ${text}`);
}

async function serve(): Promise<void> {
  const keys = new KeyRing();
  const work = new EngineWork({
    directory: project.directory,
    keyOf: (_profile, origin) => keys.of(origin),
    sandboxEntry,
    trainerRoot,
    ...(process.env.LION_SANDBOX_LOG && { sandboxLog: process.env.LION_SANDBOX_LOG }),
    onFailure: (error) => {
      if (!(error instanceof LionError)) {
        log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
    },
  });
  const host = await EngineHost.open({ project, work, keys, onClients: () => attendance.update() });
  if (!host) {
    log("another engine serves this project");
    return;
  }
  log(`serves ${project.directory}`);
  process.once("exit", () => host.withdraw());
  let ending = false;
  const end = (): void => {
    ending = true;
    attendance.stop();
    // Nobody comes any more, while what is in flight is awaited.
    host.withdraw();
    void work
      .close()
      .then(() => host.close())
      .then(() => log("ends"));
  };
  const attendance = new Attendance(() => host.state, { pause: () => work.pause(), end });
  work.onChange(() => {
    if (!ending) {
      attendance.update();
    }
  });
  work.onEvent((event) => {
    if (event.event === "note") {
      log(event.text);
    } else if (event.event === "stage") {
      log(`iteration ${event.iteration}: ${event.stage} ${event.state}${event.note && ` (${event.note})`}`);
    }
  });
  // Whoever ends the session or the machine: what is in flight is stored, and nothing new begins.
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (work.state.phase === "idle") {
        end();
        return;
      }
      work.pause();
      work.onChange(() => {
        if (work.state.phase === "idle" && !ending) {
          end();
        }
      });
    });
  }
  // A terminal that is closed is not the end of what was started in it.
  process.on("SIGHUP", () => {});
}

serve().catch((error: unknown) => {
  log(`lion: ${sentenceOf(error)}`);
  process.exitCode = 1;
});
