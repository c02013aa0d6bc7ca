import type { EditorWindow } from "../../e2e/harness/editorWindow.ts";
import { Desk } from "../../e2e/pages/desk.ts";
import type { Figure, Sample } from "./figures.ts";

const ITEMS = 300;
const TOGGLES = 150;
const PAINT_MS = 50;

/** How long after one item is painted the next key is pressed. */
const PACES = [
  { name: "a fifth of a second after", pauseMs: 200 },
  { name: "at once after", pauseMs: 0 },
] as const;

/** A page on which a person decides, and the keys that are pressed on it in turn. */
const PAGES = [
  { command: "lion.openReview", title: "Lion Review", keys: ["a", "1", "a", "2"] },
  { command: "lion.openCompare", title: "Lion Compare", keys: ["a", "1", "y", "2"] },
] as const;

/** What of the page shows that a key was answered. */
const SHOWN = {
  item: () => document.querySelector("article h2")?.textContent ?? "",
  toggles: () => [...document.querySelectorAll("[aria-pressed]")].map((one) => one.getAttribute("aria-pressed")).join(),
} as const;

/**
 * From the key that decides until the frame in which the next item is painted, over 300 items of each page. Beside it the
 * editor's own share: the same for a key that only shows or hides something of an item, which goes the same way from the
 * page to the extension and back, and for which nothing is read or stored.
 */
export async function paintedDecisions(window: EditorWindow): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { command, title, keys } of PAGES) {
    await window.command(command);
    const desk = await Desk.of(window, title);
    await desk.focus();
    for (const { name, pauseMs } of PACES) {
      const values: Sample[] = [];
      for (let count = 0; count < ITEMS; count++) {
        await window.page.waitForTimeout(pauseMs);
        const key = keys[count % keys.length] ?? keys[0];
        const wall = await keyUntilPainted(desk, "item", () => window.page.keyboard.press(key));
        values.push({ wall, cpu: 0, at: `item ${count + 1}, key ${key}` });
      }
      figures.push({ what: `key to next item painted, ${name} the last: ${title}`, aim: PAINT_MS, values });
    }
    const floor: Sample[] = [];
    for (let count = 0; count < TOGGLES; count++) {
      const wall = await keyUntilPainted(desk, "toggles", () => window.page.keyboard.press("i"));
      floor.push({ wall, cpu: 0, at: `press ${count + 1}` });
    }
    figures.push({ what: `a key that decides nothing: ${title}`, aim: null, values: floor });
  }
  return figures;
}

/** What the page keeps for a measurement that is under way. */
interface MeasuringWindow extends Window {
  lionPainted?: Promise<number>;
}

/**
 * Milliseconds from a key until the frame behind the one that shows something else has begun. The page listens before the
 * key is pressed.
 */
async function keyUntilPainted({ frame }: Desk, what: keyof typeof SHOWN, press: () => Promise<void>): Promise<number> {
  await frame.evaluate(`(${listenUntilPainted})(${SHOWN[what]})`);
  await press();
  return frame.evaluate(() => (window as MeasuringWindow).lionPainted ?? Number.NaN);
}

/** Runs in the page. */
function listenUntilPainted(shown: () => string): void {
  const before = shown();
  (window as MeasuringWindow).lionPainted = new Promise((resolve) => {
    addEventListener(
      "keydown",
      ({ timeStamp }) => {
        const observer = new MutationObserver(() => {
          if (shown() !== before) {
            observer.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - timeStamp));
          }
        });
        observer.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
      },
      { capture: true, once: true },
    );
  });
}
