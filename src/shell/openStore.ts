import { l10n, workspace } from "vscode";
import { LionError } from "../core/errors.ts";
import { schemaAge } from "../core/store/database.ts";
import { Store } from "../core/store/store.ts";

/** A project's database as a window may use it. */
export interface OpenedStore {
  readonly store: Store;
  /** Why it is only read, in a sentence; null where it may be written. */
  readonly onlyRead: string | null;
}

/**
 * Opens a project's database without ever waiting for a lock. One in a folder that is not trusted, or that a newer
 * version has written, is only read.
 *
 * @throws LionError when it cannot be used.
 */
export function openStore(file: string): OpenedStore {
  const age = schemaAge(file);
  const read = (): Store => new Store(file, { busyTimeout: 0, readonly: true });
  if (!workspace.isTrusted) {
    if (age === "older") {
      throw new LionError(
        "environment",
        l10n.t("{0} was written by an older version: trust this folder, so that Lion may bring it up to date.", file),
      );
    }
    return { store: read(), onlyRead: l10n.t("This folder is not trusted, so Lion only shows its data.") };
  }
  if (age === "newer") {
    const onlyRead = l10n.t(
      "{0} was written by a newer version of Lion: update the extension; until then the project is only shown.",
      file,
    );
    return { store: read(), onlyRead };
  }
  return { store: new Store(file, { busyTimeout: 0 }), onlyRead: null };
}
