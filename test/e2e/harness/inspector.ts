import assert from "node:assert/strict";
import type { Frame } from "playwright-core";
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS } from "../../../webview/ui/markdown.ts";
import type { EditorWindow } from "./editorWindow.ts";
import { EVIL } from "./hostileTexts.ts";

/** Elements that the pages are made of, besides those that texts may become. */
const OWN_TAGS = [
  ..."article aside bdi button caption del dd dialog dl dt footer form h1 h2 header input ins kbd main q section".split(
    " ",
  ),
  ..."lion-candidates lion-cheat-sheet lion-compare lion-edit-form lion-tau lion-text".split(" "),
  ..."vscode-button vscode-text-area vscode-text-field".split(" "),
  ..."svg circle line path text title".split(" "),
];

/** What was found on a page that must not be there, and what can be read. */
interface Findings {
  readonly faults: readonly string[];
  readonly texts: readonly string[];
}

/** Looks at a page of hostile texts: whether any has become more than text. */
export class Inspector {
  readonly #window: EditorWindow;
  readonly #asked: string[] = [];

  constructor(window: EditorWindow) {
    this.#window = window;
    window.page.on("request", (request) => {
      if (request.url().includes(EVIL) || request.resourceType() === "media") {
        this.#asked.push(request.url());
      }
    });
  }

  /** Asserts that nothing of a text acts anywhere in the window. */
  async assertUnharmed(where: string): Promise<void> {
    for (const frame of this.#window.page.frames()) {
      const taken = await frame.evaluate(() => "taken" in window || document.title === "taken");
      assert.ok(!taken, `${where}: a script ran`);
    }
    assert.deepEqual(this.#asked, [], `${where}: something was loaded`);
    assert.deepEqual(this.#window.violations, [], where);
  }

  /** Asserts that a page's texts are text alone, can be read and do not push the page apart. */
  async assertInert(frame: Frame, where: string, reads: string): Promise<void> {
    const { faults, texts } = await this.#find(frame);
    assert.deepEqual(faults, [], where);
    assert.ok(texts.length > 0, `${where}: no text is shown`);
    for (const text of texts) {
      assert.ok(text.includes(reads), `${where}: ${JSON.stringify(reads)} cannot be read in ${text.slice(0, 300)}`);
    }
    await this.assertUnharmed(where);
  }

  #find(frame: Frame): Promise<Findings> {
    return frame.evaluate(
      ({ own, tags, attributes }) => {
        const faults: string[] = [];
        const beginning = (element: Element): string => element.outerHTML.slice(0, 200);
        for (const element of document.body.querySelectorAll("*")) {
          const name = element.localName;
          const isOurScript =
            name === "script" && element.parentElement === document.body && element.hasAttribute("nonce");
          if (!own.includes(name) && !tags.includes(name) && !isOurScript) {
            faults.push(`an element of another kind: ${beginning(element)}`);
          }
          if (element.getAttributeNames().some((one) => /^on|^(href|action|formaction|srcdoc|srcset)$/.test(one))) {
            faults.push(`an attribute that acts: ${beginning(element)}`);
          }
        }
        const texts = [...document.querySelectorAll("article .long-text:not(.rest)")];
        for (const element of texts.flatMap((text) => [...text.querySelectorAll("*")])) {
          const others = element.getAttributeNames().filter((one) => !attributes.includes(one));
          if (!tags.includes(element.localName) || others.length > 0) {
            faults.push(`not on the list: ${beginning(element)}`);
          }
        }
        const article = document.querySelector("article")?.textContent ?? "";
        const acting = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]|\p{Cs}/u.exec(article);
        if (acting) {
          faults.push(
            `a character that acts: ${JSON.stringify(article.slice(Math.max(0, acting.index - 80), acting.index + 9))}`,
          );
        }
        const overflow = document.documentElement.scrollWidth - innerWidth;
        if (overflow > 0) {
          faults.push(`the page is ${overflow} pixels too wide`);
        }
        return { faults: faults.slice(0, 20), texts: texts.map(({ textContent }) => textContent ?? "") };
      },
      { own: OWN_TAGS, tags: [...ALLOWED_TAGS], attributes: [...ALLOWED_ATTRIBUTES] },
    );
  }
}
