import type { JobCommand } from "./jobDirectory.ts";

/** The environment variable that every process of a job carries, whatever group or session it has moved to. */
export const JOB_VARIABLE = "LION_JOB_ID";

/**
 * A text as one word of a POSIX shell: nothing in it is expanded or ends the word.
 *
 * @throws RangeError for a NUL character, which no argument can hold.
 */
export function shellQuote(text: string): string {
  if (text.includes("\0")) {
    throw new RangeError("An argument cannot contain a NUL character.");
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The supervisor of a job, for any POSIX shell. It runs the command in a session of its own, survives hang-ups, passes
 * a TERM on to the command's process group, and publishes the exit code by renaming a file, so that `rc` is there whole
 * or not at all. A process is noted with its start time, because process ids are used again. `pid` is made by a hard
 * link, which only one of two supervisors can make.
 *
 * It works in the folder that it lies in, so that the same script does on every target; it is started by its path.
 *
 * @param before shell lines that run before the command and its own `setup`, in the process that becomes it; ones that
 *   exit end the job.
 */
export function runScript(id: string, command: JobCommand, before = ""): string {
  const variables = Object.entries({ ...command.environment, [JOB_VARIABLE]: id }).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new RangeError(`"${name}" cannot be the name of an environment variable.`);
    }
    return `export ${name}=${shellQuote(value)}`;
  });
  const words = command.argv.map(shellQuote).join(" ");
  const lines = before + setupLines(command.setup, "training, trainer, setup");
  const started = lines === "" ? words : `sh -c ${shellQuote(`${lines}\nexec "$@"`)} sh ${words}`;
  return `#!/bin/sh
trap '' HUP
cd "\${0%/*}" || exit 1
${variables.join("\n")}
if ! command -v setsid >/dev/null 2>&1; then
  setsid() { exec perl -MPOSIX -e 'POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127' "$@"; }
fi
mark() { echo "$1 $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)"; }

mark $$ >"pid.$$"
ln "pid.$$" pid 2>/dev/null
linked=$?
rm -f "pid.$$"
[ "$linked" -eq 0 ] || exit 0

child= stopped=
stop() {
  stopped=1
  [ -z "$child" ] || kill -s TERM -- "-$child" 2>/dev/null || kill -s TERM "$child" 2>/dev/null
}
trap stop TERM INT
setsid ${started} >>log 2>&1 </dev/null &
child=$!
mark "$child" >cpid.tmp && mv cpid.tmp cpid
[ -z "$stopped" ] || stop
# A signal interrupts the wait with a code of its own; the shell keeps the child's for the next wait, even if the child
# is gone by then. A shell that has handed it out already answers 127 to the next.
code=
while :; do
  stopped=
  wait "$child"
  said=$?
  [ -n "$code" ] && [ "$said" -eq 127 ] || code=$said
  [ -n "$stopped" ] || break
done
echo "$code" >rc.tmp && mv rc.tmp rc
`;
}

/**
 * Setup lines for `runScript`: when they fail, the job ends with their code and says so in its log.
 *
 * @param place where they stand in lion.json.
 */
export function setupLines(setup: string | undefined, place = "targets, setup"): string {
  return setup === undefined || setup.trim() === ""
    ? ""
    : `{ :
${setup}
} || { code=$?; echo "error: The setup lines ended with code $code, so the job did not begin: correct them in lion.json (${place})." >&2; exit "$code"; }
`;
}
