import { CRITICAL_SECTION } from "../host/shellParts.ts";

/**
 * What runs on the login node. `$1` is always the job's directory; Slurm's number for the job is in its file `slurm.id`, with
 * `;cluster` behind it where sbatch was told of one.
 */

/** Reads `slurm.id`; `slurm PROGRAM …` then runs a program of Slurm's for that cluster. */
const KNOWN = `
known() {
  read -r noted <slurm.id 2>/dev/null || return 1
  id=\${noted%%;*}
  case $noted in *';'*) cluster=\${noted#*;} ;; *) cluster= ;; esac
}
slurm() {
  program=$1
  shift
  if [ -n "$cluster" ] && [ "$program" != scontrol ]; then "$program" -M "$cluster" "$@"; else "$program" "$@"; fi
}
`;

/**
 * Hands the job to Slurm, once: $2 its name there, and options of sbatch. A job of that name that nobody has noted is one whose submission
 * was interrupted. Prints \`started\` or \`already\`; exits with 8 when Slurm cannot be asked, with 9 when it refuses.
 */
export const SUBMIT = `${CRITICAL_SECTION}
directory=$1 name=$2
shift 2
cd "$directory" || exit 3
[ ! -s slurm.id ] && [ ! -e rc ] || { echo already; exit 0; }
# What this shell has from a job of Slurm's that it may run in is not for another.
for variable in $(env | sed -n 's/^\\(SLURM_[A-Z0-9_]*\\)=.*/\\1/p'); do
  [ "$variable" = SLURM_CONF ] || unset "$variable"
done
lion_patience=2
lion_enter "$directory/submitting" || exit 3
cd "$directory" || exit 3
note() { echo "$1" >slurm.id.tmp && ln slurm.id.tmp slurm.id 2>/dev/null; rm -f slurm.id.tmp; }
clusters=
for option; do
  case $option in --clusters=* | --cluster=*) clusters=$option ;; esac
done
if [ -s slurm.id ]; then
  said=already
elif found=$(squeue -h -t all $clusters --user="$(id -un)" --name="$name" -o %i 2>slurm.err); then
  found=$(printf '%s\\n' "$found" | sed -n '/^[0-9]/p' | head -n 1)
  if [ -n "$found" ]; then
    note "$found\${clusters:+;\${clusters#*=}}"
    said=already
  elif submitted=$(sbatch "$@" batch.sh 2>slurm.err </dev/null); then
    note "$(printf '%s\\n' "$submitted" | sed -n '/^[0-9][0-9]*\\(;.*\\)*$/p' | tail -n 1)"
    said=started
  else
    code=9
  fi
else
  code=8
fi
lion_leave
[ -n "$said" ] || cat slurm.err >&2
rm -f slurm.err
echo "$said"
exit "\${code:-0}"
`;

/**
 * What Slurm says of the job: its number, its state, and the reason that goes with it, on a line each. The state is \`none\` when it was
 * never handed over, empty when Slurm has forgotten it, \`unknown\` when Slurm cannot be asked.
 */
export const STATE = `${KNOWN}
cd "$1" 2>/dev/null || { printf '\\nnone\\n'; exit 0; }
known || { printf '\\nnone\\n'; exit 0; }
printf '%s\\n' "$noted"
if line=$(slurm squeue -h -t all -j "$id" -o '%T|%r' 2>&1); then
  line=$(printf '%s\\n' "$line" | grep '|' | head -n 1)
  [ -z "$line" ] || { printf '%s\\n%s\\n' "\${line%%|*}" "\${line#*|}"; exit 0; }
else
  case $line in *'Invalid job id'*) ;; *) echo unknown; exit 0 ;; esac
fi
# Gone from the queue: the accounting remembers it, or the controller for some minutes.
line=$(slurm sacct -n -X -P -j "$id" -o State 2>/dev/null | head -n 1)
if [ -z "$line" ]; then
  line=$(scontrol -o show job "$id" 2>/dev/null | sed -n 's/.*JobState=\\([A-Z_]*\\) Reason=\\([^ ]*\\).*/\\1|\\2/p')
  case $line in *'|'*) printf '%s\\n%s\\n' "\${line%%|*}" "\${line#*|}"; exit 0 ;; esac
fi
# "CANCELLED by 1000"
printf '%s\\n\\n' "\${line%% *}"
`;

/** For a job that Slurm has done with, in the state $2: makes final what its last run has left. */
export const SETTLE = `
cd "$1" 2>/dev/null || exit 0
[ "$2" != CANCELLED ] || : >cancelled
[ ! -e rc ] && [ -e attempt/rc ] || exit 0
cp attempt/rc rc.tmp && mv rc.tmp rc
`;

/**
 * Marks the job as cancelled and tells it to end: one that runs may save its state, one that waits is taken out of the queue.
 */
export const ASK_TO_END = `${KNOWN}
cd "$1" 2>/dev/null || exit 0
: >cancelled
known || exit 0
case $(slurm squeue -h -j "$id" -o %T 2>/dev/null) in
  RUNNING) slurm scancel --signal=TERM --batch "$id" ;;
  COMPLETING | '') ;;
  *)
    slurm scancel "$id" || exit
    # It never began, or not again.
    [ -e rc ] || { echo 143 >rc.tmp && mv rc.tmp rc; }
    ;;
esac
`;

/** Ends the job by force and waits until Slurm has done with it. */
export const END = `${KNOWN}
cd "$1" 2>/dev/null || exit 0
known || exit 0
n=0
while [ "$n" -lt 50 ]; do
  case $(slurm squeue -h -j "$id" -o %T 2>/dev/null) in
    '' | CANCELLED | COMPLETED | FAILED | TIMEOUT | OUT_OF_MEMORY | NODE_FAIL | PREEMPTED | BOOT_FAIL | DEADLINE) exit 0 ;;
    COMPLETING) ;;
    *) slurm scancel "$id" ;;
  esac
  n=$((n + 1))
  sleep 1
done
exit 6
`;
