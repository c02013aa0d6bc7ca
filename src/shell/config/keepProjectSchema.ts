import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Disposable, workspace } from "vscode";
import { messageOf } from "../../core/errors.ts";
import { EDITOR_SCHEMA_FILE } from "../../core/project/names.ts";
import type { Project } from "../../core/project/project.ts";
import type { Shell } from "../shell.ts";

/**
 * Keeps the JSON schema that `lion.json` names equal to the one of this version: a fresh clone has none, and an older
 * project an older one, which the editor would go by.
 */
export function keepProjectSchema(shell: Shell): Disposable {
  return shell.projects.onDidChangeCurrent((session) => {
    if (session && workspace.isTrusted) {
      refresh(shell, session.project).catch((error: unknown) => shell.log.warn(messageOf(error)));
    }
  });
}

async function refresh({ installation }: Shell, { dataDirectory }: Project): Promise<void> {
  const current = await readFile(join(installation.root, "dist", "lion.schema.json"), "utf8");
  const file = join(dataDirectory, EDITOR_SCHEMA_FILE);
  const there = await readFile(file, "utf8").catch(() => null);
  if (there !== current) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, current);
  }
}
