// Collects the texts that the extension shows, for whoever translates them: `bundle.l10n.json` is the English original
// beside which the editor looks for `bundle.l10n.de.json` and the like.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `l10n.t("…")` where the editor is at hand, `words.t("…")` and the like in modules that can be tested without it. */
const CALL = /\w\.t\(\s*("(?:[^"\\]|\\.)*"|`[^`$]*`)/g;

/** The texts given to `l10n.t`, or to what stands for it, in the sources, each once, sorted. */
export function stringsIn(sources: readonly string[]): string[] {
  const found = sources.flatMap((source) =>
    [...source.matchAll(CALL)].map(([, literal = ""]) =>
      literal.startsWith('"') ? JSON.parse(literal) : literal.slice(1, -1),
    ),
  );
  return [...new Set(found)].sort();
}

/** Writes the bundle of texts into a folder. */
export function writeStrings(root: string, folder: string): number {
  const files = globSync("src/**/*.ts", { cwd: root }).sort();
  const texts = stringsIn(files.map((file) => readFileSync(join(root, file), "utf8")));
  mkdirSync(folder, { recursive: true });
  const bundle = Object.fromEntries(texts.map((text) => [text, text]));
  writeFileSync(join(folder, "bundle.l10n.json"), `${JSON.stringify(bundle, null, 2)}\n`);
  return texts.length;
}
