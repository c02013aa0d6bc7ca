import { LionError } from "../../errors.ts";
import type { FileToSend, Transport } from "../transport.ts";
import { listFiles } from "./listing.ts";
import { PUBLISH, WHAT_IS_THERE } from "./scripts.ts";
import { lastLine } from "./shellTransport.ts";

/** A file or a folder that is kept on a host under the hash of its content. */
export interface Parcel {
  /** The hash of the file, or of the folder's files. */
  readonly hash: string;
  readonly files: ReadonlyArray<{ readonly path: string; readonly name: string; readonly hash: string }>;
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A sending that meets another one of the same may find half of it gone: it looks again before it complains. */
const ATTEMPTS = 3;
/** PUBLISH's code for a file that does not have the content that it should have. */
const NOT_AS_SENT = 5;

/** The contents that jobs of a host read: each is sent once, is verified there, and never changes. */
export class Inputs {
  readonly #transport: Transport;
  readonly #root: string;

  /** @param root the target's folder there, absolute. */
  constructor(transport: Transport, root: string) {
    this.#transport = transport;
    this.#root = root;
  }

  /** Where a parcel lies there; a file of it below. */
  pathOf(parcel: Parcel): string {
    return `${this.#root}/in/${parcel.hash}`;
  }

  /**
   * Sends what is not there yet. A sending that broke goes on with the files that had not arrived whole.
   *
   * @param job a job directory there, to be told how it stands in the same round trip.
   * @throws LionError
   */
  async send(
    parcels: readonly Parcel[],
    job = "",
    options: SendOptions = {},
  ): Promise<"none" | "prepared" | "started"> {
    for (let attempt = 1; ; attempt++) {
      const { state, states } = await this.#whatIsThere(parcels, job);
      const missing = parcels.filter((_, index) => states[index] !== "there");
      if (missing.length === 0 || state === "started") {
        return state;
      }
      const partly = missing.filter((parcel) => states[parcels.indexOf(parcel)] === "part").map(({ hash }) => hash);
      await this.#put(missing, partly, options);
      const altered = await this.#publish(missing);
      if (altered === null) {
        return state;
      }
      if (attempt === ATTEMPTS) {
        throw new LionError(
          "environment",
          `${altered} did not arrive on ${this.#transport.label} as it was sent: try again, and check that its disk has space and is sound.`,
        );
      }
    }
  }

  async #whatIsThere(parcels: readonly Parcel[], job: string) {
    const args = [this.#root, job, ...parcels.map(({ hash }) => hash)];
    const { code, stdout, stderr } = await this.#transport.run(WHAT_IS_THERE, { args });
    if (code !== 0) {
      throw new LionError("environment", `${this.#root} on ${this.#transport.label} cannot be read: ${stderr.trim()}.`);
    }
    const [state = "", ...states] = stdout.toString().trim().split("\n");
    return { state: state as "none" | "prepared" | "started", states };
  }

  async #put(parcels: readonly Parcel[], partly: readonly string[], options: SendOptions): Promise<void> {
    const folder = `${this.#root}/in/.part`;
    const arrived = new Map<string, string>();
    // What cannot be read, since another sender has just made it known, is sent again.
    const files = partly.length > 0 ? await listFiles(this.#transport, folder, partly).catch(() => []) : [];
    for (const { name, hash } of files) {
      arrived.set(name, hash);
    }
    const missing: FileToSend[] = parcels
      .flatMap((parcel) => parcel.files.map((file) => ({ ...file, as: `${parcel.hash}/${file.name}` })))
      .filter(({ as, hash }) => arrived.get(as) !== hash);
    await this.#transport.put(folder, missing, {
      ...(options.signal && { signal: options.signal }),
      ...(options.onProgress && { onProgress: options.onProgress }),
    });
  }

  /** @returns the name of a file that is not there as it was sent; null when everything is known now. */
  async #publish(parcels: readonly Parcel[]): Promise<string | null> {
    const files = parcels.flatMap((parcel) => parcel.files.flatMap(({ hash, name }) => [parcel.hash, hash, name]));
    const { code, stderr } = await this.#transport.run(PUBLISH, { args: [this.#root, ...files], timeoutMs: 0 });
    if (code === NOT_AS_SENT) {
      return lastLine(stderr);
    }
    if (code !== 0) {
      throw new LionError(
        "environment",
        `What was sent to ${this.#root} on ${this.#transport.label} could not be put in place (${lastLine(stderr) || `code ${code}`}): check that the folder may be written.`,
      );
    }
    return null;
  }
}
