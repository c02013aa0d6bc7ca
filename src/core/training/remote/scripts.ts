import { PROCESSES, SET_FOLDER } from "../host/shellParts.ts";

/**
 * What runs on a host, for any POSIX shell and with what every Linux and macOS has. Every value comes as an argument.
 */

/** Functions that several scripts use. */
const SHARED = `${PROCESSES}
command -v sha256sum >/dev/null 2>&1 || sha256sum() { shasum -a 256; }
sha() { sha256sum <"$1" | cut -c 1-64; }
nap() { sleep 0.1 2>/dev/null || sleep 1; }
# Whether the process that a file notes with its start time is still that one. It is then in $pid.
alive() { read -r pid start <"$1" && lion_alive "$pid" "$start"; }
`;

/** The absolute path of the target's folder $1; made, for its owner alone, if it is missing. */
export const RESOLVE = `${SET_FOLDER}
[ -d "$folder" ] || mkdir -p -m 700 "$folder" || exit 3
mkdir -p "$folder/jobs" "$folder/in" || exit 4
printf '%s' "$folder"
`;

/** For each hash: whether the content is \`there\`, \`part\`ly or \`missing\`; of the job directory $2 how it stands. */
export const WHAT_IS_THERE = `
cd "$1/in" || exit 3
if [ -z "$2" ] || [ ! -e "$2" ]; then echo none
elif [ -e "$2/pid" ] || [ -e "$2/rc" ]; then echo started
else echo prepared
fi
shift 2
for hash; do
  if [ -e "$hash" ]; then echo there; elif [ -e ".part/$hash" ]; then echo part; else echo missing; fi
done
`;

/** Hash, size and name of all files below names within a folder, each ended by NUL. */
export const LIST = `
cd "$1" || exit 3
shift
each='command -v sha256sum >/dev/null 2>&1 || sha256sum() { shasum -a 256; }
for f do
  hash=$(sha256sum <"$f" | cut -c 1-64) && size=$(($(wc -c <"$f"))) && printf "%s %d %s\\0" "$hash" "$size" "$f" || exit 1
done'
for name; do
  [ ! -e "./$name" ] || find -L "./$name" -type f -exec sh -c "$each" sh {} + || exit 4
done
`;

/**
 * Makes sent content known under its hash, after looking whether it is that: `$1` the folder, then hash of the whole,
 * hash of the file, and name for each file. Says which is not as it should be.
 *
 * Each content is moved to where nobody else sends to before it is read, so that what was read is what becomes known,
 * also when several send the same at once.
 */
export const PUBLISH = `${SHARED}
cd "$1/in" || exit 3
shift
mine=taken.$$.$(uname -n)
all= claimed=
give_back() {
  for hash in $claimed; do
    [ ! -e ".part/$hash.$mine" ] || [ -e ".part/$hash" ] || mv ".part/$hash.$mine" ".part/$hash"
    rm -rf ".part/$hash.$mine"
  done
  exit "$1"
}
trap 'give_back 1' HUP INT TERM
# Of those whose end came without a word.
find .part -maxdepth 1 \\( -name '*.taken.*' -o -name '.lion-*' \\) -mtime +7 -exec rm -rf {} + 2>/dev/null
while [ $# -gt 0 ]; do
  part=.part/$1.$mine
  case " $all " in
    *" $1 "*) ;;
    *)
      all="$all $1"
      [ -e "$1" ] || { mv ".part/$1" "$part" 2>/dev/null && claimed="$claimed $1"; }
      ;;
  esac
  if [ ! -e "$1" ]; then
    [ -f "$part/$3" ] && [ "$(sha "$part/$3")" = "$2" ] || { rm -f "$part/$3"; echo "$3" >&2; give_back 5; }
  fi
  shift 3
done
for hash in $claimed; do
  [ -e "$hash" ] || mv ".part/$hash.$mine" "$hash" || give_back 6
done
# Where somebody else was faster it is left over, or was moved into theirs; who still sends it clears up behind us.
for hash in $all; do
  rm -rf ".part/$hash" ".part/$hash.$mine" "$hash/$hash.$mine" 2>/dev/null
done
exit 0
`;

/** Puts content under its names in a job directory $2: hash, name of the content, name there. No second copy is made. */
export const LINK = `
in=$1/in
cd "$2" || exit 3
shift 2
mkdir -p in out || exit 4
while [ $# -gt 0 ]; do
  if [ ! -e "./$3" ]; then
    case $3 in */*) mkdir -p "./\${3%/*}" ;; esac
    ln "$in/$1/$2" "./$3" 2>/dev/null || { cp "$in/$1/$2" "./$3.tmp" && mv "./$3.tmp" "./$3"; } || exit 5
  fi
  shift 3
done
`;

/** Moves what the job directory $2 goes on from out of that of $1: exact names, or beginnings marked by \`*\`. */
export const TAKE_OVER = `
from=$1/out to=$2/out
shift 2
[ -d "$from" ] && [ -d "$to" ] || exit 0
[ ! -e "\${to%/out}/pid" ] && [ ! -e "\${to%/out}/nodes/0/pid" ] || exit 0
for path in "$from"/* "$from"/.[!.]*; do
  [ -e "$path" ] || continue
  name=\${path##*/}
  for pattern; do
    case $pattern in
      *"*") case $name in "\${pattern%?}"*) ;; *) continue ;; esac ;;
      *) [ "$name" = "$pattern" ] || continue ;;
    esac
    [ -e "$to/$name" ] || mv "$path" "$to/$name" || exit 5
    break
  done
done
`;

/** Starts the supervisor of the job directory $1 in a session of its own, once, and waits until it has noted itself. */
export const START = `${SHARED}
cd "$1" || exit 3
if [ -e pid ] || [ -e rc ]; then echo already; exit 0; fi
if ! command -v setsid >/dev/null 2>&1; then
  setsid() { exec perl -MPOSIX -e 'POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127' "$@"; }
fi
# Without all three redirections the connection would stay open until the job ends.
setsid sh "$1/run.sh" </dev/null >>log 2>&1 &
supervisor=$!
n=0
while [ ! -e pid ] && [ ! -e rc ]; do
  n=$((n + 1))
  if [ "$n" -gt 300 ] || ! kill -0 "$supervisor" 2>/dev/null; then
    [ ! -e pid ] && [ ! -e rc ] || break
    tail -n 3 log >&2
    exit 7
  fi
  nap
done
echo started
`;

/**
 * What has become of the job directory $1: frames of a line \`name length rest\` and that many bytes. \`log\` from byte $2
 * and \`metrics.jsonl\` from byte $3 on, at most $4 bytes of each; \`rest\` says how many are left.
 *
 * The process is looked at before \`rc\`, or a job that ends in between would look lost; and \`rc\` before the log, so that
 * the log is whole when there is a code.
 */
export const LOOK = `${SHARED}
cd "$1" 2>/dev/null || { echo "gone 0 0"; exit 0; }
text() { printf '%s %d 0\\n%s' "$1" "$(($(printf '%s' "$2" | wc -c)))" "$2"; }
grown() {
  size=0
  [ ! -f "$1" ] || size=$(($(wc -c <"$1")))
  news=$((size - $2))
  [ "$news" -gt 0 ] || news=0
  [ "$news" -le "$3" ] || news=$3
  left=$((size - $2 - news))
  [ "$left" -gt 0 ] || left=0
  printf '%s %d %d\\n' "$1" "$news" "$left"
  [ "$news" -eq 0 ] || tail -c "+$(($2 + 1))" "$1" | head -c "$news"
}
process=none
if [ -e pid ]; then process=dead; ! alive pid || process=alive; fi
rc=$(cat rc 2>/dev/null)
text process "$process"
text rc "$rc"
text state.json "$(cat state.json 2>/dev/null)"
text gpus "$(cat gpus 2>/dev/null)"
[ ! -e cancelled ] || text cancelled yes
grown log "$2" "$4"
grown metrics.jsonl "$3" "$4"
echo "end 0 0"
`;

/** Marks the job directory $1 as cancelled and asks its supervisor to end. */
export const ASK_TO_END = `${SHARED}
cd "$1" 2>/dev/null || exit 0
: >cancelled
if [ -e pid ] && [ ! -e rc ] && alive pid; then
  kill -s TERM "$pid"
fi
`;

/**
 * Kills whatever the job $2 in the directory $1 has left running: its processes carry its id in a variable, whatever
 * session they have moved to. Looked for again each time, for one that is about to die may just have started another.
 */
export const END_REMAINS = `${SHARED}
cd "$1" 2>/dev/null || exit 0
carriers() {
  for file in $(grep -lF "LION_JOB_ID=$1" /proc/[0-9]*/environ 2>/dev/null); do
    tr '\\0' '\\n' <"$file" 2>/dev/null | grep -qxF "LION_JOB_ID=$1" || continue
    file=\${file%/environ}
    echo "\${file#/proc/}"
  done
}
n=0
while [ "$n" -lt 300 ]; do
  left=
  for mark in cpid pid; do
    if [ -e "$mark" ] && alive "$mark"; then
      left="$left $pid"
      kill -s KILL -- "-$pid" 2>/dev/null
    fi
  done
  left="$left $(carriers "$2")"
  [ -n "\${left# }" ] || exit 0
  kill -s KILL $left 2>/dev/null
  n=$((n + 1))
  nap
done
exit 6
`;

export const REMOVE = `
cd "$1" 2>/dev/null || exit 0
shift
for name; do rm -rf "./$name" || exit 4; done
`;

/** Whether the path $1 is a \`file\`, a \`folder\` or \`nothing\`. */
export const KIND = `
if [ -f "$1" ]; then echo file; elif [ -d "$1" ]; then echo folder; else echo nothing; fi
`;
