import type { Disposable } from "vscode";

/** Collects what must be disposed of together, last added first. What is added after the end is disposed of at once. */
export class Disposables implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) {
      item.dispose();
    } else {
      this.#items.push(item);
    }
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    const items = this.#items.toReversed();
    this.#items = [];
    for (const item of items) {
      item.dispose();
    }
  }
}
