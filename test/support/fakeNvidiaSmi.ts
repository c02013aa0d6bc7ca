import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A GPU as nvidia-smi tells of it; the defaults are a free A100. */
export interface FakeGpu {
  readonly uuid: string;
  readonly name?: string;
  readonly total?: string;
  readonly used?: string;
  readonly mig?: string;
  /** Processes that compute on it. */
  readonly pids?: readonly number[];
}

const SCRIPT = `#!/bin/sh
here=$(dirname "$0")
if [ -f "$here/broken" ]; then
  sed 1d "$here/broken"
  exit "$(head -n 1 "$here/broken")"
fi
query= table=
for word; do
  case $word in
    --query-gpu=*) query=\${word#*=} table=gpus.csv ;;
    --query-compute-apps=*) query=\${word#*=} table=apps.csv ;;
    --format=csv,noheader | --format=csv,noheader,nounits) ;;
    *) echo "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help."; exit 1 ;;
  esac
done
awk -F ', ' -v query="$query" '
  NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i
    fields = split(query, field, ",")
    for (i = 1; i <= fields; i++) if (!(field[i] in column)) { printf "Field \\"%s\\" is not a valid field to query.\\n\\n", field[i]; exit 2 }
    next }
  { for (i = 1; i <= fields; i++) printf "%s%s", $(column[field[i]]), i < fields ? ", " : "\\n" }' "$here/$table"
`;

/** A program that speaks for GPUs as nvidia-smi does, in a folder to be put on the search path. */
export class FakeNvidiaSmi {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "nvidia-smi"), SCRIPT);
    chmodSync(join(folder, "nvidia-smi"), 0o755);
    this.show([]);
  }

  /** @param options.isOld a driver from before MIG, which does not know that field. */
  show(gpus: readonly FakeGpu[], options: { isOld?: boolean } = {}): void {
    const mig = (text: string): string => (options.isOld ? "" : `, ${text}`);
    const rows = gpus.map(
      ({ uuid, name = "NVIDIA A100-SXM4-80GB", total = "81920", used = "4", mig: mode = "Disabled" }, index) =>
        `${index}, ${uuid}, ${name}, ${total}, ${used}, 0, 550.54.15${mig(mode)}\n`,
    );
    const header = "index, uuid, name, memory.total, memory.used, utilization.gpu, driver_version";
    writeFileSync(join(this.folder, "gpus.csv"), `${header}${mig("mig.mode.current")}\n${rows.join("")}`);
    const apps = gpus.flatMap(({ uuid, pids = [] }) => pids.map((pid) => `${uuid}, ${pid}, 1000\n`));
    writeFileSync(join(this.folder, "apps.csv"), `gpu_uuid, pid, used_memory\n${apps.join("")}`);
    if (gpus.length === 0) {
      this.break(6, "No devices were found");
    } else {
      rmSync(join(this.folder, "broken"), { force: true });
    }
  }

  /** From now on it ends with a code and says why, on standard output as the real one does. */
  break(code: number, words: string): void {
    writeFileSync(join(this.folder, "broken"), `${code}\n${words}\n`);
  }
}
