import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Project } from "../core/project/project.ts";
import type { EngineMessage, EngineState } from "../protocol/engine.ts";
import { claim } from "./claim.ts";
import { HostedClient } from "./hostedClient.ts";
import type { KeyRing } from "./keyRing.ts";
import {
  type MeetingPoint,
  newMeetingPoint,
  newToken,
  removeMeetingPoint,
  sameToken,
  writeMeetingPoint,
} from "./meetingPoint.ts";
import { newSocketName } from "./runtimeFolder.ts";
import type { EngineWork } from "./work.ts";

export interface HostOptions {
  readonly project: Pick<Project, "directory" | "dataDirectory" | "databaseFile">;
  readonly work: EngineWork;
  readonly keys: KeyRing;
  /** Told how many clients there are, whenever that changes. */
  readonly onClients?: (count: number) => void;
  /** Said to whoever wants more than to follow and to pause, where the work is a terminal's. */
  readonly followOnly?: string;
}

/** Serves one project's work to its clients over a socket that only this person can reach. */
export class EngineHost {
  readonly #options: HostOptions;
  readonly #server: Server;
  readonly #clients = new Set<HostedClient>();
  readonly #sockets = new Set<Socket>();
  readonly #unsubscribe: ReadonlyArray<() => void>;
  #point: MeetingPoint;
  #closed = false;

  private constructor(options: HostOptions, server: Server, point: MeetingPoint) {
    this.#options = options;
    this.#server = server;
    this.#point = point;
    const { work } = options;
    this.#unsubscribe = [
      work.onChange(() => this.#tellState()),
      work.onEvent((event) => this.#tell({ tag: "event", event })),
    ];
    // A connection that could not be accepted is its client's trouble, and no reason to end the work.
    server.on("error", () => {});
    server.on("connection", (socket) => this.#welcome(socket));
  }

  /**
   * Opens the socket and says where it is.
   *
   * @returns null when another engine serves the project already.
   * @throws LionError when the project's folder or the system does not allow it.
   */
  static async open(options: HostOptions): Promise<EngineHost | null> {
    const point = newMeetingPoint(newSocketName(options.project.dataDirectory));
    const server = createServer();
    await listen(server, point.socket);
    const host = new EngineHost(options, server, point);
    try {
      if (await claim(options.project, point)) {
        return host;
      }
    } catch (error) {
      await host.close();
      throw error;
    }
    await host.close();
    return null;
  }

  get clients(): number {
    return this.#clients.size;
  }

  get state(): EngineState {
    return { ...this.#options.work.state, clients: this.#clients.size };
  }

  /** Takes the meeting point and the socket away, so that nobody comes any more, and lets the clients go. */
  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    this.withdraw();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) {
      client.end();
    }
    for (const socket of this.#sockets) {
      // What was sent is on its way; a client that does not hang up must not keep this process.
      setTimeout(() => socket.destroy(), 200).unref();
    }
    await closed;
  }

  /** Removes the files, at once: for a process that is about to end. */
  withdraw(): void {
    this.#closed = true;
    removeMeetingPoint(this.#options.project, this.#point.socket);
    if (process.platform !== "win32") {
      rmSync(this.#point.socket, { force: true });
    }
  }

  #welcome(socket: Socket): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const { work, keys, project, followOnly } = this.#options;
    const client = new HostedClient(socket, {
      work,
      keys,
      followOnly: followOnly ?? null,
      admit: (token) => this.#admit(token),
      onAdmitted: () => {
        this.#clients.add(client);
        this.#tellState();
        client.send({ tag: "welcome", pid: process.pid, project: project.directory, state: this.state });
        this.#options.onClients?.(this.#clients.size);
      },
      onGone: () => {
        this.#sockets.delete(socket);
        if (this.#clients.delete(client)) {
          this.#tellState();
          this.#options.onClients?.(this.#clients.size);
        }
      },
    });
  }

  /** A token lets one client in: the next one is in the file before this one is welcomed. */
  #admit(token: string): boolean {
    if (this.#closed || !sameToken(token, this.#point.token)) {
      return false;
    }
    const next = { ...this.#point, token: newToken() };
    try {
      writeMeetingPoint(this.#options.project, next);
    } catch {
      // Where nothing can be written, a full disk for one, a newcomer has to wait; the work must not end for it.
      return false;
    }
    this.#point = next;
    return true;
  }

  #tellState(): void {
    this.#tell({ tag: "state", state: this.state });
  }

  #tell(message: EngineMessage): void {
    for (const client of this.#clients) {
      client.send(message);
    }
  }
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => {
      server.off("error", reject);
      if (process.platform !== "win32") {
        chmodSync(socket, 0o600);
      }
      resolve();
    });
  });
}
