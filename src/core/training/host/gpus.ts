import { shellQuote } from "../runScript.ts";
import { CRITICAL_SECTION } from "./shellParts.ts";

/** Which GPUs a job takes. */
export interface GpuWish {
  /** `all` takes every free one, and wants at least one for each process. */
  readonly gpus: number | "all";
  /** torchrun's processes on this host. */
  readonly processes: number;
  /** Wait until enough are free, instead of ending with a sentence. */
  readonly wait: boolean;
  /** The target's folder there, absolute; the locks are in it. */
  readonly folder: string;
}

/** A GPU that has less in use than this is free, if nobody computes on it. Drivers and displays take some. */
export const FREE_MIB = 1024;

/** The exit code of a job that did not get its GPUs. */
export const NO_GPUS = 78;

const WAIT_SECONDS = 5;

/**
 * Shell lines that choose free GPUs for a job, note who has them, and name them by UUID in CUDA_VISIBLE_DEVICES. They have
 * to run in the job's directory, in the very process that becomes the command (`exec`): a lock holds as long as that
 * process lives, so that it ends with the job, however that ends. The file `gpus` of the job then has a line "UUID name" for each.
 *
 * Without nvidia-smi or without any GPU they do nothing. With too few they end the job with `NO_GPUS` and a sentence; a
 * job that waits says so in `state.json`, and TERM ends it. GPUs in MIG mode are left alone, and only those that the host itself has
 * put into CUDA_VISIBLE_DEVICES are taken.
 */
export function chooseGpus({ gpus, processes, wait, folder }: GpuWish): string {
  if (gpus === 0) {
    return "export CUDA_VISIBLE_DEVICES=\n";
  }
  return `${CRITICAL_SECTION}${CHOICE}
lion_take ${shellQuote(`${folder}/locks`)} ${gpus === "all" ? processes : gpus} ${gpus} ${wait ? WAIT_SECONDS : 0} || exit ${NO_GPUS}
`;
}

/**
 * `lion_gpu_lines LOCKS` prints a line for each GPU: index, UUID, the reason why it is not free or `-`, and its name,
 * separated by tabs. Fails when nvidia-smi does.
 */
export const GPU_LINES = `lion_lock_holder() {
  set -- $(cat "$1" 2>/dev/null) "$1"
  [ $# -ge 5 ] || return 0
  if [ "$4" = "$(uname -n)" ]; then
    ! lion_alive "$2" "$3" || echo "$1"
  elif [ -n "$(find "$5" -mmin -10 2>/dev/null)" ]; then
    echo "$1"
  fi
}
lion_gpu_lines() {
  locks=$1
  listed=$(nvidia-smi --query-gpu=index,uuid,memory.used,name --format=csv,noheader,nounits 2>&1) || {
    case $listed in *'No devices were found'*) return 0 ;; esac
    printf '%s\\n' "$listed" >&2
    return 1
  }
  {
    nvidia-smi --query-gpu=uuid,mig.mode.current --format=csv,noheader 2>/dev/null | sed -n 's/^\\(GPU-[^,]*\\), Enabled$/mig, \\1/p'
    nvidia-smi --query-compute-apps=gpu_uuid,pid --format=csv,noheader,nounits 2>/dev/null | sed -n 's/^GPU-/app, &/p'
    printf '%s\\n' "$listed" | while IFS= read -r line; do
      uuid=\${line#*, } uuid=\${uuid%%, *}
      holder=$(lion_lock_holder "$locks/$uuid")
      [ -z "$holder" ] || printf 'lock, %s, %s\\n' "$uuid" "$holder"
    done
    printf '%s\\n' "$listed" | sed 's/^/gpu, /'
  } | awk -F ', ' '
    $1 == "mig" { why[$2] = "it is split by MIG" }
    $1 == "app" && !($2 in why) { why[$2] = "process " $3 " computes on it" }
    $1 == "lock" { why[$2] = "job " $3 " has it" }
    $1 == "gpu" {
      reason = $3 in why ? why[$3] : $4 + 0 >= ${FREE_MIB} ? $4 + 0 " MiB of it are in use" : "-"
      name = $5
      for (i = 6; i <= NF; i++) name = name ", " $i
      printf "%s\\t%s\\t%s\\t%s\\n", $2, $3, reason, name
    }'
}
`;

const CHOICE = `${GPU_LINES}lion_pick() {
  lines=$(lion_gpu_lines "$locks" 2>"gpus.$$") || return 1
  printf '%s\\n' "$lines" | awk -F '\\t' -v least="$least" -v most="$most" -v allowed="$CUDA_VISIBLE_DEVICES" '
    $0 == "" { next }
    allowed != "" && index("," allowed ",", "," $1 ",") == 0 && index("," allowed ",", "," $2 ",") == 0 { next }
    { total++ }
    $3 != "-" { busy = busy (busy == "" ? "" : "; ") "GPU " $1 ": " $3; next }
    { free++; if (most == "all" || free <= most) taken[free] = $2 " " $4 }
    END {
      printf "%d %d %s\\n", free, total, busy
      if (free >= least) for (i = 1; i in taken; i++) print taken[i]
    }'
}
lion_take() {
  locks=$1 least=$2 most=$3 pause=$4
  command -v nvidia-smi >/dev/null 2>&1 || return 0
  case $CUDA_VISIBLE_DEVICES in *MIG-*) return 0 ;; esac
  mkdir -p "$locks" && [ -w "$locks" ] || { echo "error: The folder $locks cannot be written, which says who has which GPU: give yourself the right to, or name another folder for the target."; return 1; }
  while :; do
    lion_enter "$locks/choosing on $(uname -n)" || return 1
    picked=$(lion_pick)
    code=$?
    set -- $(printf '%s\\n' "$picked" | head -n 1)
    printf '%s\\n' "$picked" | sed 1d >gpus
    if [ -s gpus ]; then
      while read -r uuid name; do
        printf '%s %s %s %s\\n' "$LION_JOB_ID" "$$" "$(lion_start $$)" "$(uname -n)" >"$locks/.$$" && mv "$locks/.$$" "$locks/$uuid"
      done <gpus
    fi
    lion_leave
    if [ "$code" -ne 0 ]; then
      echo "error: nvidia-smi does not work on $(uname -n): $(head -n 1 "gpus.$$"); it has to, before a job can run on a GPU there."
      rm -f "gpus.$$" gpus
      return 1
    fi
    rm -f "gpus.$$"
    [ ! -s gpus ] || break
    free=$1 total=$2
    rm -f gpus
    # A host without a GPU trains on its processor, unless a number of them is asked for.
    [ "$total" -ne 0 ] || [ "$most" != all ] || return 0
    shift 2
    said="$least GPU$([ "$least" -eq 1 ] || echo s)"
    if [ "$total" -lt "$least" ] || [ "$pause" -eq 0 ]; then
      echo "error: The job wants $said of $(uname -n), and of its $total only $free can be had\${1:+ ($*)}: lower $([ "$most" = all ] && echo "training.processes" || echo "the target's gpus") in lion.json, or let it wait for free ones with waitForGpus."
      return 1
    fi
    printf '{"state": "waiting", "message": "waits for %s; %s can be had"}\\n' "$said" "$free" >state.json.tmp && mv state.json.tmp state.json
    sleep "$pause"
  done
  # Nothing of a wait is left for whoever looks whether the command has said something.
  rm -f state.json
  export CUDA_VISIBLE_DEVICES="$(cut -d ' ' -f 1 gpus | paste -s -d , -)"
}
`;
