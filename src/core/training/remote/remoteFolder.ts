import { statSync } from "node:fs";
import { resolve } from "node:path";
import { LionError } from "../../errors.ts";
import { hashOfFiles } from "../pathHash.ts";
import type { RunResult, Transport } from "../transport.ts";
import { type FetchOptions, fetchFiles } from "./fetching.ts";
import { Inputs } from "./inputs.ts";
import { listFiles } from "./listing.ts";
import { parcelOf, RememberedHashes } from "./parcels.ts";
import { KIND, RESOLVE } from "./scripts.ts";

/** The folder of a target on its host, with the inputs in it, and the files of the host at large. */
export class RemoteFolder {
  readonly transport: Transport;
  /** Of files here, which are sent by their content. */
  readonly hashes = new RememberedHashes();
  readonly #folder: string;
  #root: Promise<string> | null = null;

  /** @param folder may begin with `~`, which is the home there. */
  constructor(transport: Transport, folder: string) {
    this.transport = transport;
    this.#folder = folder;
  }

  /** Its absolute path; it is made when it is missing. @throws LionError */
  root(): Promise<string> {
    this.#root ??= this.must(RESOLVE, [this.#folder], `The folder ${this.#folder} cannot be made`).then(
      ({ stdout }) => stdout.toString(),
      (error: unknown) => {
        this.#root = null;
        throw error;
      },
    );
    return this.#root;
  }

  async inputs(): Promise<Inputs> {
    return new Inputs(this.transport, await this.root());
  }

  /** As `Target.place`. */
  async place(path: string, tell?: (text: string) => void, signal?: AbortSignal): Promise<string> {
    const { label } = this.transport;
    const parcel = isOfTheHome(path) ? null : await parcelOf(path, this.hashes.of);
    if (parcel === null) {
      const there = await this.#withHome(path);
      if (there.startsWith("/") && (await this.#kindOf(there)) !== "nothing") {
        return there;
      }
      throw new LionError(
        "input",
        isOfTheHome(path)
          ? `There is no ${path} on ${label}: correct the path in lion.json.`
          : `There is no ${resolve(path)} on this machine and no ${path} on ${label}: correct the path in lion.json.`,
      );
    }
    const inputs = await this.inputs();
    const total = megabytes(parcel.files.reduce((sum, file) => sum + statSync(file.path).size, 0));
    let told = "";
    const onProgress = (bytes: number): void => {
      const text = `${megabytes(bytes)} of ${total} MB sent to ${label}`;
      if (text !== told) {
        told = text;
        tell?.(text);
      }
    };
    await inputs.send([parcel], "", { signal, onProgress });
    const only = statSync(path).isFile() ? parcel.files[0] : undefined;
    return only ? `${inputs.pathOf(parcel)}/${only.name}` : inputs.pathOf(parcel);
  }

  /** As `Target.hashOf`. */
  async hashOf(path: string): Promise<string | null> {
    const there = await this.#withHome(path);
    const kind = await this.#kindOf(there);
    const end = there.replace(/(.)\/+$/, "$1");
    if (kind === "file") {
      const cut = end.lastIndexOf("/");
      const [file] = await listFiles(this.transport, end.slice(0, cut) || "/", [end.slice(cut + 1)]);
      return file?.hash ?? null;
    }
    const files = kind === "folder" ? await listFiles(this.transport, end, ["."]) : null;
    return files && hashOfFiles(files.map(({ name, hash }) => [name, hash] as const));
  }

  /** As `Target.copy`. */
  async copy(path: string, names: readonly string[] | null, into: string, options: FetchOptions = {}): Promise<void> {
    await fetchFiles(this.transport, path, names ?? ["."], into, options);
  }

  /**
   * Runs a script that has to succeed.
   *
   * @param what the beginning of the sentence that says what did not.
   */
  async must(script: string, args: readonly string[], what: string, timeoutMs = 60_000): Promise<RunResult> {
    const result = await this.transport.run(script, { args, timeoutMs });
    if (result.code !== 0) {
      const says = result.stderr.trim().split("\n").at(-1) || `code ${result.code}`;
      throw new LionError(
        "environment",
        `${what} on ${this.transport.label} (${says}): check that the target's folder may be written and that its disk has space.`,
      );
    }
    return result;
  }

  /** A path as people write it, with the home there in the place of a tilde at its beginning. */
  async #withHome(path: string): Promise<string> {
    if (!isOfTheHome(path)) {
      return path;
    }
    const { stdout } = await this.must('printf %s "$HOME"', [], "The home cannot be read");
    return `${stdout.toString()}${path.slice(1)}`;
  }

  async #kindOf(path: string): Promise<string> {
    return (await this.must(KIND, [path], `${path} cannot be looked at`)).stdout.toString().trim();
  }
}

function isOfTheHome(path: string): boolean {
  return path === "~" || path.startsWith("~/");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
