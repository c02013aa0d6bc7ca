/** Sets `folder` from "$1": a tilde at its beginning is the home there, a relative path starts from it. */
export const SET_FOLDER = `case $1 in
  '~') folder=$HOME ;;
  '~/'*) folder=$HOME/\${1#'~/'} ;;
  /*) folder=$1 ;;
  *) folder=$HOME/$1 ;;
esac
`;

/**
 * `lion_start PID` prints when a process started, in the kernel's own count, and nothing for one that is gone or a zombie;
 * `lion_alive PID START` tells whether that very process still runs. Without /proc (macOS) the number alone decides.
 */
export const PROCESSES = `lion_start() {
  sed -n 's/.*) //p' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" && $1 != "X" { print $20 }'
}
lion_alive() {
  if [ -r /proc/self/stat ]; then
    [ -n "$2" ] && [ "$(lion_start "$1")" = "$2" ]
  else
    kill -0 "$1" 2>/dev/null
  fi
}
`;

/**
 * `lion_enter FOLDER` waits until this shell alone is in a section that a folder stands for; `lion_leave` ends that.
 * Nobody has to clean up after one who died inside.
 *
 * The folder holds numbered files, and the highest number says who is in: a process, or nobody any more. The next number
 * is taken by a hard link, which one of several gets. A number is only removed when there is a higher one, so whoever
 * acts on an old view finds a higher number behind the link that he made, and steps back.
 */
export const CRITICAL_SECTION = `${PROCESSES}lion_last() {
  last=0
  for entry in "$1"/*; do
    number=\${entry##*/}
    case $number in '' | *[!0-9]*) continue ;; esac
    [ "$number" -le "$last" ] || last=$number
  done
}
lion_enter() {
  section=$1
  mkdir -p "$section" || return 1
  printf '%s %s %s\\n' "$$" "$(lion_start $$ | grep . || echo -)" "$(uname -n)" >"$section/.$$" || return 1
  while :; do
    lion_last "$section"
    if [ "$last" -eq 0 ]; then
      holder=nobody
    else
      holder=$(cat "$section/$last" 2>/dev/null) || { sleep 1; continue; }
    fi
    set -- $holder
    # Of a process on another machine that shares the folder, one can only tell that it is taking too long.
    if [ "\${3:-$(uname -n)}" = "$(uname -n)" ]; then
      [ "$1" != nobody ] && lion_alive "$1" "$2" && taken=yes || taken=
    else
      [ -n "$(find "$section/$last" -mmin "+\${lion_patience:-60}" 2>/dev/null)" ] && taken= || taken=yes
    fi
    mine=$((last + 1))
    if [ -z "$taken" ] && ln "$section/.$$" "$section/$mine" 2>/dev/null; then
      lion_last "$section"
      [ "$last" -ne "$mine" ] || break
      rm -f "$section/$mine"
      continue
    fi
    sleep "\${lion_pause:-0.1}" 2>/dev/null || sleep 1
  done
  rm -f "$section/.$$"
  for entry in "$section"/*; do
    [ "\${entry##*/}" -ge "$mine" ] 2>/dev/null || rm -f "$entry"
  done
}
lion_leave() {
  echo nobody >"$section/.$$" && mv "$section/.$$" "$section/$mine"
}
`;
