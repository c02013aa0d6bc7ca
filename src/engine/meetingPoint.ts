import { randomBytes, timingSafeEqual } from "node:crypto";
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { LionError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import type { Project } from "../core/project/project.ts";
import { processStart } from "../core/store/lease.ts";
import { ENGINE_PROTOCOL } from "../protocol/engine.ts";
import { isOwnSocket, ownId } from "./runtimeFolder.ts";

/** Where a project's engine says how it is reached: `.lion/engine.json`, readable for its owner alone. */
export interface MeetingPoint {
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the system's own count; "" where that cannot be told. */
  readonly started: string;
  readonly socket: string;
  /** Lets one client in; the engine then writes another. */
  readonly token: string;
  readonly protocol: number;
}

type Place = Pick<Project, "dataDirectory">;

const fileOf = ({ dataDirectory }: Place): string => join(dataDirectory, "engine.json");

export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Compares in a time that does not tell how much of a token was right. */
export function sameToken(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}

export function newMeetingPoint(socket: string): MeetingPoint {
  return {
    host: hostname(),
    pid: process.pid,
    started: processStart(process.pid),
    socket,
    token: newToken(),
    protocol: ENGINE_PROTOCOL,
  };
}

/**
 * What the file says, or null when there is none, or nothing in it that an engine of ours has written.
 *
 * @throws LionError of kind `environment` when the file is another user's.
 */
export function readMeetingPoint(place: Place): MeetingPoint | null {
  const file = fileOf(place);
  let text: string;
  try {
    const { uid } = lstatSync(file);
    if (ownId() !== null && uid !== ownId()) {
      throw new LionError(
        "environment",
        `The engine of ${place.dataDirectory} was started by another user (number ${uid}): work under that account, or remove ${file} when nobody does.`,
      );
    }
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof LionError) {
      throw error;
    }
    return null;
  }
  const point = parse(text);
  return point && isOwnSocket(point.socket) ? point : null;
}

function parse(text: string): MeetingPoint | null {
  try {
    const { host, pid, started, socket, token, protocol } = JSON.parse(text) as Record<string, unknown>;
    const texts = [host, started, socket, token].every((value) => typeof value === "string");
    const numbers = [pid, protocol].every((value) => Number.isSafeInteger(value) && Number(value) > 0);
    return texts && numbers ? ({ host, pid, started, socket, token, protocol } as MeetingPoint) : null;
  } catch {
    return null;
  }
}

/** Writes the file so that a reader finds the old or the new one whole. Only the engine that owns it may. */
export function writeMeetingPoint(place: Place, point: MeetingPoint): void {
  const unfinished = `${fileOf(place)}.${process.pid}`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${JSON.stringify(point)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(unfinished, fileOf(place));
}

/** Removes the file if it is still the one of this socket. */
export function removeMeetingPoint(place: Place, socket: string): void {
  try {
    if (readMeetingPoint(place)?.socket === socket) {
      rmSync(fileOf(place), { force: true });
    }
  } catch {
    // Whoever comes next finds that nobody is behind it.
  }
}

/** Whether the process that wrote it still lives, as far as the system tells; false for another machine's. */
export function isLiving(point: MeetingPoint): boolean {
  if (point.host !== hostname()) {
    return false;
  }
  try {
    process.kill(point.pid, 0);
  } catch {
    return false;
  }
  return point.started === "" || processStart(point.pid) === point.started;
}
