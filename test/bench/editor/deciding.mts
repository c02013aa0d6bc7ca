import type { EditorWindow } from "../../e2e/harness/editorWindow.ts";
import { Desk } from "../../e2e/pages/desk.ts";
import type { Figure } from "./figures.ts";

const ITEMS = 300;
const PAINT_MS = 50;

/** A page on which a person decides, and the keys that are pressed on it in turn. */
const PAGES = [
  { command: "lion.openReview", title: "Lion Review", keys: ["a", "1", "a", "2"] },
  { command: "lion.openCompare", title: "Lion Compare", keys: ["a", "1", "y", "2"] },
] as const;

/** From the key that decides until the frame in which the next item is painted, over 300 items of each page. */
export async function paintedDecisions(window: EditorWindow): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { command, title, keys } of PAGES) {
    await window.command(command);
    const desk = await Desk.of(window, title);
    await desk.focus();
    const values: Array<{ wall: number; cpu: number; at: string }> = [];
    for (let count = 0; count < ITEMS; count++) {
      const key = keys[count % keys.length] ?? keys[0];
      const wall = await keyUntilPainted(desk, () => window.page.keyboard.press(key));
      values.push({ wall, cpu: 0, at: `item ${count + 1}, key ${key}` });
    }
    figures.push({ what: `key to next item painted: ${title}`, aim: PAINT_MS, values });
  }
  return figures;
}

/** What the page keeps for a measurement that is under way. */
interface MeasuringWindow extends Window {
  lionPainted?: Promise<number>;
}

/**
 * Milliseconds from a key until the frame behind the one that shows another item has begun. The page listens before the key
 * is pressed.
 */
async function keyUntilPainted({ frame }: Desk, press: () => Promise<void>): Promise<number> {
  await frame.evaluate(() => {
    const heading = (): string => document.querySelector("article h2")?.textContent ?? "";
    const before = heading();
    (window as MeasuringWindow).lionPainted = new Promise((resolve) => {
      addEventListener(
        "keydown",
        ({ timeStamp }) => {
          const observer = new MutationObserver(() => {
            if (heading() !== before) {
              observer.disconnect();
              requestAnimationFrame(() => resolve(performance.now() - timeStamp));
            }
          });
          observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        },
        { capture: true, once: true },
      );
    });
  });
  await press();
  return frame.evaluate(() => (window as MeasuringWindow).lionPainted ?? Number.NaN);
}
