import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** Writes one file with the licences of all packages that went into the bundles. */
export function writeNotices(root: string, file: string, bundles: readonly Metafile[]): void {
  const inputs = bundles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const folders = new Set(inputs.flatMap((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []));
  const notices = [...folders].map((folder) => noticeOf(join(root, folder))).sort();
  writeFileSync(file, `This software contains the following packages.\n\n${notices.join("\n")}`);
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = globSync("{LICEN[CS]E,licen[cs]e,License}*", { cwd: folder }).map((text) =>
    readFileSync(join(folder, text), "utf8").trim(),
  );
  return `--- ${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}
