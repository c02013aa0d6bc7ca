import type { EditorWindow } from "../harness/editorWindow.ts";

/** Drags the side bar's edge to a place, in pixels from the window's left. */
export async function widenSideBar({ page }: EditorWindow, edge: number): Promise<void> {
  const box = await page.locator(".part.sidebar").boundingBox();
  if (box) {
    await page.mouse.move(box.x + box.width, 300);
    await page.mouse.down();
    await page.mouse.move(edge, 300, { steps: 5 });
    await page.mouse.up();
  }
}
