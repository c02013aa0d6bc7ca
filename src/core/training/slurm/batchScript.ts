import { shellQuote } from "../runScript.ts";

/** How often a job that stops at its time limit goes back into the queue by itself. */
const MOST_RESTARTS = 100;

/**
 * What Slurm runs on the first node of a job. It starts `attempt/run.sh`, whose supervisor's files lie in `attempt`, and writes
 * the job's own `rc` when it is final: a job that was told to stop and saved its state goes back into the queue instead, as
 * long as it gets on, and one that Slurm itself ends leaves the word to whoever asks Slurm.
 *
 * Of two Slurm jobs for one directory, which a crash while submitting can bring about, the one that notes itself first runs.
 *
 * @param directory the job's, absolute.
 */
export function batchScript(directory: string): string {
  return `#!/bin/sh
cd ${shellQuote(directory)} || exit 1
echo "$SLURM_JOB_ID" >"slurm.id.$SLURM_JOB_ID"
ln "slurm.id.$SLURM_JOB_ID" slurm.id 2>/dev/null
rm -f "slurm.id.$SLURM_JOB_ID"
read -r noted <slurm.id
[ "\${noted%%;*}" = "$SLURM_JOB_ID" ] || exit 0
# It went back into the queue after its end.
[ ! -e rc ] || exit 0

# What the run before has said is not of this one.
rm -f attempt/pid attempt/cpid attempt/rc
[ ! -e state.json ] || { echo '{"state": "starting"}' >state.json.tmp && mv state.json.tmp state.json; }
[ -e attempt/log ] || ln -s ../log attempt/log
size() { cat metrics.jsonl 2>/dev/null | wc -c; }
before=$(size)
supervisor=
tell() { [ -z "$supervisor" ] || kill -s TERM "$supervisor" 2>/dev/null; }
trap tell TERM
sh attempt/run.sh &
supervisor=$!
# Its start is noted in a way that no process of another machine can be mistaken for it.
echo "$supervisor slurm-$SLURM_JOB_ID" >pid
while :; do
  wait "$supervisor"
  kill -0 "$supervisor" 2>/dev/null || break
done
[ -e attempt/rc ] || exit 1
code=$(cat attempt/rc)

stopped() { [ "$code" = 75 ] || { [ "$code" != 0 ] && grep -q '"state": *"stopped"' state.json 2>/dev/null; }; }
got_on() { [ ! -e metrics.jsonl ] || [ "$(size)" -gt "$before" ]; }
if stopped && [ ! -e cancelled ]; then
  # Whether Slurm puts it back or has done with it is known when it is out of here.
  [ "$(squeue -h -j "$SLURM_JOB_ID" -o %T)" = RUNNING ] || exit "$code"
  if got_on && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${MOST_RESTARTS} ]; then
    trap 'exit 75' TERM
    if scontrol requeue "$SLURM_JOB_ID"; then
      # Slurm ends this run now.
      n=0
      while [ "$n" -lt 60 ]; do
        sleep 1
        n=$((n + 1))
      done
    fi
  fi
fi
echo "$code" >rc.tmp && mv rc.tmp rc
exit "$code"
`;
}

/**
 * Shell lines for `runScript` that take the command from the supervisor's folder into the job's directory, and start it once on each
 * node where there are several: torchrun's processes then meet on the first one.
 */
export function beforeOn(nodes: number): string {
  return `cd .. || exit 1
${nodes > 1 ? SPREAD : ""}`;
}

// srun takes TERM for an order to kill its tasks at once. So it is kept from it, and Slurm hands it to the tasks.
const STEP = `told=
tell() {
  told=yes
  scancel --signal=TERM "$SLURM_JOB_ID"
}
trap tell TERM
setsid "$@" &
step=$!
code=
while :; do
  told=
  wait "$step"
  said=$?
  [ -n "$code" ] && [ "$said" -eq 127 ] || code=$said
  [ -n "$told" ] || break
done
exit "$code"`;

// Jobs at the same time on the same node want different ports. What sbatch was told of cores, srun has to be told again. When a
// node fails, the others have a minute to notice and to say why.
const SPREAD = `first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
left=$#
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  if [ "$word" = --standalone ]; then
    set -- "$@" "--nnodes=$SLURM_JOB_NUM_NODES" --rdzv-backend=c10d "--rdzv-id=$SLURM_JOB_ID" "--rdzv-endpoint=$first:$((29400 + SLURM_JOB_ID % 1000))"
  else
    set -- "$@" "$word"
  fi
  left=$((left - 1))
done
[ -z "$SLURM_CPUS_PER_TASK" ] || export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"
set -- sh -c ${shellQuote(STEP)} sh srun "--nodes=$SLURM_JOB_NUM_NODES" "--ntasks=$SLURM_JOB_NUM_NODES" --ntasks-per-node=1 --wait=60 --mpi=none "$@"
`;
