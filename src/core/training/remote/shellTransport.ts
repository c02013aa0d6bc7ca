import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LionError } from "../../errors.ts";
import type { Forward } from "../target.ts";
import type { FileToSend, RunOptions, RunResult, Transport } from "../transport.ts";
import { receiveFiles } from "./receiving.ts";
import { tarStream } from "./tarStream.ts";

// A stream that ends early between two files looks whole to tar: the last entry says that it is.
/**
 * Unpacks what comes in into a folder of its own, from which files go to their places whole: several may send to one
 * folder at once, and another takes away what has arrived there. With `whole` the folder itself appears at once, or not
 * at all; without it, what arrived of a sending that broke is kept where nothing is yet.
 */
const UNPACK = `
dir=$1 mark=$2 whole=$3
to=$dir/.$mark
if [ -n "$whole" ]; then
  [ ! -e "$dir" ] || exit 0
  to=$dir.$mark
fi
move='dir=$1 over=$2
shift 2
for file do
  [ -n "$over" ] || [ ! -e "$dir/$file" ] || continue
  tries=0
  until mkdir -p "$dir/\${file%/*}" && mv -f "$file" "$dir/$file"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || exit 1
  done
done'
settle() { cd "$to" && find . -type f -exec sh -c "$move" sh "$dir" "$1" {} +; }
give_up() {
  trap '' HUP INT TERM
  [ -n "$whole" ] || settle ""
  rm -rf "$to"
  exit "$1"
}
trap 'give_up 1' HUP INT TERM
mkdir -p "$to" && cd "$to" || exit 3
tar -x -o -f - || give_up 4
[ -f ".$mark" ] || give_up 5
rm -f ".$mark"
if [ -z "$whole" ]; then
  settle over || give_up 6
  rm -rf "$to"
  exit 0
fi
cd / && mv "$to" "$dir" || give_up 6
# Somebody else was faster: then it was moved into theirs.
rm -rf "$dir/\${to##*/}"
`;

const SIZES = `
cd "$1" || exit 3
shift
for name; do
  [ -f "./$name" ] || { printf '%s\\n' "$name" >&2; exit 4; }
  echo $(($(wc -c <"./$name")))
done
`;

/** A transport for which moving files is a matter of scripts. */
export abstract class ShellTransport implements Transport {
  abstract readonly label: string;

  abstract run(script: string, options?: RunOptions): Promise<RunResult>;
  abstract forward(port: number): Promise<Forward>;
  abstract close(): Promise<void>;

  async put(
    folder: string,
    files: readonly FileToSend[],
    options: { whole?: boolean; signal?: AbortSignal; onProgress?: (bytes: number) => void } = {},
  ): Promise<void> {
    for (const { as } of files) {
      checkName(as);
    }
    const mark = `lion-${randomBytes(8).toString("hex")}`;
    const scratch = mkdtempSync(join(tmpdir(), "lion-put-"));
    try {
      const last = join(scratch, "last");
      writeFileSync(last, "");
      const { code, stderr } = await this.run(UNPACK, {
        args: [folder, mark, options.whole ? "whole" : ""],
        stdin: tarStream([...files, { path: last, as: `.${mark}` }], options.onProgress),
        timeoutMs: 0,
        ...(options.signal && { signal: options.signal }),
      });
      if (code !== 0) {
        throw new LionError(
          "environment",
          `Files could not be written to ${folder} on ${this.label} (${lastLine(stderr) || `code ${code}`}): check that the folder may be written and that its disk has space.`,
        );
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  async get(
    folder: string,
    names: readonly string[],
    into: string,
    options: { signal?: AbortSignal; onProgress?: (bytes: number) => void } = {},
  ): Promise<void> {
    for (const name of names) {
      checkName(name);
    }
    const { signal } = options;
    const { code, stdout, stderr } = await this.run(SIZES, { args: [folder, ...names], ...(signal && { signal }) });
    if (code !== 0) {
      throw new LionError(
        "environment",
        `There is no ${code === 4 ? `${stderr.trim()} in ${folder}` : folder} on ${this.label}.`,
      );
    }
    const sizes = stdout.toString().split("\n").map(Number);
    mkdirSync(into, { recursive: true });
    const scratch = mkdtempSync(join(into, ".lion-get-"));
    try {
      const files = names.map((name, index) => {
        return { name, offset: 0, size: sizes[index] ?? 0, to: join(scratch, String(index)) };
      });
      await receiveFiles(this, folder, files, options);
      for (const { name, to } of files) {
        mkdirSync(dirname(join(into, name)), { recursive: true });
        renameSync(to, join(into, name));
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
}

/** @throws RangeError for a name that would lead out of the folder it is meant for. */
export function checkName(name: string): void {
  if (name === "" || name.startsWith("/") || name.includes("\0") || name.split("/").some((part) => part === "..")) {
    throw new RangeError(`"${name}" is not a name within a folder.`);
  }
}

/** What a tool said last, which is mostly what it failed of. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
