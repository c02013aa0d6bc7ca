import type { Locator, Page } from "playwright-core";
import type { EditorWindow } from "../../e2e/harness/editorWindow.ts";
import type { Figure, Sample } from "./figures.ts";

const ROUNDS = 4;
const PAINT_MS = 100;
const ROWS = '[role="treeitem"][aria-level="2"]';

/** From the click on a bucket until the frame in which its rows are painted, for each bucket in sight of some views. */
export async function paintedExpansions(window: EditorWindow, views: readonly string[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const view of views) {
    const tree = window.tree(view);
    await tree.show();
    await collapseAll(window.page, tree.root);
    const buckets = tree.root.locator('[role="treeitem"][aria-level="1"]');
    await buckets.first().waitFor();
    const values: Sample[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const label of await labels(buckets)) {
        await collapseAll(window.page, tree.root);
        const bucket = tree.root.locator(`[role="treeitem"][aria-label=${JSON.stringify(label)}]`);
        const wall = await clickUntilPainted(tree.root, bucket);
        values.push({ wall, cpu: 0, at: label });
      }
      await window.command("lion.clearFilter");
      await buckets.first().waitFor();
    }
    figures.push({ what: `click to paint: ${view}`, aim: PAINT_MS, values });
    await tree.hide();
  }
  return figures;
}

/** Buckets that have something in them. */
async function labels(buckets: Locator): Promise<string[]> {
  return buckets.evaluateAll((rows) =>
    rows.filter((row) => row.getAttribute("aria-expanded") !== null).map((row) => row.getAttribute("aria-label") ?? ""),
  );
}

async function collapseAll(page: Page, root: Locator): Promise<void> {
  await root.focus();
  await page.keyboard.press("Control+ArrowLeft");
  await page.keyboard.press("Home");
  await root.locator(ROWS).first().waitFor({ state: "detached" });
}

async function clickUntilPainted(root: Locator, bucket: Locator): Promise<number> {
  const painted = root.evaluate(
    (tree, rows) =>
      new Promise<number>((resolve) => {
        addEventListener(
          "pointerdown",
          ({ timeStamp }) => {
            const look = (): void => {
              if (tree.querySelector(rows)) {
                observer.disconnect();
                requestAnimationFrame(() => resolve(performance.now() - timeStamp));
              }
            };
            const observer = new MutationObserver(look);
            observer.observe(tree, { childList: true, subtree: true });
          },
          { capture: true, once: true },
        );
      }),
    ROWS,
  );
  await bucket.locator(".monaco-tl-twistie").click();
  return painted;
}
