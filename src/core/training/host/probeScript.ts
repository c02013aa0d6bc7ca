import { GPU_LINES } from "./gpus.ts";
import { PROCESSES, SET_FOLDER } from "./shellParts.ts";

const TORCH = `
import importlib.metadata, json, warnings
warnings.simplefilter("ignore")
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
facts = {"torch": version("torch"), "transformers": version("transformers"), "cuda": None, "gpus": 0, "bf16": False, "problem": None}
if facts["torch"]:
    try:
        import torch
        facts["cuda"] = torch.version.cuda or getattr(torch.version, "hip", None)
        facts["gpus"] = torch.cuda.device_count()
        facts["bf16"] = facts["gpus"] > 0 and torch.cuda.is_bf16_supported()
    except Exception as error:
        facts["problem"] = type(error).__name__ + ": " + str(error)
print(json.dumps(facts))
`;

// The library takes the token that the host has, if any; none is ever shown.
const HUB = `
import json, sys
facts = {"canRead": True, "error": None}
try:
    from huggingface_hub import HfApi
    HfApi().auth_check(sys.argv[1])
except Exception as error:
    facts = {"canRead": False, "error": type(error).__name__}
print(json.dumps(facts))
`;

/**
 * Says what a host has: "$1" the target's folder, "$2" the Python to look at (empty: that of the newest environment, else python3),
 * "$3" setup lines, "$4" a model of the hub (empty: none). Answers in sections that begin with `== lion NAME`.
 */
export const PROBE = `${PROCESSES}${GPU_LINES}${SET_FOLDER}
section() { printf '\\n== lion %s\\n' "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
section host
uname -n
section system
uname -srm
section folder
printf '%s\\n' "$folder"
# The folder itself may have to be made yet: what counts is the nearest that is there.
near=$folder
while [ ! -e "$near" ] && [ "\${near%/*}" != "$near" ]; do near=\${near%/*}; done
near=\${near:-/}
section writable
[ ! -d "$near" ] || [ ! -w "$near" ] || [ ! -x "$near" ] || echo yes
section disk
df -Pk "$near" 2>/dev/null | awk 'NR > 1 && NF > 3 { for (i = NF; i > 0; i--) if ($i ~ /%$/) { print $(i - 1); exit } }'
section cores
nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null
section memory
sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo 2>/dev/null || :
section shm
[ ! -d /dev/shm ] || df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $2 }'
if has nvidia-smi; then
  section gpus
  problem=$({ lion_gpu_lines "$folder/locks" >&3; } 2>&1) 3>&1
  section 'gpu memory'
  [ -n "$problem" ] || nvidia-smi --query-gpu=uuid,memory.total,memory.used --format=csv,noheader,nounits 2>/dev/null
  section driver
  [ -n "$problem" ] || nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | sed -n '1{/^[0-9]/p;}'
  section 'gpu problem'
  printf '%s\\n' "$problem" | head -n 1
fi
if [ -n "$3" ]; then
  eval "$3" >/dev/null 2>&1
fi
python=$2
case $python in '~/'*) python=$HOME/\${python#'~/'} ;; esac
if [ -z "$python" ]; then
  python=$(ls -td "$folder"/envs/*/bin/python 2>/dev/null | head -n 1)
  python=\${python:-python3}
fi
section python
printf '%s\\n' "$python"
section 'python version'
"$python" -V 2>/dev/null | sed -n 's/^Python //p'
section torch
"$python" -c '${TORCH}' 2>/dev/null
section hub
[ -z "$4" ] || "$python" -c '${HUB}' "$4" 2>/dev/null
section programs
for program in nvidia-smi uv sbatch rsync tar tmux setsid perl sha256sum shasum; do
  ! has "$program" || echo "$program"
done
section kills
loginctl show-user -p KillUserProcesses 2>/dev/null | sed -n 's/^KillUserProcesses=//p'
section linger
loginctl show-user "$(id -un)" -p Linger 2>/dev/null | sed -n 's/^Linger=//p'
section end
`;
