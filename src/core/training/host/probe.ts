import { LionError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { PROBE } from "./probeScript.ts";

export interface GpuFacts {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** MiB; null where the GPU shares its memory with the processor. */
  readonly memory: number | null;
  readonly used: number | null;
  /** Why it is not free (in use, computing, another job's, split by MIG); null when it is. */
  readonly busy: string | null;
}

export interface TorchFacts {
  readonly torch: string | null;
  readonly transformers: string | null;
  /** Null for a build for processors. */
  readonly cuda: string | null;
  /** GPUs that torch sees. */
  readonly gpus: number;
  readonly bf16: boolean;
  /** What went wrong when it was loaded. */
  readonly problem: string | null;
}

export interface HubFacts {
  readonly repository: string;
  readonly canRead: boolean;
  /** The class of the hub library's error, when it cannot. */
  readonly error: string | null;
}

/** What is on a host, as found in one round trip. Memory and disk in MiB. */
export interface HostFacts {
  readonly host: string;
  readonly system: string;
  /** The target's folder there, absolute. */
  readonly folder: string;
  readonly isWritable: boolean;
  readonly diskFree: number | null;
  readonly cores: number | null;
  readonly memory: number | null;
  /** /dev/shm, which processes hand each other data through; null where there is none. */
  readonly sharedMemory: number | null;
  readonly gpus: readonly GpuFacts[];
  readonly driver: string | null;
  /** What nvidia-smi says when it fails; null when it works or is not there. */
  readonly gpuProblem: string | null;
  readonly python: { readonly executable: string; readonly version: string | null };
  /** Null when there is no Python. */
  readonly torch: TorchFacts | null;
  /** Programs that are there. */
  readonly programs: ReadonlySet<string>;
  /** Whether logging out ends a user's processes, and whether they may linger. Null where no systemd tells. */
  readonly killsAtLogout: boolean | null;
  readonly lingers: boolean | null;
  readonly hub: HubFacts | null;
}

export interface ProbeOptions {
  /** The target's folder there; may begin with `~`. */
  readonly folder: string;
  /** The Python that lion.json names. */
  readonly python?: string | undefined;
  /** Shell lines that run before Python is looked at. */
  readonly setup?: string | undefined;
  /** A model of the hub whose weights are to be read there. */
  readonly hub?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Importing torch from a network disk is slow. */
const PATIENCE_MS = 180_000;

/**
 * Finds out what a host has for a training. Nothing is changed there, and nothing is sent but names: whether gated weights
 * can be read is asked with the host's own token.
 *
 * @throws LionError when the host cannot be reached or runs no script.
 */
export async function probeHost(transport: Transport, options: ProbeOptions): Promise<HostFacts> {
  const { folder, python = "", setup = "", hub = "", signal } = options;
  const { code, stdout, stderr } = await transport.run(PROBE, {
    args: [folder, python, setup, hub],
    timeoutMs: PATIENCE_MS,
    ...(signal && { signal }),
  });
  const sections = sectionsOf(stdout.toString("utf8"));
  if (code !== 0 || !sections.has("end")) {
    throw new LionError(
      "environment",
      `${transport.label} could not be looked at (${stderr.trim().split("\n").at(-1) || `code ${code}`}): log in there and see whether \`sh\` works.`,
    );
  }
  const text = (name: string): string => sections.get(name) ?? "";
  const word = (name: string): string | null => text(name) || null;
  const number = (name: string): number | null => (/^\d+$/.test(text(name)) ? Number(text(name)) : null);
  const torch = jsonOf<TorchFacts>(text("torch"));
  const access = jsonOf<Omit<HubFacts, "repository">>(text("hub"));
  return {
    host: text("host"),
    system: text("system"),
    folder: text("folder"),
    isWritable: text("writable") === "yes",
    diskFree: mebibytes(number("disk")),
    cores: number("cores"),
    memory: mebibytes(number("memory")),
    sharedMemory: mebibytes(number("shm")),
    gpus: gpusIn(text("gpus"), text("gpu memory")),
    driver: word("driver"),
    gpuProblem: word("gpu problem"),
    python: { executable: text("python"), version: word("python version") },
    torch,
    programs: new Set(text("programs").split("\n").filter(Boolean)),
    killsAtLogout: yesOrNo(text("kills")),
    lingers: yesOrNo(text("linger")),
    hub: hub === "" ? null : { repository: hub, ...(access ?? { canRead: false, error: "NoPython" }) },
  };
}

/** Texts between lines `== name`. */
function sectionsOf(output: string): Map<string, string> {
  const parts = output.split(/^== lion (.+)$/m).slice(1);
  return new Map(
    parts.flatMap((name, index) => (index % 2 === 0 ? [[name, (parts[index + 1] ?? "").trim()] as const] : [])),
  );
}

function gpusIn(lines: string, memory: string): GpuFacts[] {
  const sizes = new Map(
    memory.split("\n").map((line) => {
      const [uuid = "", total, used] = line.split(", ");
      return [uuid, { total: count(total), used: count(used) }] as const;
    }),
  );
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [index, uuid = "", busy = "-", name = ""] = line.split("\t");
      const size = sizes.get(uuid);
      const { total = null, used = null } = size ?? {};
      return { index: Number(index), uuid, name, memory: total, used, busy: busy === "-" ? null : busy };
    });
}

/** A number of nvidia-smi's, which writes `[N/A]` and `[Not Supported]` for what a GPU does not tell. */
function count(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

function mebibytes(kibibytes: number | null): number | null {
  return kibibytes === null ? null : Math.floor(kibibytes / 1024);
}

function yesOrNo(text: string): boolean | null {
  return text === "yes" ? true : text === "no" ? false : null;
}

function jsonOf<T>(text: string): T | null {
  try {
    return JSON.parse(text.split("\n").at(-1) ?? "") as T;
  } catch {
    return null;
  }
}
