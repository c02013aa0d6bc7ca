/** A keybinding as the manifest declares it. */
interface DeclaredKey {
  readonly key: string;
  readonly command: string;
  readonly when?: string;
  readonly args?: unknown;
}

const NAMES: Readonly<Record<string, string>> = { escape: "Esc", enter: "Enter", "shift+/": "?" };

/**
 * The keys of a page as its buttons show them, by command: `lion.queue.next` → `J`. They are those that the manifest
 * declares; what a person has bound instead, no extension can read.
 *
 * @param viewType the panel that they act in.
 */
export function keysOfPage(declared: readonly DeclaredKey[], viewType: string): Readonly<Record<string, string>> {
  const own = declared.filter(({ when, args }) => when?.includes(viewType) && args === undefined);
  return Object.fromEntries(own.toReversed().map(({ command, key }) => [command, keyName(key)]));
}

function keyName(key: string): string {
  return (
    NAMES[key] ??
    key
      .split("+")
      .map((part) => NAMES[part] ?? `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
      .join("+")
  );
}
