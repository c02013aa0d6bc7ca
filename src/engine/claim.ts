import { rmSync } from "node:fs";
import { connect } from "node:net";
import type { Project } from "../core/project/project.ts";
import { asStoreError, openDatabase } from "../core/store/database.ts";
import { isLiving, type MeetingPoint, readMeetingPoint, writeMeetingPoint } from "./meetingPoint.ts";

const ANSWER_MS = 2000;

/**
 * Writes this engine's meeting point unless another engine is there. Two that start at once are kept apart by the
 * database's write lock, which the system takes from a process that dies.
 *
 * @returns whether the project is this engine's now.
 */
export async function claim(
  project: Pick<Project, "dataDirectory" | "databaseFile">,
  mine: MeetingPoint,
): Promise<boolean> {
  for (;;) {
    const there = readMeetingPoint(project);
    if (there && (await isServed(there))) {
      return false;
    }
    const taken = inTurn(project.databaseFile, () => {
      // Somebody may have come since it was found that nobody is there.
      if (readMeetingPoint(project)?.socket !== there?.socket) {
        return false;
      }
      writeMeetingPoint(project, mine);
      return true;
    });
    if (taken) {
      if (there && there.socket !== mine.socket) {
        rmSync(there.socket, { force: true });
      }
      return true;
    }
  }
}

/** Whether a living process accepts connections there. */
export function isServed(point: MeetingPoint): Promise<boolean> {
  if (!isLiving(point)) {
    return Promise.resolve(false);
  }
  return new Promise((resolve) => {
    const socket = connect(point.socket);
    const end = (served: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(served);
    };
    // A process that lives and does not answer in time is busy, not gone.
    const timer = setTimeout(() => end(true), ANSWER_MS);
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

function inTurn<T>(databaseFile: string, work: () => T): T {
  const connection = openDatabase(databaseFile);
  try {
    return connection.transaction(work).immediate();
  } catch (error) {
    throw asStoreError(error, databaseFile);
  } finally {
    connection.close();
  }
}
