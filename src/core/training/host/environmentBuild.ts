import { CRITICAL_SECTION } from "./shellParts.ts";

/** Before a second attempt in the same log. */
const AGAIN = "lion again, from the host's own index";

/**
 * Makes `envs/<key>` in a folder from a list of requirements: "$1" the folder, "$2" the key, "$3" setup lines, and the requirements.
 *
 * It is made under a name of its own and becomes visible by a link when it is complete, because the programs in an environment carry
 * its path and must not be moved. What an attempt that died has left is removed by the next.
 */
export const BUILD = `${CRITICAL_SECTION}
folder=$1 key=$2 setup=$3
shift 3
envs=$folder/envs
[ ! -e "$envs/$key" ] || exit 0
mkdir -p "$envs" && [ -w "$envs" ] || { echo "lion: The folder $envs cannot be written"; exit 3; }
lion_pause=1
lion_enter "$envs/making $key" || exit 3
if [ -e "$envs/$key" ]; then
  lion_leave
  exit 0
fi
rm -rf "$envs/$key".[0-9]*
made=$envs/$key.$$-$(date +%s)
PATH=$PATH:$HOME/.local/bin:$HOME/.cargo/bin
make() {
  if [ -n "$setup" ]; then
    eval "$setup" || { echo "lion: The setup lines of the target fail with code $?"; return 4; }
  fi
  if command -v uv >/dev/null 2>&1; then
    backend=
    ! uv pip install --help 2>/dev/null | grep -q torch-backend || backend=--torch-backend=auto
    uv venv --python '>=3.11,<3.15' "$made" || return
    [ $# -ne 0 ] || return 0
    uv pip install --python "$made/bin/python" $backend "$@" && return
    # The builds for each driver are at torch's own address, which a host may have no way to.
    [ -n "$backend" ] && echo "${AGAIN}" && uv pip install --python "$made/bin/python" "$@"
    return
  fi
  for base in python3.12 python3.13 python3.11 python3.14 python3 python ''; do
    [ -n "$base" ] || { echo "lion: There is neither a Python from 3.11 to 3.14 nor uv"; return 5; }
    ! "$base" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || break
  done
  "$base" -m venv "$made" || return
  [ $# -eq 0 ] || "$made/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off "$@"
}
# Whoever reads along may go away: then the first word that cannot be said ends the making.
{
  make "$@"
  echo $? >"$made.code"
} 2>&1 </dev/null | tee "$envs/$key.log"
code=$(cat "$made.code")
rm -f "$made.code"
if [ "$code" = 0 ]; then
  ln -s "\${made##*/}" "$envs/$key" || code=6
fi
[ "$code" = 0 ] || rm -rf "$made"
lion_leave
exit "\${code:-1}"
`;

const PROGRESS: ReadonlyArray<[RegExp, (found: RegExpMatchArray) => string]> = [
  [/^\s*Downloading (\S+?)(?:-\d\S*)? \(([\d.]+ ?[kMG]i?B)\)/, ([, name, size]) => `downloading ${name} (${size})`],
  [/^Installing collected packages: (.*)/, ([, names = ""]) => `installing ${names.split(", ").length} packages`],
  [/^Resolved (\d+) packages?/, ([, count]) => `${count} packages to install`],
  [/^Prepared (\d+) packages?/, ([, count]) => `installing ${count} packages`],
];

/** What a line of pip's or uv's output says about how far it is, or null. */
export function whatIsDone(line: string): string | null {
  for (const [pattern, words] of PROGRESS) {
    const found = line.match(pattern);
    if (found) {
      return words(found);
    }
  }
  return null;
}

const REASONS: ReadonlyArray<[RegExp, (found: RegExpMatchArray) => string]> = [
  [/No space left on device/, () => "its disk is full: free some space there and try again"],
  [/^lion: (.*)/m, ([, words]) => `${words}: mend that, or name a Python in lion.json (targets, python)`],
  [/ensurepip is not\s+available/, () => "its Python cannot make environments: install python3-venv or uv there"],
  [/× ([\s\S]*?)(?:\n\n|\n\s*hint:|$)/, ([, words = ""]) => `uv says: ${oneLine(words)}`],
  [/(?:^|\n)error: ([\s\S]*?)(?:\n\n|$)/, ([, words = ""]) => `uv says: ${oneLine(words)}`],
];

/** Why the making failed, from its log. */
export function reasonIn(log: string): string {
  const [attempt = log] = log.split(`${AGAIN}\n`).slice(-1);
  for (const [pattern, words] of REASONS) {
    const found = attempt.match(pattern);
    if (found) {
      return words(found);
    }
  }
  const said = attempt.split("\n").findLast((line) => line.startsWith("ERROR: "));
  const last = attempt.trim().split("\n").at(-1)?.trim() ?? "";
  return said ? `pip says: ${said.slice("ERROR: ".length).trim()}` : last || "it was ended from outside";
}

function oneLine(words: string): string {
  return words
    .replaceAll(/\s*[╰├]─▶\s*/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 400);
}
