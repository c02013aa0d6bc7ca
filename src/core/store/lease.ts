import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Connection } from "./database.ts";

const SILENCE_MS = 30_000;

interface LeaseRow {
  host: string;
  pid: number;
  process_started: string;
  token: string;
  heartbeat: number;
  pause_requested: number;
}

/**
 * When a process began, in the kernel's own count, or "" when it cannot be told. Compared with what the lease says, it
 * tells a living holder from another process that was given the same number later.
 */
export function processStart(pid: number): string {
  try {
    // Field 22 of /proc/PID/stat; the second field is the command's name in brackets and may contain spaces.
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(/\s+/)[19] ?? "";
  } catch {
    return "";
  }
}

function isAlive(row: LeaseRow): boolean {
  try {
    process.kill(row.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return row.process_started === "" || processStart(row.pid) === row.process_started;
}

/** How the token of a holder begins that asks questions between the runs and gives way to whoever wants to work. */
const ASIDE = "aside/";

/**
 * The one row that says which engine runs the project. A dead holder on this machine is taken over at once, a holder on
 * another machine after 30 seconds of silence. One that stands aside keeps others from writing at the same time, and
 * counts as nobody at work.
 */
export class Lease {
  readonly #db: Connection;
  readonly #clock: Clock;
  readonly #token: string;

  constructor(db: Connection, clock: Clock, aside = false) {
    this.#db = db;
    this.#clock = clock;
    this.#token = `${aside ? ASIDE : ""}${randomUUID()}`;
  }

  /** @throws LionError when another engine holds it. Returns true when a dead holder was taken over. */
  take(): boolean {
    return this.#db
      .transaction(() => {
        const holder = this.#row();
        if (holder) {
          if (!this.#isDead(holder)) {
            throw new LionError(
              "environment",
              `Another engine is at work on this project (process ${holder.pid} on ${holder.host}): wait for it, or stop it with \`lion pause\`.`,
            );
          }
        }
        this.#db
          .prepare(
            `INSERT OR REPLACE INTO lease (id, host, pid, process_started, token, heartbeat, pause_requested)
             VALUES (1, ?, ?, ?, ?, ?, 0)`,
          )
          .run(hostname(), process.pid, processStart(process.pid), this.#token, this.#clock.now());
        return holder !== null;
      })
      .immediate();
  }

  /** Tells a living holder that stands aside to give way. Returns whether there is one. */
  tellAside(): boolean {
    const holder = this.#row();
    if (!holder?.token.startsWith(ASIDE) || this.#isDead(holder)) {
      return false;
    }
    this.#db.prepare("UPDATE lease SET pause_requested = 1 WHERE token = ?").run(holder.token);
    return true;
  }

  #isDead(holder: LeaseRow): boolean {
    return holder.host === hostname() ? !isAlive(holder) : this.#clock.now() - holder.heartbeat > SILENCE_MS;
  }

  /** Says that the holder lives. Returns false when the lease was lost, and whether a pause was asked for. */
  beat(): { held: boolean; pauseRequested: boolean } {
    const changes = this.#db
      .prepare("UPDATE lease SET heartbeat = ? WHERE token = ?")
      .run(this.#clock.now(), this.#token).changes;
    return { held: changes === 1, pauseRequested: this.#row()?.pause_requested === 1 };
  }

  release(): void {
    this.#db.prepare("DELETE FROM lease WHERE token = ?").run(this.#token);
  }

  /** The process id of whoever works on the project, or null; who stands aside does not. */
  static holder(db: Connection): number | null {
    const row = db.prepare("SELECT * FROM lease").get() as LeaseRow | undefined;
    return row && !row.token.startsWith(ASIDE) && (row.host !== hostname() || isAlive(row)) ? row.pid : null;
  }

  /** Asks whoever holds the lease to pause. Returns its process id, or null when nobody works on the project. */
  static requestPause(db: Connection): number | null {
    const pid = Lease.holder(db);
    if (pid !== null) {
      db.prepare("UPDATE lease SET pause_requested = 1").run();
    }
    return pid;
  }

  #row(): LeaseRow | null {
    return (this.#db.prepare("SELECT * FROM lease").get() as LeaseRow | undefined) ?? null;
  }
}
