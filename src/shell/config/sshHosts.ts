import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, matchesGlob, sep } from "node:path";

/** A host that `ssh NAME` knows from the user's configuration. */
export interface SshHost {
  readonly name: string;
  /** The address that its block gives; null where it is the name itself or comes from elsewhere. */
  readonly address: string | null;
}

const MOST_HOSTS = 500;

/**
 * The hosts that the user's ssh configuration names, in its order, each once: for choosing from, while what they mean is
 * left to `ssh`. Patterns, and what begins like an option, are no names.
 *
 * @param file the configuration; what cannot be read in it or below it is left out.
 */
export function sshHosts(file: string = join(homedir(), ".ssh", "config")): SshHost[] {
  const hosts = new Map<string, SshHost>();
  collect(file, join(file, ".."), hosts, new Set());
  return [...hosts.values()].slice(0, MOST_HOSTS);
}

/**
 * @param folder where relative includes start from: always that of the user's own configuration.
 * @param read the files that were read already: one may include itself.
 */
function collect(file: string, folder: string, hosts: Map<string, SshHost>, read: Set<string>): void {
  if (read.has(file)) {
    return;
  }
  read.add(file);
  let named: readonly string[] = [];
  for (const line of linesOf(file)) {
    const [keyword = "", ...values] = wordsOf(line);
    switch (keyword.toLowerCase()) {
      case "host":
        named = values.filter(isName);
        for (const name of named.filter((one) => !hosts.has(one))) {
          hosts.set(name, { name, address: null });
        }
        break;
      case "match":
        named = [];
        break;
      case "hostname":
        for (const name of named.filter((one) => hosts.get(one)?.address === null && one !== values[0])) {
          hosts.set(name, { name, address: values[0] ?? null });
        }
        break;
      case "include":
        for (const included of values.flatMap((pattern) => filesOf(pattern, folder))) {
          collect(included, folder, hosts, read);
        }
    }
  }
}

function isName(word: string): boolean {
  return /^[^-\s*?!][^\s*?]*$/.test(word);
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}

/** The words of a line, `Keyword value` or `Keyword=value`; a value with spaces stands in quotes. None in a comment. */
function wordsOf(line: string): string[] {
  const [, keyword, rest] = /^\s*([^\s#=]+)\s*[\s=]\s*(.*)$/.exec(line) ?? [];
  return keyword === undefined
    ? []
    : [keyword, ...[...(rest ?? "").matchAll(/"([^"]*)"|[^\s"]+/g)].map(([word, quoted]) => quoted ?? word)];
}

/** The files that an `Include` means, by name. */
function filesOf(pattern: string, folder: string): string[] {
  const expanded = pattern.replace(/^~(?=\/|$)/, () => homedir());
  const absolute = isAbsolute(expanded) ? expanded : join(folder, expanded);
  return absolute
    .split(sep)
    .reduce<string[]>(
      (found, segment) =>
        /[*?[]/.test(segment)
          ? found.flatMap((path) => namesIn(path, segment).map((name) => join(path, name)))
          : found.map((path) => join(path, segment)),
      [sep],
    );
}

function namesIn(folder: string, pattern: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(".") === pattern.startsWith(".") && matchesGlob(name, pattern))
      .sort();
  } catch {
    return [];
  }
}
